"""Sum the import graph up by folder, so that it can be seen at a glance.

Where a folder hides many imports it is opened, down to single files in a small repository; the
rest stays closed. Only files that import or are imported take part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from repoctx.packer.graph import ImportGraph
from repoctx.packer.kinds import Kind

MOST = 40
"""Parts that one picture can hold."""

_ENOUGH = 24  # parts from which opening another one costs more attention than it gives
_VENDORED = 0.05  # of an import: code of others is opened last


@dataclass(frozen=True, slots=True)
class Part:
    """One node of the picture: a folder, the files that lie directly in one, or a file."""

    path: str
    """Ends in ``/`` for a folder with all beneath it, in ``/*`` for its direct files alone."""
    files: tuple[int, ...]
    """Positions in the import graph's ``paths``."""


Needs: TypeAlias = dict[tuple[int, int], int]
"""(a, b) -> how many times a file of part a needs one of part b, and a is not b."""


def imports_by_folder(
    graph: ImportGraph, kinds: Mapping[str, Kind]
) -> tuple[tuple[Part, ...], Needs]:
    """Return at most ``MOST`` parts, by path, and what they need of each other.

    ``kinds`` are by path. A tree whose every folder is too wide to open is one part.
    """
    parts = _opened(_tree(graph, kinds), graph)
    home = {file: number for number, part in enumerate(parts) for file in part.files}
    needs = Counter((home[a], home[b]) for a, b in graph.edges)
    return parts, {pair: count for pair, count in sorted(needs.items()) if pair[0] != pair[1]}


@dataclass(slots=True)
class _Folder:
    """A folder with the imports that stay inside it."""

    path: str
    folders: dict[str, _Folder] = field(default_factory=dict)
    files: list[int] = field(default_factory=list)
    hidden: float = 0.0
    """Imports between any two files beneath it."""
    hidden_among_files: float = 0.0
    """Imports between two files that lie directly in it."""

    def beneath(self) -> list[int]:
        deeper = (file for folder in self.folders.values() for file in folder.beneath())
        return [*self.files, *deeper]


def _tree(graph: ImportGraph, kinds: Mapping[str, Kind]) -> _Folder:
    root = _Folder("")
    homes: dict[int, list[_Folder]] = {}
    for file in sorted({file for edge in graph.edges for file in edge}):
        homes[file] = _folders_of(graph.paths[file], root)
        homes[file][-1].files.append(file)
    for a, b in graph.edges:
        vendored = all(kinds.get(graph.paths[file]) is Kind.VENDORED for file in (a, b))
        weight = _VENDORED if vendored else 1.0
        for one, other in zip(homes[a], homes[b], strict=False):
            if one is not other:
                break
            one.hidden += weight
        if homes[a][-1] is homes[b][-1]:
            homes[a][-1].hidden_among_files += weight
    return root


def _folders_of(path: str, root: _Folder) -> list[_Folder]:
    """Return the file's folders from the root down, made where they are missing."""
    folders = [root]
    for part in path.split("/")[:-1]:
        above = folders[-1]
        folders.append(above.folders.setdefault(part, _Folder(f"{above.path}{part}/")))
    return folders


@dataclass(frozen=True, slots=True)
class _Closed:
    """A part of the tree that may be opened."""

    part: Part
    hidden: float
    folder: _Folder | None = None
    """None for a single file."""

    def pieces(self, graph: ImportGraph) -> list[_Closed]:
        """What is seen instead of it when it is opened."""
        if self.folder is None:
            return []
        folder = self.folder
        if self.part.path.endswith("*") or not folder.folders:
            return [_Closed(Part(graph.paths[file], (file,)), 0.0) for file in folder.files]
        pieces = [_closed(below) for below in folder.folders.values()]
        if folder.files:
            own = Part(f"{folder.path or './'}*", tuple(folder.files))
            pieces.append(_Closed(own, folder.hidden_among_files, folder))
        return pieces


def _closed(folder: _Folder) -> _Closed:
    return _Closed(Part(folder.path or "./", tuple(folder.beneath())), folder.hidden, folder)


def _opened(root: _Folder, graph: ImportGraph) -> tuple[Part, ...]:
    """Open what hides most, again and again, while the picture can hold the pieces."""
    shown = [_closed(root)] if root.hidden else []
    while len(shown) < _ENOUGH:
        widest = _next_to_open(shown, graph)
        if widest is None:
            break
        shown.remove(widest)
        shown += widest.pieces(graph)
    return tuple(sorted((closed.part for closed in shown), key=lambda part: part.path))


def _next_to_open(shown: Sequence[_Closed], graph: ImportGraph) -> _Closed | None:
    for closed in sorted(shown, key=lambda closed: (-closed.hidden, closed.part.path)):
        if closed.hidden and len(shown) - 1 + len(closed.pieces(graph)) <= MOST:
            return closed
    return None
