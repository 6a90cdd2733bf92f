"""Imports of Java, Kotlin, Scala and Groovy: names of packages and of what they declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import SLASH_MARKS, in_code, text_of
from repoctx.packer.languages.paths import nearest, stem_of

_NAME = rb"[\w$\x80-\xff`]++"
_DOTTED = rb"%b(?:\s*+\.\s*+%b)*+" % (_NAME, _NAME)
_PACKAGE = re.compile(rb"(?:\A|\n)[ \t]*+package[ \t]++(?!object\b)(%b)" % _DOTTED)
_IMPORT = re.compile(
    rb"\n[ \t]*+import[ \t]++(?:static[ \t]++)?(?P<path>%b)"
    rb"(?:\.(?P<all>\*)|\.?\{(?P<many>[^{}]*+)\})?" % _DOTTED
)
_DECLARED = re.compile(
    rb"\n(?:@[\w.]++(?:\([^)\n]*+\))?[ \t]++)*+"
    rb"(?:(?:public|private|internal|protected|open|abstract|sealed|final|data|inline|value"
    rb"|annotation|case|implicit|lazy|suspend|operator|infix|tailrec|expect|actual|const|external"
    rb"|package)[ \t]++)*+"
    rb"(?:(?:fun[ \t]++)?interface|(?P<value>fun|val|var)|(?:enum[ \t]++)?class|enum|object|trait"
    rb"|def|typealias|type|given)[ \t]++(?P<name>[^\n(={]{1,300}+)"
)
_SCALA_ALL = re.compile(rb"\._$")
_WORD = re.compile(r"[\w$]+")


def sites(content: bytes) -> list[Site]:
    """Return the imports; a target is ``a.b.C`` or ``a.b.*``."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = [
        Site(f"{text_of(path)}.{name}" if name else text_of(path), match.start())
        for match in _IMPORT.finditer(padded)
        for path in [_SCALA_ALL.sub(b".*", b"".join(match["path"].split()))]
        for name in _names(match)
    ]
    return in_code(found, content, SLASH_MARKS)


def _names(match: re.Match[bytes]) -> list[str]:
    if match["all"]:
        return ["*"]
    if match["many"] is None:
        return [""]
    words = [piece.split() for piece in match["many"].replace(b"=>", b" ").split(b",")]
    return ["*" if w[0] in (b"_", b"*", b"given") else text_of(w[0]) for w in words if w]


def about(content: bytes) -> Any:
    """Return the package, and the names declared at the top: Kotlin's files are named freely."""
    package = ".".join(text_of(b"".join(p.split())) for p in _PACKAGE.findall(content[:50_000]))
    names = dict.fromkeys(_declared(match) for match in _DECLARED.finditer(content))
    return {"package": package.replace("`", ""), "names": [name for name in names if name]}


def _declared(match: re.Match[bytes]) -> str:
    """Return the name in a declaration; an extension's comes after the type that it extends."""
    plain = _without_generics(text_of(match["name"])).replace("`", "")
    if match["value"]:
        words = plain.partition(":")[0].partition(" by ")[0].rpartition(".")[2].split()
        return words[0] if words else ""
    return next(iter(_WORD.findall(plain)), "")


def _without_generics(text: str) -> str:
    depth = 0
    kept: list[str] = []
    for character in text:
        depth += (character == "<") - (character == ">")
        if depth == 0 and character != ">":
            kept.append(character)
    return "".join(kept)


class _Declarations:
    """Files by package and by the full names of what they declare."""

    def __init__(self, tree: Tree) -> None:
        self._packages: dict[str, list[str]] = {}
        self._names: dict[str, list[str]] = {}
        for path in sorted(tree.sites):
            known = tree.about.get(path) or {"package": "", "names": []}
            package = known["package"]
            self._packages.setdefault(package, []).append(path)
            stem = stem_of(path)  # what Kotlin has outside of classes, Java sees in ``StemKt``
            own = [stem, f"{stem}Kt"] if path.endswith(".kt") else [stem]
            for name in dict.fromkeys([*own, *known["names"]]):
                self._names.setdefault(f"{package}.{name}", []).append(path)

    def resolve(self, path: str, target: str) -> Resolution:
        """Return the file of the longest part of the name that is declared, else the package's."""
        target = target.replace("`", "")
        if target.endswith(".*") and (files := self._packages.get(target[:-2])):
            return tuple(files)
        name = target
        while "." in name:
            if name in self._names:
                file = nearest(self._names[name], path)
                return () if file is None else (file,)
            name = name.rpartition(".")[0]
        return () if any(p in self._packages for p in _around(target)) else None


def _around(name: str) -> Iterator[str]:
    """Yield the packages that a name may lie in: that of a class, that of a class's member."""
    package, _, _ = name.rpartition(".")
    yield package
    outer, _, last = package.rpartition(".")
    if last[:1].isupper():
        yield outer


def _resolver(tree: Tree) -> Resolver:
    return _Declarations(tree).resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver, about=about)
