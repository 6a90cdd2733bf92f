"""From any mixture back to old, without ever overwriting what somebody else wrote."""

from __future__ import annotations

import os
from contextlib import suppress
from enum import Enum, auto

from repoctx.errors import ConflictError
from repoctx.patches.beneath import (
    about,
    make_folder,
    missing_folders,
    parent_of,
    remove_folder,
    sync_folders,
)
from repoctx.patches.edits import EditError
from repoctx.patches.forward import touched_folders
from repoctx.patches.images import (
    Image,
    Signature,
    create,
    place_new,
    read_image,
    remove,
    same,
    signature_of,
)
from repoctx.patches.records import Record, Step


class _Temporary(Enum):
    """What lies under the temporary name of a step."""

    NOTHING = auto()
    OURS = auto()
    """The new file, perhaps half written: the target was not touched yet."""
    THEIRS = auto()
    """The old file, or what somebody saved in its place at the moment of the swap."""


def roll_back(root: int, record: Record) -> tuple[str, ...]:
    """Make the tree old again, durably; return the files that are neither old nor new.

    Those were edited by somebody else after they had been replaced, and are left as they are.
    """
    kinds = [_temporary(root, record, number) for number in range(len(record.steps))]
    for number, kind in enumerate(kinds):  # first, because it frees space
        if kind is _Temporary.OURS:
            _remove(root, record, number, record.temporary(number))
        _remove(root, record, number, record.restored(number))  # of a way back that was cut short
    left = []
    for number, (step, kind) in enumerate(zip(record.steps, kinds, strict=True)):
        untouched = kind is _Temporary.OURS and step.before is not None
        if not untouched and not _restored(root, record, number, kind):
            left.append(step.path)
    for folder, _ in reversed(record.made):
        remove_folder(root, folder)
    sync_folders(root, touched_folders(record))
    return tuple(left)


def _temporary(root: int, record: Record, number: int) -> _Temporary:
    step = record.steps[number]
    folder, slash, _ = step.path.rpartition("/")
    try:
        found = read_image(root, f"{folder}{slash}{record.temporary(number)}")
    except (NotADirectoryError, EditError, ConflictError):
        return _Temporary.THEIRS
    if found is None:
        return _Temporary.NOTHING
    return _Temporary.OURS if _is_ours(step, *found) else _Temporary.THEIRS


def _is_ours(step: Step, image: Image, signature: Signature) -> bool:
    """True for a beginning of the new content; after a power loss zeros may follow."""
    if same(image, step.before) or (step.seen and signature[:2] == step.seen[:2]):
        return False
    written = image.state.content.rstrip(b"\0")
    return step.after is not None and step.after.state.content.startswith(written)


def _restored(root: int, record: Record, number: int, kind: _Temporary) -> bool:
    """Put the old state back in the place of the new one; False when the file is neither."""
    step = record.steps[number]
    try:
        found = read_image(root, step.path)
    except (NotADirectoryError, EditError, ConflictError):
        return False
    now, seen = found or (None, None)
    with about(step.path):
        if same(now, step.after):
            for folder in missing_folders(root, [step.path]):
                make_folder(root, folder, None)
            back = Step(step.path, step.after, step.before, seen)
            waiting = kind is _Temporary.THEIRS
            name = record.temporary(number) if waiting else record.restored(number)
            return _put_back(root, back, name, waiting)
    if kind is _Temporary.THEIRS:  # what has the name now was saved later
        _remove(root, record, number, record.temporary(number))
    return same(now, step.before)


def _put_back(root: int, back: Step, waiting_name: str, is_waiting: bool) -> bool:
    """Give the old file its name again, or one made from the journal's content."""
    with parent_of(root, back.path) as (folder, name):
        if back.after is None:
            return signature_of(folder, name) == back.seen and remove(folder, name)
        if not is_waiting:
            create(folder, waiting_name, back.after)
        try:
            if back.before is None:
                place_new(folder, waiting_name, name)
                return True
            if signature_of(folder, name) == back.seen:
                os.rename(waiting_name, name, src_dir_fd=folder, dst_dir_fd=folder)
                return True
        except FileExistsError:
            pass
        remove(folder, waiting_name)
    return False


def _remove(root: int, record: Record, number: int, name: str) -> None:
    path = record.steps[number].path
    with (
        suppress(FileNotFoundError, NotADirectoryError),
        about(path),
        parent_of(root, path) as (folder, _),
    ):
        remove(folder, name)
