"""A change to several roots, whole or not at all even when the process dies between two of them.

Each root has a journal of its own, so a death in between leaves one root new and the next one old.
Before the first is touched, a mark that names all of them is therefore put into each state folder,
durably, and taken away when the change is whole or was put back. A mark that nobody holds (the lock
goes with the process) tells the next command that the parts that are done must be taken back.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from repoctx.errors import RepoctxError
from repoctx.patches.beneath import close
from repoctx.patches.explain import MENDING, WRITING, explained
from repoctx.patches.history import log, redo, undo
from repoctx.patches.images import write_all
from repoctx.roots import Root

Kind = Literal["apply", "undo"]

_NAME = "together.json"


@dataclass(frozen=True, slots=True)
class _Mark:
    """What was begun."""

    id: str
    kind: Kind
    states: tuple[str, ...]
    """The state folder of each root that takes part."""


@contextmanager
def together(states: Mapping[Root, Path], kind: Kind, change: str) -> Iterator[None]:
    """Hold marks that all these roots are written as one; they go when the block ends.

    The block itself puts back what it did when it fails; only a death leaves the marks.
    """
    if len(states) < 2:
        yield
        return
    mark = _Mark(change, kind, tuple(map(str, states.values())))
    with ExitStack() as held:
        for root, state in states.items():
            with explained(root.path, WRITING):
                held.enter_context(_placed(state, mark))
        yield


def settle_together(states: Mapping[Root, Path]) -> list[str]:
    """Take back the parts of what a death left half done; return a line for each change."""
    said = []
    for root, state in states.items():
        with explained(root.path, MENDING):
            mark = _left(state)
        if mark is None or not set(mark.states) <= set(map(str, states.values())):
            continue
        parts = {r: s for r, s in states.items() if str(s) in mark.states}
        done = [root for root, state in parts.items() if _is_done(state, mark)]
        if done and len(done) < len(parts):
            told = "; ".join(_taken_back(root, parts[root], mark) for root in done)
            said.append(f"an interrupted {mark.kind} to several folders: {told}")
        for each in parts.values():
            with explained(each, MENDING), suppress(FileNotFoundError):
                os.unlink(each / _NAME)
    return said


def _is_done(state: Path, mark: _Mark) -> bool:
    undone = [entry.undone for entry in log(state) if entry.id == mark.id]
    return undone == [mark.kind == "undo"]


def _taken_back(root: Root, state: Path, mark: _Mark) -> str:
    try:
        if mark.kind == "apply":
            undo(root.path, state, mark.id)
        else:
            redo(root.path, state)
    except RepoctxError as error:
        return f"the part in {root.prefix} stays: {error}"
    return f"the part in {root.prefix} was taken back"


# Marks


@contextmanager
def _placed(state: Path, mark: _Mark) -> Iterator[None]:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = state / f"{_NAME}.{os.getpid()}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            content = {"id": mark.id, "kind": mark.kind, "states": mark.states}
            write_all(descriptor, json.dumps(content).encode())
            os.fsync(descriptor)
            os.rename(partial, state / _NAME)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _sync(state)
        yield
    finally:
        with suppress(OSError):
            os.unlink(state / _NAME)
        close(descriptor)


def _left(state: Path) -> _Mark | None:
    """Return the mark of a process that died; None for none, a living one's, or a broken one."""
    try:
        descriptor = os.open(state / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            saved = json.load(file)
            return _Mark(saved["id"], saved["kind"], tuple(saved["states"]))
        except (BlockingIOError, ValueError, KeyError, TypeError):
            return None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
