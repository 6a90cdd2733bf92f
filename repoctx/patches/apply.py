"""Apply a reviewed change: all of it onto exactly the files that were reviewed, or nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

from repoctx.errors import ConflictError, UsageError
from repoctx.patches import journal
from repoctx.patches.beneath import existing_folders, missing_folders, open_root
from repoctx.patches.edits import ChangeSet, EditError, FileChange, FileState
from repoctx.patches.explain import MENDING, WRITING, explained
from repoctx.patches.history import Entry, entry_of, tidy
from repoctx.patches.images import Image, Signature, dressed, read_image
from repoctx.patches.paths import check_path
from repoctx.patches.records import Header, Record, Step
from repoctx.patches.transaction import opened, settle, write

SHOWN = 3
"""Paths that an error message names before it counts the rest."""


def apply(
    root: Path, changes: ChangeSet, state: Path, *, note: str = "", entry_id: str = ""
) -> Entry:
    """Write the change and return its entry in the history.

    ``state`` is the repository's state folder; ``entry_id`` ties the parts of a change to several
    roots together. Raises ConflictError when the set holds a conflict
    or a file is not what was reviewed, EditError for a path that may not be written, RepoctxError
    when the disk says no; in each case no file is changed.
    """
    pieces = _pieces(changes)
    with explained(root, WRITING):
        for path in pieces:
            _check_outside(state, root, path)
            check_path(root, path)
    with opened(root, state) as folder:
        record = _planned(folder, pieces, _header(changes, note, entry_id))
        write(folder, state, record)
        tidy(state)
    return entry_of(record.header)


def recover(root: Path, state: Path) -> str | None:
    """Finish or roll back what a crash left, and say so in one line; None when there was nothing.

    Waits while another process writes. Raises RepoctxError when the disk says no; the journal
    then stays for the next try.
    """
    with explained(root, MENDING):
        if not journal.pending(state):
            return None
        with journal.locked(state), open_root(root) as folder:
            settled = settle(folder, state)
    if settled is None:
        return None
    what = (
        f"an interrupted {settled.header.kind} of {_listed([p for p, _ in settled.header.files])}"
    )
    if settled.completed:
        return f"{what} was completed"
    if not settled.left:
        return f"{what} was rolled back"
    return (
        f"{what} was rolled back, but not {_listed(list(settled.left))}, edited since; "
        f"its old content is kept in {settled.kept}"
    )


# From changes to steps


class _Piece:
    """What a set says about one path: the state it leaves, and the state it gets."""

    def __init__(self) -> None:
        self.before: FileState | None = None
        self.after: FileState | None = None
        self.old_path: str | None = None


def _pieces(changes: ChangeSet) -> dict[str, _Piece]:
    """Take the changes apart by path: a rename leaves one path and fills another.

    So a swap of two names, or a new file in the place of a moved one, is nothing special.
    """
    if changes.conflicts:
        first = changes.conflicts[0]
        raise ConflictError(f"{first.path or 'an edit'}: {first.reason}", first.hint)
    if not changes.files:
        raise UsageError("the change is empty", "accept at least one file")
    pieces: dict[str, _Piece] = {}
    for change in changes.files:
        _add(pieces, change)
    return pieces


def _add(pieces: dict[str, _Piece], change: FileChange) -> None:
    if change.before is not None:
        left = pieces.setdefault(change.old_path or change.path, _Piece())
        if left.before is not None:
            raise EditError(f"{change.path} is changed twice", "join the two changes")
        left.before = change.before
    if change.after is not None:
        filled = pieces.setdefault(change.path, _Piece())
        if filled.after is not None:
            raise EditError(f"{change.path} is changed twice", "join the two changes")
        filled.after = change.after
        filled.old_path = change.old_path


def _planned(root: int, pieces: dict[str, _Piece], header: Header) -> Record:
    """Compare every file with what was reviewed, and remember how it stands."""
    found = {path: read_image(root, path) for path in pieces}
    stale = [path for path, piece in pieces.items() if _state(found[path]) != piece.before]
    if stale:
        raise ConflictError(
            f"{_listed(stale)} changed since the change was planned; nothing was applied",
            "ask again, or plan the change anew",
        )
    steps = tuple(
        _step(path, piece, found) for path, piece in pieces.items() if piece.before != piece.after
    )
    filled = [step.path for step in steps if step.after is not None]
    removed = [step.path for step in steps if step.after is None]
    made = tuple((folder, None) for folder in missing_folders(root, filled))
    return Record(header, steps, made, tuple(existing_folders(root, removed)))


def _step(path: str, piece: _Piece, found: dict[str, tuple[Image, Signature] | None]) -> Step:
    before, seen = found[path] or (None, None)
    model = found[piece.old_path] if piece.old_path else found[path]
    after = dressed(piece.after, model[0] if model else None) if piece.after else None
    return Step(path, before, after, seen, piece.old_path)


def _state(found: tuple[Image, Signature] | None) -> FileState | None:
    return found[0].state if found else None


def new_id() -> str:
    """Return an id for a change."""
    return os.urandom(4).hex()


def _header(changes: ChangeSet, note: str, entry_id: str) -> Header:
    files = tuple((change.path, change.kind) for change in changes.files)
    return Header(entry_id or new_id(), "apply", "", time.time(), note, files)


def _check_outside(state: Path, root: Path, path: str) -> None:
    """The history must stay true even where the state folder lies in the repository (a home)."""
    target = os.path.join(os.path.realpath(root), path)
    if target.startswith(os.path.realpath(state) + "/"):
        raise EditError(f"{path} lies in repoctx's own state", "leave that folder alone")


def _listed(paths: list[str]) -> str:
    more = len(paths) - SHOWN
    return ", ".join(paths[:SHOWN]) + (f" and {more} more" if more > 0 else "")
