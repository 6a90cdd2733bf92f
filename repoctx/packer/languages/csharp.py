"""Imports of C#: ``using`` of a namespace, and what projects see of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.csharp_projects import Projects, read_manifest
from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import SLASH_MARKS, in_code, text_of
from repoctx.packer.languages.mentions import Spaces, mentioned

_DOTTED = rb"[\w@\x80-\xff]++(?:[ \t]*+\.[ \t]*+[\w@\x80-\xff]++)*+"
_USING = re.compile(
    rb"\n[ \t]*+(?:\xef\xbb\xbf)?(?P<global>global[ \t]++)?using[ \t]++(?P<static>static[ \t]++)?"
    rb"(?:[\w@]++[ \t]*+=[ \t]*+(?P<alias>))?(?:global::)?(?P<path>%b)"
    rb"(?:<[^;\n]{0,500}+|[\[\]?*]++)?[ \t]*+;" % _DOTTED
)
_NAMESPACE = re.compile(rb"\n[ \t]*+(?:\xef\xbb\xbf)?namespace[ \t]++(%b)" % _DOTTED)
_KINDS = (
    rb"(?:\[[^\]\n]*+\][ \t]*+)*+(?:[a-z]++[ \t]++)*?(?:class|struct|interface|enum"
    rb"|record(?:[ \t]++(?:class|struct))?|delegate[ \t]++[\w.<>,\[\]?() \t]{1,100}?)[ \t]++"
    rb"@?([A-Za-z_\x80-\xff][\w\x80-\xff]*+)(?=[ \t]*+[<({:;\r\n/]|[ \t]++where\b)"
)
_OUTERMOST = re.compile(rb"\n" + _KINDS)
_IN_A_BLOCK = re.compile(rb"\n(?: {0,4}|\t?)" + _KINDS)
"""Types in types are not looked for: they are reached through the outer one."""
_FOR_THE_FILE = re.compile(rb"\n[ \t]*+namespace[ \t]++[\w.]++[ \t]*+;")
_EXTENDED = re.compile(rb"\(this[ \t]++\w")
_EXTENSION = re.compile(rb"(\w++)(?:<[^<>()]{0,100}+>)?$")
_LOOK_BACK = 200  # bytes before the parameters of a method, for its name
_LIBRARIES = ("System", "Microsoft", "Windows")
"""Roots that a repository's namesake (a stand-in for a newer version) does not replace."""


def sites(content: bytes) -> list[Site]:
    """Return the usings; a target is ``A.B``, ``static A.B.C`` or ``= A.B.C`` for an alias."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = [Site(_target(match), match.start()) for match in _USING.finditer(padded)]
    return in_code(found, content, SLASH_MARKS)


def _target(match: re.Match[bytes]) -> str:
    path = _plain(match["path"])
    if match["static"]:
        return f"static {path}"
    if match["alias"] is not None:
        return f"= {path}"
    return f"global {path}" if match["global"] else path


def about(content: bytes) -> Any:
    """Return the namespaces, the names defined in them, and the words mentioned.

    Extension methods are among the names, and the words then hold theirs too.
    """
    padded = b"\n" + content
    spaces = dict.fromkeys(_plain(name) for name in _NAMESPACE.findall(padded))
    declared = _OUTERMOST if not spaces or _FOR_THE_FILE.search(padded) else _IN_A_BLOCK
    defined = dict.fromkeys([*declared.findall(padded), *_extensions(content)])
    return {
        "spaces": list(spaces),
        "names": [text_of(name) for name in defined],
        "words": mentioned(content),
    }


def _extensions(content: bytes) -> Iterator[bytes]:
    for match in _EXTENDED.finditer(content):
        before = content[max(0, match.start() - _LOOK_BACK) : match.start()]
        if name := _EXTENSION.search(before):
            yield name[1]


def _plain(name: bytes) -> str:
    return text_of(b"".join(name.split())).replace("@", "")


class _Namespaces:
    def __init__(self, tree: Tree) -> None:
        self._about = {path: tree.about.get(path) or _NOTHING for path in sorted(tree.sites)}
        self._projects = Projects(tree)
        self._spaces = Spaces()
        for path, about in self._about.items():
            for space in about["spaces"] or [""]:
                self._spaces.add(space, path, about["names"])
        self._parents = {space.rpartition(".")[0] for space in _all(self._about)}
        self._global: dict[str, list[str]] = {}
        for path, targets in tree.sites.items():
            spaces = [t.removeprefix("global ") for t in targets if t.startswith("global ")]
            self._global.setdefault(self._projects.of(path), []).extend(spaces)

    def resolve(self, path: str, target: str) -> Resolution:
        """Return the files that define what the file mentions of a namespace.

        An imported namespace of which it mentions nothing is resolved to the file itself.
        """
        how, _, name = target.rpartition(" ")
        if name in self._spaces:
            needed = tuple(dict.fromkeys(self._needed(path, name)))
            if needed or name.partition(".")[0] not in _LIBRARIES:
                return needed or (path,)
            return None
        if how in ("static", "="):
            return self._type(path, name)
        if name in self._parents:  # a namespace that only holds others
            return (path,)
        parent = name.rpartition(".")[0]
        known = parent and parent in self._spaces and parent.partition(".")[0] not in _LIBRARIES
        return () if known else None

    def implied(self) -> Iterator[tuple[str, str]]:
        """Yield what files need of their own namespace, those around it, and global usings."""
        for path, about in self._about.items():
            spaces = [around for space in about["spaces"] for around in _around(space)]
            for space in dict.fromkeys([*spaces, "", *self._global[self._projects.of(path)]]):
                yield from ((path, file) for file in self._needed(path, space))

    def _type(self, path: str, name: str) -> Resolution:
        space, _, last = name.rpartition(".")
        while space:
            if space in self._spaces:
                needed = self._spaces.needed(space, [last], path, self._projects.visible(path))
                return tuple(needed) or (() if space.partition(".")[0] not in _LIBRARIES else None)
            space, _, last = space.rpartition(".")  # a type in a type
        return None

    def _needed(self, path: str, space: str) -> Iterator[str]:
        words = self._about[path]["words"]
        return self._spaces.needed(space, words, path, self._projects.visible(path))


_NOTHING: dict[str, list[str]] = {"spaces": [], "names": [], "words": []}


def _all(about: dict[str, Any]) -> set[str]:
    return {around for a in about.values() for space in a["spaces"] for around in _around(space)}


def _around(space: str) -> Iterator[str]:
    """Yield a namespace and those that it lies in, whose names it sees."""
    while space:
        yield space
        space = space.rpartition(".")[0]


def _resolver(tree: Tree) -> Resolver:
    return _Namespaces(tree).resolve


def _implied(tree: Tree) -> Iterator[tuple[str, str]]:
    return _Namespaces(tree).implied()


FAMILY = Family(
    version=1,
    sites=sites,
    resolver=_resolver,
    about=about,
    manifest=read_manifest,
    implied=_implied,
)
