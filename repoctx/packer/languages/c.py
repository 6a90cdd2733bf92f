"""Includes of C, C++ and Objective-C: beside the file, then beneath the include folders."""

from __future__ import annotations

import re

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import SLASH_MARKS, in_code, text_of
from repoctx.packer.languages.paths import ancestors, folder_of, join, name_of, nearest

_INCLUDE = re.compile(
    rb"\n[ \t]*+#[ \t]*+(?:include|include_next|import)[ \t]*+"
    rb"(?P<mark>[\"<])(?P<path>[^\">\n]++)[\">]"
)
_INCLUDE_FOLDERS = frozenset({"", "include", "inc", "src", "source", "lib", "headers"})
_STANDARD_NAMES = """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbit stdbool stddef stdint stdio stdlib stdnoreturn string tgmath
    threads time uchar wchar wctype unistd fcntl pthread dirent dlfcn poll sched semaphore syslog
    termios strings malloc alloca memory getopt glob grp pwd netdb utime features regex windows
    winsock2 process io
"""
_STANDARD = frozenset(_STANDARD_NAMES.split())


def sites(content: bytes) -> list[Site]:
    """Return the includes; a target keeps its mark: ``"a.h`` or ``<a.h``."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = [
        Site(text_of(match["mark"] + match["path"]), match.start())
        for match in _INCLUDE.finditer(padded)
    ]
    return in_code(found, content, SLASH_MARKS) if b"/*" in content else found


class _Headers:
    """The repository's files by name: an include root is any folder that makes a path complete."""

    def __init__(self, tree: Tree) -> None:
        self._paths = tree.paths
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(tree.paths):
            self._by_name.setdefault(name_of(path), []).append(path)
        self._seen: dict[tuple[str, str], Resolution] = {}

    def resolve(self, path: str, target: str) -> Resolution:
        key = folder_of(path), target
        if key not in self._seen:
            self._seen[key] = self._resolve(path, target[0] == '"', target[1:])
        return self._seen[key]

    def _resolve(self, path: str, quoted: bool, name: str) -> Resolution:
        beside = join(folder_of(path), name) if quoted else None
        if beside in self._paths:
            return (beside,)
        if not quoted and _is_standard(name):
            return None
        found = self._beneath_a_root(path, name.replace("\\", "/"))
        if found is not None:
            return (found,)
        return () if quoted and not _is_standard(name) else None

    def _beneath_a_root(self, path: str, name: str) -> str | None:
        while name.startswith(("../", "./")):
            name = name.partition("/")[2]
        complete = [
            p
            for n in (name, f"{name}.in")  # configure makes the file from its template
            for p in self._by_name.get(name_of(n), ())
            if f"/{p}".endswith(f"/{n}") and p != path
        ]
        if len(complete) <= 1:
            return complete[0] if complete else None
        around = set(ancestors(folder_of(path)))
        roots = {p: p.removesuffix(".in")[: -len(name)].rstrip("/") for p in complete}
        likely = [p for p, r in roots.items() if r in around or name_of(r) in _INCLUDE_FOLDERS]
        return nearest(likely or complete, path)


def _is_standard(name: str) -> bool:
    """True for the headers of C and POSIX, which a repository's namesake does not replace."""
    stem, dot, _ = name.partition(".")
    return not dot or stem in _STANDARD or name.startswith(("sys/", "netinet/", "arpa/", "bits/"))


def _resolver(tree: Tree) -> Resolver:
    return _Headers(tree).resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver)
