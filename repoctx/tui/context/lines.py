"""The lines of the tree that are open, as plain values: nothing is made of what is folded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from repoctx.packer.manifest import Document, Folder
from repoctx.sending.glance import Glance


class Line(NamedTuple):
    """A folder or a file, and how deep it lies."""

    depth: int
    above: str
    """The path of its folder, with a ``/`` at the end; empty at the root."""
    node: Folder | Document

    @property
    def is_folder(self) -> bool:
        """True for a folder."""
        return isinstance(self.node, Folder)

    @property
    def path(self) -> str:
        """The whole path; a folder's ends in ``/``."""
        node = self.node
        return f"{self.above}{node.name}/" if isinstance(node, Folder) else node.path

    @property
    def name(self) -> str:
        """The path's last part; a folder's ends in ``/``."""
        return self.path[len(self.above) :]


class Lines:
    """The open lines, dearest first in each folder; folders open and close one by one."""

    def __init__(self, glance: Glance, opened: Iterable[str] = ()) -> None:
        self._glance = glance
        self.opened = set(opened)
        """Paths of the folders whose files are shown."""
        self.lines: list[Line] = self._beneath(glance.tree, "", 0)
        self.found = False
        """True while the lines are the files that ``find`` found."""

    def open(self, number: int) -> None:
        """Show what is in the folder of this line."""
        line = self.lines[number]
        if isinstance(line.node, Folder) and not self.found and line.path not in self.opened:
            self.opened.add(line.path)
            self.lines[number + 1 : number + 1] = self._beneath(
                line.node, line.path, line.depth + 1
            )

    def close(self, number: int) -> None:
        """Fold the folder of this line; what is open in it opens again with it."""
        line = self.lines[number]
        if line.path in self.opened and not self.found:
            self.opened.discard(line.path)
            end = number + 1
            while end < len(self.lines) and self.lines[end].depth > line.depth:
                end += 1
            del self.lines[number + 1 : end]

    def above(self, number: int) -> int:
        """Return the number of the line of the folder that this line lies in, or of itself."""
        depth = self.lines[number].depth
        return next((n for n in range(number, -1, -1) if self.lines[n].depth < depth), number)

    def find(self, words: str) -> None:
        """Show the files whose path holds the words, in any case; all again for no words."""
        self.found = bool(words)
        if self.found:
            small = words.lower()
            hits = [document for path, document in self._glance.dearest if small in path]
            self.lines = [Line(0, "", document) for document in hits]
        else:
            self.lines = self._beneath(self._glance.tree, "", 0)

    def number_of(self, path: str, otherwise: int) -> int:
        """Return the line of a path; when it is not shown, the nearest to where it was."""
        for number, line in enumerate(self.lines):
            if line.path == path:
                return number
        return max(0, min(otherwise, len(self.lines) - 1))

    def _beneath(self, folder: Folder, path: str, depth: int) -> list[Line]:
        lines: list[Line] = []
        nodes: list[Folder | Document] = [*folder.folders.values(), *folder.documents]
        for node in sorted(nodes, key=_dearest_first):
            line = Line(depth, path, node)
            lines.append(line)
            if isinstance(node, Folder) and (inner := line.path) in self.opened:
                lines += self._beneath(node, inner, depth + 1)
        return lines


def _dearest_first(node: Folder | Document) -> tuple[int, str]:
    return -node.tokens, node.name if isinstance(node, Folder) else node.path
