"""Write a record into the tree, all of it or nothing, whatever happens in between.

    journal -> finished files beside their targets -> names swapped -> ``committed`` -> history

Until ``committed`` is on disk the way out is back: every file that holds the new content gets its
old one. Afterwards it is forward. ``settle`` is that way out for a crash, an error and Ctrl-C
alike, so there is one path to test. A file that is neither old nor new was edited by somebody else
and is left alone. While the names are swapped a reader may see some files new and others old: POSIX
cannot replace two files at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoctx.errors import RepoctxError
from repoctx.patches import journal
from repoctx.patches.beneath import open_root
from repoctx.patches.explain import WRITING, explained
from repoctx.patches.forward import clean_up, replace_all, stage
from repoctx.patches.records import Header, Record
from repoctx.patches.rollback import roll_back


@dataclass(frozen=True, slots=True)
class Settled:
    """How an interrupted change ended."""

    header: Header
    completed: bool
    """True when the tree is new, False when it is old again."""
    left: tuple[str, ...] = ()
    """Files that somebody else edited meanwhile and that were therefore not put back."""
    kept: Path | None = None
    """The folder of the journal that holds their contents."""


@contextmanager
def opened(root: Path, state: Path) -> Iterator[int]:
    """Hold the lock and give the root's descriptor, with everything interrupted settled.

    An OSError inside becomes a RepoctxError of one line.
    """
    with explained(root, WRITING), journal.locked(state), open_root(root) as descriptor:
        settle(descriptor, state)
        yield descriptor


def write(root: int, state: Path, record: Record) -> None:
    """Bring the tree from every step's ``before`` to its ``after``, or change nothing.

    Raises ConflictError when a file is no longer what the step has seen, OSError when the disk
    says no; the tree is then as it was. Only when even going back fails (RepoctxError) may it be
    mixed, until ``settle`` is tried again.
    """
    try:
        journal.begin(state, record)
        stage(root, record)
        replace_all(root, record)
        journal.commit(state)
    except BaseException as problem:
        settled = _way_out(root, state)
        if settled and settled.completed and isinstance(problem, OSError):
            return  # the mark itself could not be made durable, but it is there
        raise
    with _uninterrupted():
        try:
            _finish(root, state, record)
        except OSError:  # the tree is new and durable: once more, else the next command tidies it
            with suppress(OSError):
                settle(root, state)


def settle(root: int, state: Path) -> Settled | None:
    """Complete or roll back what a crash left; None when there was nothing."""
    record = journal.current(state)
    if record is None:
        journal.discard(state)
        return None
    if journal.is_committed(state):
        _finish(root, state, record)
        return Settled(record.header, completed=True)
    left = roll_back(root, record)
    kept = journal.set_aside(state, record.header) if left else None
    journal.discard(state)
    return Settled(record.header, False, left, kept)


def _finish(root: int, state: Path, record: Record) -> None:
    """Do what is left when the tree is new: tidy it, and keep the journal as history."""
    clean_up(root, record)
    journal.archive(state, record.header)


def _way_out(root: int, state: Path) -> Settled | None:
    try:
        with _uninterrupted():
            return settle(root, state)
    except OSError as error:
        raise RepoctxError(
            f"writing failed and so did going back: {error.strerror} ({error.filename})",
            "the files may be half changed; mend the disk, then any repoctx command finishes this",
        ) from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back; only the main thread gets it, so elsewhere there is nothing to do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[Any] = []
    usual = signal.signal(signal.SIGINT, lambda *received: held.append(received))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if usual is None else usual)
        if held and callable(usual):
            usual(*held[0])
