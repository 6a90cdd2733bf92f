"""Imports of Swift: modules, which are the targets of packages, of pods and of Xcode projects.

An import of a module means the files in it that define the types that the importing file mentions.
Inside a module nothing is imported, and the same is implied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import SLASH_MARKS, in_code, text_of
from repoctx.packer.languages.mentions import Spaces, mentioned
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, folders_of, join, name_of

_IMPORT = re.compile(
    rb"\n[ \t]*+(?:@\w++(?:\([^)\n]*+\))?[ \t]++)*+"
    rb"(?:(?:public|package|internal|private|fileprivate)[ \t]++)?import[ \t]++"
    rb"(?:(?:class|struct|enum|protocol|typealias|func|let|var)[ \t]++)?"
    rb"(?P<module>\w++)"
)
_DECLARED = re.compile(
    rb"\n(?:@\w++(?:\([^)\n]*+\))?[ \t]++)*+(?:[a-z]++(?:\(\w++\))?[ \t]++)*?"
    rb"(?:class|struct|enum|protocol|actor|typealias)[ \t]++(?P<name>\w++)"
)
_TARGET = re.compile(
    r"\.(?:target|testTarget|executableTarget|systemLibrary|plugin|macro)\s*+\("
    r"\s*+name:\s*+\"(?P<name>[^\"\n]++)\"(?P<rest>(?:(?!\.\w*[tT]arget\s*+\()[^\0])*+)"
)
_PATH = re.compile(r"\bpath:\s*+\"([^\"\n]*+)\"")
_POD = re.compile(rb"\.(?:module_)?name\s*+=\s*+[\"']([^\"'\n]++)")
_SOURCE_FOLDERS = ("Sources", "Source", "src", "srcs", "Tests", "Plugins")
_PROJECT = ".xcodeproj/project.pbxproj"


def sites(content: bytes) -> list[Site]:
    """Return the imports; a target is the module's name."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = [Site(text_of(match["module"]), match.start()) for match in _IMPORT.finditer(padded)]
    return in_code(found, content, SLASH_MARKS)


def about(content: bytes) -> Any:
    """Return the types defined, the words mentioned and, in a Package.swift, the targets."""
    defined = dict.fromkeys(match["name"] for match in _DECLARED.finditer(b"\n" + content))
    return {
        "names": [text_of(name) for name in defined],
        "words": mentioned(content),
        "targets": _targets(text_of(content)) if b"PackageDescription" in content else {},
    }


def _targets(text: str) -> dict[str, str]:
    """Return the folder of each target as written; '' where it has the usual one."""
    found = {}
    for match in _TARGET.finditer(text):
        path = _PATH.search(match["rest"])
        found[match["name"]] = path[1] if path else ""
    return found


def read_manifest(content: bytes) -> Any:
    """Return the module's name in a podspec."""
    names = _POD.findall(content)
    return text_of(names[-1]) if names else ""


class _Modules:
    """The modules of the repository by name, and the one that each file is part of."""

    def __init__(self, tree: Tree) -> None:
        self._about = {path: tree.about.get(path) or _NOTHING for path in sorted(tree.sites)}
        self._folders = folders_of(tree.sites)
        self._names: dict[str, str] = {}
        for path, name in self._declared(tree):
            self._names.setdefault(path, name)
        self.declared = set(self._names.values())
        self._spaces = Spaces()
        for path, about in self._about.items():
            self._spaces.add(self._of(path), path, about["names"])

    def _declared(self, tree: Tree) -> Iterator[tuple[str, str]]:
        """Yield the folder and the name of each module, the surest first."""
        for path, about in self._about.items():
            for name, written in about["targets"].items() if name_of(path) == _PACKAGE else ():
                yield self._folder(folder_of(path), name, written), name
        for path, about in sorted(tree.about.items()):
            if path.endswith(".podspec") and about:
                yield folder_of(path), about
        for path in sorted(tree.paths):
            if path.endswith(_PROJECT):
                project = path.removesuffix(_PROJECT)
                if beneath(folder_of(project), name_of(project)) in self._folders:
                    yield beneath(folder_of(project), name_of(project)), name_of(project)
                yield folder_of(project), name_of(project)

    def _folder(self, package: str, name: str, written: str) -> str:
        if written:
            return join(package, written) or ""
        usual = (beneath(package, f"{folder}/{name}") for folder in _SOURCE_FOLDERS)
        return next((f for f in usual if f in self._folders), beneath(package, f"Sources/{name}"))

    def _of(self, path: str) -> str:
        """Return the name of a file's module; '' for those that are in none that is declared."""
        folder = next((f for f in ancestors(folder_of(path)) if f in self._names), None)
        return "" if folder is None or name_of(path) == _PACKAGE else self._names[folder]

    def resolve(self, path: str, target: str) -> Resolution:
        """Return the module's files that define what the file mentions.

        Of a module that it only mentions, the file itself: the import is resolved, and needs none.
        """
        if target not in self._spaces:
            return () if target in self.declared else None
        return tuple(self._needed(path, target)) or (path,)

    def implied(self) -> Iterator[tuple[str, str]]:
        """Yield what files need of their own module."""
        for path in self._about:
            yield from ((path, file) for file in self._needed(path, self._of(path)))

    def _needed(self, path: str, module: str) -> dict[str, None]:
        words = self._about[path]["words"]
        return dict.fromkeys(self._spaces.needed(module, words, path))


_PACKAGE = "Package.swift"
_NOTHING: dict[str, Any] = {"names": [], "words": [], "targets": {}}


def _resolver(tree: Tree) -> Resolver:
    return _Modules(tree).resolve


def _implied(tree: Tree) -> Iterator[tuple[str, str]]:
    return _Modules(tree).implied()


FAMILY = Family(
    version=1,
    sites=sites,
    resolver=_resolver,
    about=about,
    manifest=read_manifest,
    implied=_implied,
)
