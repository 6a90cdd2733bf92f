"""Lua's ``require`` of a module name, and ``dofile`` and ``loadfile`` of a path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import find_after, quoted_spans, sites_outside, text_of
from repoctx.packer.languages.paths import (
    ancestors,
    beneath,
    folder_of,
    folders_of,
    join,
    name_of,
    nearest,
)

_REQUIRE = re.compile(
    rb"(?<![\w.:])(?P<how>require|dofile|loadfile)\b(?:[ \t]*+\(|[ \t]*+,)?[ \t\r\n]{0,100}+"
    rb"(?:(?P<quote>[\"'])(?P<name>[^\"'\n]++)(?P=quote)|\[\[(?P<long>[^\]\n]++)\]\])"
    rb"(?![ \t]*+\.\.)"
)
_MARKS = re.compile(rb"(?P<long>(?:--)?\[=*+\[)|(?P<line>--)|(?P<string>[\"'])")
_MODULE = re.compile(
    r"\[?[\"']?(?P<name>[\w.\-]++)[\"']?\]?\s*+=\s*+[\"'](?P<path>[^\"'\n]{1,300}?\.lua)[\"']"
)
_ROOTS = ("", "lua", "src", "lib", "scripts")
"""Folders that stand in ``package.path`` of a project, beneath any folder around a file."""


def sites(content: bytes) -> list[Site]:
    """Return the requires, in order; a target is ``a/b`` for a module, ``./a.lua`` for a file."""
    found = [_site(content, match) for match in _REQUIRE.finditer(content)]
    if not found or not any(mark in content for mark in (b"--", b"[[", b"[=")):
        return found
    spans = quoted_spans(content, _MARKS, found[-1].offset, {"long": _long})
    return sites_outside(spans, found)


def _site(content: bytes, match: re.Match[bytes]) -> Site:
    name = text_of(match["name"] or match["long"])
    start = content.rfind(b"\n", 0, match.start()) + 1
    lazy = content[start : start + 1] in (b" ", b"\t")
    if match["how"] != b"require":
        return Site(name if name.startswith((".", "/")) else f"./{name}", match.start(), lazy)
    return Site(
        name.removesuffix(".lua") if "/" in name else name.replace(".", "/"), match.start(), lazy
    )


def _long(content: bytes, match: re.Match[bytes]) -> int:
    level = match.group().count(b"=")
    return find_after(content, b"]" + b"=" * level + b"]", match.end())


def read_manifest(content: bytes) -> Any:
    """Return the file of each module that a rockspec lists."""
    found = _MODULE.finditer(text_of(content))
    return {match["name"].replace(".", "/"): match["path"] for match in found}


class _Modules:
    """Lua's files as modules beneath the folders that ``package.path`` is commonly set to."""

    def __init__(self, tree: Tree) -> None:
        self._paths = tree.paths
        self._folders = folders_of(tree.sites)
        self._listed: dict[str, list[str]] = {}
        for path, about in sorted(tree.about.items()):
            for name, file in about.items() if path.endswith(".rockspec") else ():
                if (place := join(folder_of(path), file)) in tree.paths and place is not None:
                    self._listed.setdefault(name, []).append(place)
        self._modules: dict[str, list[str]] = {}
        for path in sorted(tree.sites):
            stem = path.removesuffix("/init.lua").removesuffix(".lua")
            for root in ancestors(folder_of(stem)):
                if name_of(root) in _ROOTS:
                    self._modules.setdefault(stem[len(root) :].lstrip("/"), []).append(path)

    def resolve(self, path: str, target: str) -> Resolution:
        if target.startswith(("./", "../", "/")):
            return self._file(path, target)
        if listed := nearest(self._listed.get(target, ()), path):
            return (listed,)
        around = (p for p in self._around(path, target) if p in self._paths)
        found = next(around, None) or nearest(self._modules.get(target, ()), path)
        if found is not None:
            return (found,)
        top, _, rest = target.partition("/")
        known = rest and any(beneath(f, top) in self._folders for f in self._roots(path))
        return () if known else None

    def _file(self, path: str, target: str) -> Resolution:
        for folder in ancestors(folder_of(path)):
            place = join(folder, target)
            if place in self._paths and place is not None:
                return (place,)
        return None if target.startswith("/") else ()

    def _around(self, path: str, target: str) -> Iterator[str]:
        for root in self._roots(path):
            yield from (beneath(root, f"{target}{end}") for end in (".lua", "/init.lua"))

    def _roots(self, path: str) -> Iterator[str]:
        for folder in ancestors(folder_of(path)):
            yield from (beneath(folder, root) for root in _ROOTS)


def _resolver(tree: Tree) -> Resolver:
    return _Modules(tree).resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver, manifest=read_manifest)
