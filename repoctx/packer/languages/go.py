"""Imports of Go: the header of a file, and packages found through go.mod, go.work and vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import text_of
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, join, name_of

# Each alternative of a comment runs to the content's end when it is not closed: linear time.
_BLANK = re.compile(rb"(?:[\s;]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)*+")
_PACKAGE = re.compile(rb"(?:\xef\xbb\xbf)?package\s++[\w\x80-\xff]++")
_IMPORT = re.compile(rb"import\b[ \t]*+(?P<many>\()?")
_SPEC = re.compile(rb"(?:[\w.\x80-\xff]++[ \t]*+)?[\"`](?P<target>[^\"`\n]*+)[\"`]")

_MODULE = re.compile(r"^[ \t]*module[ \t]+[\"`]?([^\s\"`]+)", re.MULTILINE)
_REPLACE = re.compile(
    r"^[ \t]*(?:replace[ \t]+)?([^\s()]+)(?:[ \t]+v[^\s=]*)?[ \t]+=>[ \t]+[\"`]?(\.[^\s\"`]*)",
    re.MULTILINE,
)

_TEST = "_test.go"


def sites(content: bytes) -> Iterator[Site]:
    """Yield the imports; Go has them all before its first declaration, so only those are read."""
    position = _skip(content, 0)
    if content.startswith(b"\xef\xbb\xbf"):
        position = _skip(content, 3)
    package = _PACKAGE.match(content, position)
    if package is None:
        return
    position = _skip(content, package.end())
    while statement := _IMPORT.match(content, position):
        position = _skip(content, statement.end())
        while spec := _SPEC.match(content, position):
            yield Site(text_of(spec["target"]), spec.start())
            position = _skip(content, spec.end())
            if not statement["many"]:
                break
        if content[position : position + 1] == b")":
            position = _skip(content, position + 1)


def read_manifest(content: bytes) -> Any:
    """Return the module path and the local replacements of a go.mod or go.work."""
    text = text_of(content)
    module = _MODULE.search(text)
    return {"module": module[1] if module else "", "replace": dict(_REPLACE.findall(text))}


def implied(tree: Tree) -> Iterator[tuple[str, str]]:
    """Tie the files of each package into a ring, and its tests to it.

    They use each other without importing, so they are one unit; a ring says so with as many edges
    as files. A test needs the file that it is named after, else the package's first.
    """
    folders: dict[str, list[str]] = {}
    for path in sorted(tree.sites):
        folders.setdefault(folder_of(path), []).append(path)
    for files in folders.values():
        ring = [path for path in files if not path.endswith(_TEST)]
        yield from zip(ring, ring[1:] + ring[:1], strict=True)
        for path in files:
            tested = f"{path.removesuffix(_TEST)}.go"
            if path.endswith(_TEST) and ring:
                yield path, tested if tested in tree.sites else ring[0]


def _skip(content: bytes, position: int) -> int:
    blank = _BLANK.match(content, position)
    return blank.end() if blank else position


class _Packages:
    """The folder of each package that the repository holds.

    A package is all of a folder's files, so an import needs each of them but its tests.
    """

    def __init__(self, tree: Tree) -> None:
        self._files: dict[str, list[str]] = {}
        for path in sorted(tree.sites):
            if not path.endswith(_TEST):
                self._files.setdefault(folder_of(path), []).append(path)
        self._modules: dict[str, str] = {}
        self._replaced: dict[str, dict[str, str]] = {}
        for path, about in sorted(tree.about.items()):
            self._add(folder_of(path), name_of(path), about)
        vendored = [f for f in self._files if "/vendor/" in f"/{f}"]
        self._vendors = {f"/{f}".partition("/vendor/")[0][1:] for f in vendored}
        self._matter = {*self._modules.values(), *self._replaced, *self._vendors}
        names = [*self._modules, *(name for names in self._replaced.values() for name in names)]
        names += [f"/{f}".rpartition("/vendor/")[2] for f in vendored]
        self._hosts = {name.partition("/")[0] for name in names}
        """First parts of the import paths that can be the repository's: few imports get past."""
        self._around: dict[tuple[str, ...], dict[str, str]] = {}
        self._scopes: dict[str, tuple[str, ...]] = {}
        self._seen: dict[tuple[tuple[str, ...], str], Resolution] = {}

    def _add(self, folder: str, name: str, about: Any) -> None:
        if about["module"] and name.endswith(".mod"):
            self._modules.setdefault(about["module"], folder)
        for module, relative in about["replace"].items():
            place = join(folder, relative)
            if place is not None:
                self._replaced.setdefault(folder, {})[module] = place

    def resolve(self, path: str, target: str) -> Resolution:
        if target.startswith("."):
            place = join(folder_of(path), target)
            return tuple(self._files.get(place, ())) if place is not None else ()
        if target.partition("/")[0] not in self._hosts:
            return None
        key = self._scope(folder_of(path)), target
        if key not in self._seen:
            self._seen[key] = self._resolve(*key)
        return self._seen[key]

    def _scope(self, folder: str) -> tuple[str, ...]:
        """Return the folders around one that change what an import means, the nearest first."""
        if folder not in self._scopes:
            self._scopes[folder] = tuple(f for f in ancestors(folder) if f in self._matter)
        return self._scopes[folder]

    def _own(self, scope: tuple[str, ...]) -> dict[str, str]:
        """Return the modules that lie around a folder."""
        if scope not in self._around:
            inside = {name: place for name, place in self._modules.items() if place in scope}
            self._around[scope] = inside
        return self._around[scope]

    def _resolve(self, scope: tuple[str, ...], target: str) -> Resolution:
        places = list(self._places(scope, target))
        found = next((place for place in places if place in self._files), None)
        if found is not None:
            return tuple(self._files[found])
        return () if places else None

    def _places(self, scope: tuple[str, ...], target: str) -> Iterator[str]:
        """Yield the folders that the import path may mean; none when it is another's module.

        The own module comes first, then what it replaces, what is vendored, and other modules.
        """
        yield from _inside(target, self._own(scope))
        for place in scope:
            yield from _inside(target, self._replaced.get(place, {}))
        for place in scope:
            vendored = beneath(place, f"vendor/{target}")
            if place in self._vendors and vendored in self._files:
                yield vendored
        yield from _inside(target, self._modules)


def _inside(target: str, modules: dict[str, str]) -> Iterator[str]:
    """Yield the target's folder in the longest-named module that it lies in."""
    module = target
    while module:
        if module in modules:
            yield beneath(modules[module], target[len(module) + 1 :])
            return
        module = folder_of(module)


def _resolver(tree: Tree) -> Resolver:
    return _Packages(tree).resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver, manifest=read_manifest, implied=implied)
