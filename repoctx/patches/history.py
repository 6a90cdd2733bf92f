"""What was applied, and the way back and forth: undo, redo and log.

The history is a row of finished journals, oldest first. Undo and redo are changes like any other,
journalled through the same machinery and added to the row; which changes stand, and what can be
redone, follows from reading it. Nothing here needs git.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from repoctx.errors import UsageError
from repoctx.patches import journal
from repoctx.patches.edits import ChangeKind
from repoctx.patches.explain import READING, explained
from repoctx.patches.inverse import inverse
from repoctx.patches.past import WHY, prune, read_past
from repoctx.patches.records import Header
from repoctx.patches.transaction import opened, write

MOST_ENTRIES = 200
MOST_BYTES = 1 << 30
"""What the history keeps at most; the newest change is always kept."""


@dataclass(frozen=True, slots=True)
class EntryFile:
    """One file of an applied change."""

    path: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One applied change."""

    id: str
    """Eight hex digits."""
    time: float
    """When it was applied, in seconds since 1970."""
    note: str
    """What it was applied for; hostile text."""
    files: tuple[EntryFile, ...]
    undone: bool = False


def log(state: Path) -> list[Entry]:
    """Return the applied changes, newest first; undos and redos show in ``undone``."""
    with explained(state, READING):
        past = read_past(state)
    return [entry_of(header, header.id not in past.standing) for header in reversed(past.applied)]


def unreadable(state: Path) -> list[str]:
    """Return a line for each record that ``log`` leaves out because it cannot be read."""
    with explained(state, READING):
        past = read_past(state)
    return [f"the record of a change is {WHY}: {folder}" for folder in past.unreadable]


def check_last(state: Path) -> None:
    """Raise RepoctxError when the last change cannot be read, so that another would be taken."""
    with explained(state, READING), suppress(UsageError):
        read_past(state).to_undo(None)


def undo(root: Path, state: Path, entry_id: str | None = None) -> Entry:
    """Take back the named change, or the last that stands; return it as undone.

    A file untouched since is byte and mode identical to before. One edited since keeps those edits
    (three-way merge), or nothing at all is undone: ConflictError lists the files. UsageError when
    there is no such change, RepoctxError when its record cannot be read.
    """
    with opened(root, state) as folder:
        past = read_past(state)
        header = past.to_undo(entry_id)
        _take_back(folder, state, header, past.standing[header.id], "undo")
    return entry_of(header, undone=True)


def redo(root: Path, state: Path) -> Entry:
    """Apply again what was undone last; return it.

    Edits made since are kept, as with ``undo``. UsageError when nothing was undone since the last
    apply.
    """
    with opened(root, state) as folder:
        past = read_past(state)
        header, name = past.to_redo()
        _take_back(folder, state, header, name, "redo")
    return entry_of(header)


def entry_of(header: Header, undone: bool = False) -> Entry:
    """Return what a person sees of an applied change."""
    files = tuple(EntryFile(path, kind) for path, kind in header.files)
    return Entry(header.id, header.time, header.note, files, undone)


def tidy(state: Path) -> None:
    """Keep the history within its bounds; where that fails the next change tries again."""
    with suppress(OSError):
        prune(state, MOST_ENTRIES, MOST_BYTES)


def _take_back(
    root: int, state: Path, change: Header, name: str, kind: Literal["undo", "redo"]
) -> None:
    """Write the inverse of a finished journal and keep it as history."""
    record = journal.read_record(state / "history" / name)
    again = replace(change, id=os.urandom(4).hex(), kind=kind, target=change.id, time=time.time())
    write(root, state, inverse(root, record, again))
    tidy(state)
