"""Imports of Python and Cython: finding the statements, and the files that they mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import Span, find_after, quoted_spans, sites_outside, text_of
from repoctx.packer.languages.paths import (
    ancestors,
    beneath,
    by_nearness,
    folder_of,
    folders_of,
    nearest,
)

_GAP = rb"(?:[ \t\f]|\\\r?\n)"
_STATEMENT = re.compile(
    rb"[ \t\f]*+(?:from%b*+(?P<module>[.\w\x80-\xff]+?)(?:%b++|(?<=\.)))?c?import(?=[ \t\f\\(*])"
    % (_GAP, _GAP)
)
_CLAUSE = re.compile(
    rb"%b*+(?:\((?P<many>(?:[^)#]|#[^\n]*)*+)\)?|(?P<few>(?:[^\n\\;#(]|\\\r?\n)*+))" % _GAP
)
_COMMENT = re.compile(rb"#[^\n]*")
_MARKS = re.compile(rb"(?P<line>\#)|(?P<triple>\"{3}|'{3})|(?P<string>[\"'])")
_DOUBTFUL = (b"'''", b'\'"""', b'"""\'', b'\\"""')
_SUFFIXES = (".py", ".pyi", ".pyx", ".pxd")
_STUB_SUFFIXES = (".pyi", ".py", ".pyx", ".pxd")
_SOURCE_ROOTS = frozenset({"", "src", "lib", "python"})
_MOST_PORTIONS = 50  # folders of one name that are tried: those of a namespace package


def sites(content: bytes) -> list[Site]:
    """Return the import statements, docstrings and comments left out.

    A target is ``a.b`` for ``import a.b`` and ``.a:b,c`` for ``from .a import b, c``. The search
    is for the word alone (1 GB/s); only lines that have it are looked at.
    """
    found: list[Site] = []
    end = 0
    while (position := content.find(b"import", end)) >= 0:
        start = max(end, _start_of_statement(content, position))
        end = max(_read_line(content, start, found), position + 6)
    if found and (content.find(b'"""', 0, found[-1].offset) >= 0 or b"'''" in content):
        return sites_outside(_text_blocks(content, found[-1].offset), found)
    return found


def _start_of_statement(content: bytes, position: int) -> int:
    start = content.rfind(b"\n", 0, position) + 1
    if content[start - 2 : start - 1] == b"\\" and not content[start:position].strip():
        start = content.rfind(b"\n", 0, start - 1) + 1
    return start


def _read_line(content: bytes, start: int, found: list[Site]) -> int:
    """Add the statements on the line that starts here; return where looking goes on."""
    indented = content[start : start + 1] in (b" ", b"\t")
    while match := _STATEMENT.match(content, start):
        clause = _CLAUSE.match(content, match.end())
        assert clause is not None  # it matches the empty text
        offset = match.end() - len(match.group().lstrip())
        names = _names(clause.group("many") or clause.group("few") or b"")
        module = match.group("module")
        targets = names if module is None else [f"{text_of(module)}:{','.join(names)}"]
        found.extend(Site(target, offset, indented) for target in targets)
        start = clause.end()
        if content[start : start + 1] != b";":
            return start
        start += 1
    return find_after(content, b"\n", start)


def _names(clause: bytes) -> list[str]:
    pieces = _COMMENT.sub(b"", clause).replace(b"\\", b" ").split(b",")
    return [text_of(words[0]) for words in map(bytes.split, pieces) if words]


def _text_blocks(content: bytes, end: int) -> list[Span]:
    """Return what stands in triple quotes, as far as it can hide an import statement.

    Marks taken in turn are right unless a mark stands in another string; the rare file where one
    might is read mark by mark (12 of 668 files in SQLAlchemy).
    """
    if content.count(b'"""') % 2 or any(sign in content for sign in _DOUBTFUL):
        return quoted_spans(content, _MARKS, end)
    marks = [match.start() for match in re.finditer(rb'"""', content)]
    return list(zip(marks[::2], marks[1::2], strict=True))


class _Modules:
    """Where each module of the repository lies.

    A source root is a folder that holds top-level modules. None is declared in a way that can be
    trusted, so they are inferred: any folder that is not itself inside a package can be one.
    """

    def __init__(self, tree: Tree) -> None:
        sources = [path for path in tree.paths if path.endswith(_SUFFIXES)]
        self.paths = tree.paths
        self.folders = folders_of(sources)
        self.packages = {
            folder_of(path) for path in sources if path.endswith(("/__init__.py", "/__init__.pyi"))
        }
        self.standard = {folder_of(p) for p in sources if p.endswith("__future__.py")}
        """Folders that are a standard library (CPython's own repository has one)."""
        self.tops = self._top_level(sources)
        self._seen: dict[tuple[str, str, str], Resolution] = {}

    def _top_level(self, sources: list[str]) -> dict[str, list[str]]:
        """Map the name of each top-level package, folder or module to the roots that hold it."""
        tops: dict[str, list[str]] = {}
        inside = {f for f in self.folders if any(a in self.packages for a in ancestors(f))}
        with_packages = {folder_of(p) for p in self.packages} - inside
        for folder in sorted(self.folders - {""}):
            root, _, name = folder.rpartition("/")
            if root not in inside:
                tops.setdefault(name, []).append(root)
        for path in sources:
            root, _, name = path.rpartition("/")
            if root not in inside and (root in _SOURCE_ROOTS or root in with_packages):
                tops.setdefault(name.partition(".")[0], []).append(root)
        return tops

    def resolve(self, path: str, target: str) -> Resolution:
        """Return the files of one target as the file at ``path`` sees it."""
        suffixes = _STUB_SUFFIXES if path.endswith(".pyi") else _SUFFIXES
        folder = folder_of(path)
        key = (folder, suffixes[0], target)
        if key not in self._seen:
            module, _, names = target.partition(":")
            find = self._relative if module.startswith(".") else self._absolute
            self._seen[key] = find(folder, module, names.split(",") if names else [], suffixes)
        return self._seen[key]

    def _relative(
        self, folder: str, module: str, names: list[str], suffixes: tuple[str, ...]
    ) -> Resolution:
        name = module.lstrip(".")
        for _ in range(len(module) - len(name) - 1):
            if not folder:
                return ()
            folder = folder_of(folder)
        return self._beneath(folder, name.split(".") if name else [], names, suffixes)

    def _absolute(
        self, folder: str, module: str, names: list[str], suffixes: tuple[str, ...]
    ) -> Resolution:
        parts = module.split(".")
        known = False
        for root in self._roots(folder, parts[0]):
            found = self._beneath(root, parts, names, suffixes)
            if found:
                return found
            known = known or beneath(root, parts[0]) in self.packages
        return () if known else None

    def _roots(self, folder: str, top: str) -> Iterator[str]:
        """Yield the source roots to try for a top-level name, the likeliest first.

        A script's own folder comes first on its search path; then the roots around it; then any
        other root that has the name. A standard module is never one of the repository's, but for
        a script's neighbour or in the standard library's own repository.
        """
        standard = top in sys.stdlib_module_names
        if folder not in self.packages:
            yield folder
        for root in ancestors(folder):
            if root not in self.packages and (not standard or root in self.standard):
                yield root
        others = [] if standard else self.tops.get(top, [])
        strong = [root for root in others if beneath(root, top) in self.packages]
        root_or_none = nearest(strong, beneath(folder, "_"))
        if root_or_none is not None:
            yield root_or_none
        yield from by_nearness(others, beneath(folder, "_"))[:_MOST_PORTIONS]
        if not standard:  # beside the file although in a package: run as a script, after all
            yield folder

    def _beneath(
        self, root: str, parts: list[str], names: list[str], suffixes: tuple[str, ...]
    ) -> tuple[str, ...]:
        place = beneath(root, "/".join(parts))
        inside = place in self.folders
        own = self._own(place, suffixes) if inside else None
        file = own or self._module(place, suffixes)
        if file != own or not names or not inside:
            return (file,) if file else ()
        found = [self._member(beneath(place, name), suffixes) or own for name in names]
        return tuple(dict.fromkeys(file for file in found if file))

    def _member(self, place: str, suffixes: tuple[str, ...]) -> str | None:
        return self._own(place, suffixes) or self._module(place, suffixes)

    def _own(self, folder: str, suffixes: tuple[str, ...]) -> str | None:
        return self._module(beneath(folder, "__init__"), suffixes)

    def _module(self, place: str, suffixes: tuple[str, ...]) -> str | None:
        return next((place + s for s in suffixes if place + s in self.paths), None)


def _resolver(tree: Tree) -> Resolver:
    return _Modules(tree).resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver)
