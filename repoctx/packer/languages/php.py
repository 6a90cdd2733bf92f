"""PHP's ``use`` by namespace (declared, or PSR-4 of composer.json) and ``require`` by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.json_with_comments import read_json
from repoctx.packer.languages.lexing import in_code, text_of
from repoctx.packer.languages.paths import (
    ancestors,
    beneath,
    folder_of,
    folders_of,
    join,
    nearest,
    stem_of,
)

_NAME = rb"[\w\\\x80-\xff]++"
_USE = re.compile(
    rb"\n(?P<indent>[ \t]*+)use[ \t]++(?:(?:function|const)[ \t]++)?(?P<path>%b)"
    rb"(?:[ \t]++as[ \t]++\w++)?(?P<more>(?:\s*+,\s*+%b(?:[ \t]++as[ \t]++\w++)?)*+)"
    rb"(?:\s*+\{(?P<many>[^{}]*+)\})?\s*+;" % (_NAME, _NAME)
)
_REQUIRE = re.compile(
    rb"\n(?P<indent>[ \t]*+)(?:return[ \t]++|\$\w++[ \t]*+=[ \t]*+)?"
    rb"(?:require|include)(?:_once)?\b[ \t(]*+"
    rb"(?:(?P<here>__DIR__|dirname\(__FILE__\))[ \t]*+\.[ \t]*+)?[\"'](?P<path>[^\"'\n$]++)[\"']"
)
_NAMESPACE = re.compile(rb"\n[ \t]*+(?:<\?php[ \t]++)?namespace[ \t]++(%b)" % _NAME)
_MARKS = re.compile(rb"(?P<line>//|\#(?!\[))|(?P<block>/\*)|(?P<string>[\"'])")


def sites(content: bytes) -> list[Site]:
    r"""Return the imports; a target is ``A\B`` for a name and ``./a.php`` for a file."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = [
        Site(f"./{text_of(p).lstrip('/')}" if h else text_of(p), start, bool(indent))
        for start, indent, h, p in _files(padded)
    ]
    for match in _USE.finditer(padded):
        if not match["indent"]:  # an indented one takes a trait into a class
            found += [Site(name, match.start()) for name in _names(match)]
    return in_code(sorted(found, key=lambda site: site.offset), content, _MARKS)


def _files(content: bytes) -> Iterator[tuple[int, bytes, bytes | None, bytes]]:
    for match in _REQUIRE.finditer(content):
        yield match.start(), match["indent"], match["here"], match["path"]


def _names(match: re.Match[bytes]) -> list[str]:
    first = text_of(match["path"]).strip("\\")
    if match["many"] is not None:
        pieces = [piece.split() for piece in match["many"].split(b",")]
        words = [[w for w in piece if w not in (b"function", b"const")] for piece in pieces]
        return [f"{first}\\{text_of(w[0])}" for w in words if w]
    more = [piece.split()[0] for piece in match["more"].split(b",") if piece.split()]
    return [first, *(text_of(name).strip("\\") for name in more)]


def about(content: bytes) -> Any:
    """Return the namespace that the file declares."""
    match = _NAMESPACE.search(b"\n" + content[:50_000])
    return text_of(match[1]) if match else ""


def read_manifest(content: bytes) -> Any:
    r"""Return the folders of each namespace prefix of a composer.json: ``{"A\\": ["src/"]}``."""
    whole = read_json(content)
    folders: dict[str, list[str]] = {}
    for section in ("autoload", "autoload-dev"):
        table = whole.get(section) if isinstance(whole, dict) else None
        prefixes = table.get("psr-4") if isinstance(table, dict) else None
        for prefix, value in prefixes.items() if isinstance(prefixes, dict) else ():
            values = value if isinstance(value, list) else [value]
            folders.setdefault(prefix, []).extend(v for v in values if isinstance(v, str))
    return folders


class _Classes:
    def __init__(self, tree: Tree) -> None:
        self._paths = tree.paths
        self._folders = folders_of(tree.sites)
        self._declared: dict[str, list[str]] = {}
        for path in sorted(tree.sites):
            name = f"{tree.about.get(path) or ''}\\{stem_of(path)}".strip("\\")
            self._declared.setdefault(name, []).append(path)
        self._spaces = {name.rpartition("\\")[0] for name in self._declared}
        self._prefixes: dict[str, list[str]] = {}
        for path, about in sorted(tree.about.items()):
            for prefix, folders in about.items() if isinstance(about, dict) else ():
                places = [join(folder_of(path), folder) for folder in folders]
                self._prefixes.setdefault(prefix.rstrip("\\"), []).extend(
                    place for place in places if place is not None
                )

    def resolve(self, path: str, target: str) -> Resolution:
        if "/" in target or target.endswith(".php"):
            return self._file(path, target)
        name = target
        while name:
            if file := nearest(self._declared.get(name, ()), path) or self._by_prefix(name):
                return (file,)
            name, _, last = name.rpartition("\\")
            if last[:1].isupper() or name in self._spaces:  # a class that is not there
                break
        return () if target.rpartition("\\")[0] in self._spaces - {""} else None

    def _by_prefix(self, name: str) -> str | None:
        prefix = name
        while prefix:
            prefix = prefix.rpartition("\\")[0]
            rest = name[len(prefix) :].strip("\\").replace("\\", "/")
            for folder in self._prefixes.get(prefix, ()):
                if (place := beneath(folder, f"{rest}.php")) in self._paths:
                    return place
        return None

    def _file(self, path: str, target: str) -> Resolution:
        for folder in ancestors(folder_of(path)):
            place = join(folder, target)
            if place in self._paths:
                return (place,)
        first = target.partition("/")[0]
        known = any(beneath(f, first) in self._folders for f in ancestors(folder_of(path)))
        # Any other path is looked for in folders that PHP's configuration names.
        return () if known or first in (".", "..", "") or first == target else None


def _resolver(tree: Tree) -> Resolver:
    return _Classes(tree).resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver, about=about, manifest=read_manifest)
