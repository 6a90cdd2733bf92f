"""What the tests of safe writing share: a small tree with a state folder, and looking at it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from repoctx.patches.apply import apply
from repoctx.patches.edits import (
    EXECUTABLE,
    REGULAR,
    SYMLINK,
    ChangeSet,
    FileChange,
    FileState,
)
from repoctx.patches.history import Entry
from repoctx.patches.images import read_state

View = dict[str, tuple[int, bytes]]


@dataclass(frozen=True)
class Tree:
    """A root and its state folder, with short words for what tests do to them."""

    root: Path
    state: Path

    def write(self, path: str, content: str | bytes, permissions: int | None = None) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        if permissions is not None:
            target.chmod(permissions)
        return target

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def now(self, path: str) -> FileState | None:
        return read_state(self.root, path)

    def view(self) -> View:
        """Every path beneath the root with its whole mode and its content."""
        found: View = {}
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = b""
                if stat.S_ISLNK(status.st_mode):
                    content = os.fsencode(os.readlink(path))
                elif stat.S_ISREG(status.st_mode):
                    content = Path(path).read_bytes()
                found[os.path.relpath(path, self.root)] = (status.st_mode, content)
        return found

    def edit(self, path: str, content: str | bytes, mode: int | None = None) -> FileChange:
        """The change of a file as it is now; a missing one is created."""
        data = content.encode() if isinstance(content, str) else content
        before = self.now(path)
        kept = before.mode if before else REGULAR
        return FileChange(path, before, FileState(data, kept if mode is None else mode))

    def delete(self, path: str) -> FileChange:
        return FileChange(path, self.now(path), None)

    def rename(self, old: str, new: str, content: str | None = None) -> FileChange:
        before = self.now(old)
        assert before is not None
        after = before if content is None else FileState(content.encode(), before.mode)
        return FileChange(new, before, after, old)

    def link(self, path: str, target: str) -> FileChange:
        return FileChange(path, self.now(path), FileState(target.encode(), SYMLINK))

    def executable(self, path: str) -> FileChange:
        before = self.now(path)
        assert before is not None
        return FileChange(path, before, FileState(before.content, EXECUTABLE))

    def apply(self, *changes: FileChange, note: str = "") -> Entry:
        return apply(self.root, ChangeSet(changes), self.state, note=note)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own: in memory where that is possible, for the thousands of fsyncs."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=memory) as top:
        yield Path(top)


@pytest.fixture
def tree(folder: Path) -> Tree:
    (folder / "root").mkdir()
    return Tree(folder / "root", folder / "state")


@pytest.fixture
def make_tree(folder: Path) -> Callable[[], Tree]:
    """A function that makes a new, empty tree each time; for property tests."""
    count = iter(range(1_000_000))

    def make() -> Tree:
        top = folder / f"case{next(count)}"
        (top / "root").mkdir(parents=True)
        return Tree(top / "root", top / "state")

    return make
