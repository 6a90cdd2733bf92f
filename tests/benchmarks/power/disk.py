"""A model disk: replays recorded calls, then loses power and keeps what it must and what it may."""

from __future__ import annotations

import os
import random
import stat
from dataclasses import dataclass, field
from pathlib import Path

from .recorder import Call

PAGE = 4096
"""What a disk writes at a time, in any order."""


@dataclass(eq=False)
class Node:
    """A file or folder: what is durable, and what was done since."""

    is_folder: bool
    mode: int
    data: bytes = b""
    durable: tuple[bytes, int] = (b"", 0)
    names: dict[str, Node] = field(default_factory=dict)
    is_link: bool = False
    """A symbolic link; its target is written with its name, in one step."""


@dataclass(eq=False)
class Naming:
    """One step on names: in these folders these names now mean these nodes (None: nothing)."""

    entries: tuple[tuple[Node, str, Node | None], ...]
    is_durable: bool = False


class Disk:
    """Replays recorded calls, and can then lose power."""

    def __init__(self, top: Path) -> None:
        self.top = str(top)
        self.root = self._loaded(top)
        self.namings: list[Naming] = []
        self.view: dict[tuple[int, str], Node | None] = {}

    def _loaded(self, path: Path) -> Node:
        """What lies there before the run is durable."""
        if path.is_symlink():
            return Node(False, 0o777, os.fsencode(path.readlink()), is_link=True)
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir():
            names = {child.name: self._loaded(child) for child in path.iterdir()}
            return Node(True, mode, durable=(b"", mode), names=names)
        data = path.read_bytes()
        return Node(False, mode, data, (data, mode))

    def _named(self, folder: Node, name: str) -> Node | None:
        return self.view.get((id(folder), name), folder.names.get(name))

    def _find(self, path: str) -> tuple[Node, str]:
        *folders, name = os.path.relpath(path, self.top).split("/")
        node = self.root
        for part in folders:
            inner = self._named(node, part)
            assert inner is not None, path
            node = inner
        return node, name

    def _node(self, path: str) -> Node:
        if os.path.normpath(path) == self.top:
            return self.root
        node = self._named(*self._find(path))
        assert node is not None, path
        return node

    def _name(self, *entries: tuple[Node, str, Node | None]) -> None:
        self.namings.append(Naming(entries))
        for folder, name, node in entries:
            self.view[id(folder), name] = node

    def replay(self, call: Call) -> None:
        """Do one recorded call."""
        name, paths, value = call
        if not paths[0].startswith(self.top):
            return
        if name in ("create", "mkdir"):
            mode = value & ~0o022
            node = Node(name == "mkdir", mode, durable=(b"", mode))
            self._name((*self._find(paths[0]), node))
        elif name == "symlink":
            self._name((*self._find(paths[0]), Node(False, 0o777, value, is_link=True)))
        elif name == "write":
            self._node(paths[0]).data += value
        elif name == "chmod":
            self._node(paths[0]).mode = value
        elif name == "fsync":
            self._synced(self._node(paths[0]))
        elif name == "unlink":
            self._name((*self._find(paths[0]), None))
        elif name == "swap":
            nodes = [self._node(path) for path in reversed(paths)]
            self._name(
                *((*self._find(path), node) for path, node in zip(paths, nodes, strict=True))
            )
        else:
            target = (*self._find(paths[1]), self._node(paths[0]))
            gone = ((*self._find(paths[0]), None),) if name == "rename" else ()
            self._name(*gone, target)

    def _synced(self, node: Node) -> None:
        node.durable = (node.data, node.mode)
        for naming in self.namings:
            if any(folder is node for folder, _, _ in naming.entries):
                naming.is_durable = True

    def after_power_loss(self, target: Path, chance: random.Random) -> None:
        """Write out one state that the disk may be in now."""
        in_order = chance.random() < 0.5
        last_durable = max(
            (n for n, naming in enumerate(self.namings) if naming.is_durable), default=-1
        )
        cut = chance.randint(last_durable, len(self.namings) - 1) if self.namings else -1
        names: dict[tuple[int, str], Node | None] = {}
        for number, naming in enumerate(self.namings):
            kept = number <= cut if in_order else chance.random() < 0.5
            if naming.is_durable or kept:
                for folder, name, node in naming.entries:
                    names[id(folder), name] = node
        self._write(self.root, target, names, chance)

    def _write(
        self,
        node: Node,
        target: Path,
        names: dict[tuple[int, str], Node | None],
        chance: random.Random,
    ) -> None:
        if node.is_link:
            os.symlink(node.data, os.fsencode(target))
            return
        if not node.is_folder:
            data, mode = self._surviving(node, chance)
            target.write_bytes(data)
            target.chmod(mode)
            return
        target.mkdir(exist_ok=True)
        target.chmod(chance.choice([node.mode, node.durable[1]]))
        entries: dict[str, Node | None] = dict(node.names)
        entries.update({name: child for (owner, name), child in names.items() if owner == id(node)})
        for name, child in entries.items():
            if child is not None:
                self._write(child, target / name, names, chance)

    @staticmethod
    def _surviving(node: Node, chance: random.Random) -> tuple[bytes, int]:
        data, mode = node.durable
        if (node.data, node.mode) == node.durable:
            return data, mode
        more = node.data[len(data) :][: chance.randint(0, len(node.data) - len(data))]
        kept = chance.choice([1.0, 0.0, 0.5])  # all pages, none, or some of them in any order
        pages = [more[at : at + PAGE] for at in range(0, len(more), PAGE)]
        pages = [page if chance.random() < kept else bytes(len(page)) for page in pages]
        return data + b"".join(pages), chance.choice([mode, node.mode])
