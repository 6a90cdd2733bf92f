"""Which C# files see each other: projects (``.csproj``) and the references between them.

It decides between types of one name; references can also come from files that are not read here.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

from repoctx.packer.languages.family import Tree
from repoctx.packer.languages.lexing import text_of
from repoctx.packer.languages.paths import ancestors, folder_of, join

_REFERENCE = re.compile(rb"<ProjectReference\b[^<>]{0,500}?\bInclude\s*+=\s*+[\"']([^\"'\n]++)")


def read_manifest(content: bytes) -> Any:
    """Return the paths of the projects that a project refers to, as written."""
    return [text_of(path).replace("\\", "/") for path in _REFERENCE.findall(content)]


class Projects:
    """The folders of projects; a file belongs to the nearest around it."""

    def __init__(self, tree: Tree) -> None:
        self._references: dict[str, list[str]] = {}
        for path, about in sorted(tree.about.items()):
            if path.endswith(".csproj"):
                places = [join(folder_of(path), reference) for reference in about]
                folders = [folder_of(place) for place in places if place is not None]
                self._references.setdefault(folder_of(path), []).extend(folders)
        self._files: dict[str, list[str]] = {}
        for path in tree.sites:
            self._files.setdefault(self.of(path), []).append(path)
        self._visible: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> str:
        """Return the folder of a file's project; '' when it has none."""
        return next((f for f in ancestors(folder_of(path)) if f in self._references), "")

    def visible(self, path: str) -> frozenset[str]:
        """Return the files that a file's project sees; none when it has no project."""
        project = self.of(path)
        if project not in self._references:
            return frozenset()
        if project not in self._visible:
            seen = (self._files.get(folder, ()) for folder in self._reached(project))
            self._visible[project] = frozenset(chain.from_iterable(seen))
        return self._visible[project]

    def _reached(self, project: str) -> set[str]:
        reached, waiting = {project}, [project]
        while waiting:
            for folder in self._references.get(waiting.pop(), ()):
                if folder not in reached:
                    reached.add(folder)
                    waiting.append(folder)
        return reached
