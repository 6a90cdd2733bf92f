"""From old to new: finished files beside their targets, then names swapped, then a last look.

Until the change is committed, the old file of each target waits under the temporary name, so that
a save by somebody else in the meantime is noticed and going back needs no space.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from repoctx.errors import ConflictError
from repoctx.patches import exchange, writers
from repoctx.patches.beneath import (
    about,
    folder_of,
    make_folder,
    parent_of,
    remove_folder,
    sync_folders,
)
from repoctx.patches.images import Signature, create, place_new, remove, signature_of
from repoctx.patches.records import Record, Step


def stage(root: int, record: Record) -> None:
    """Write every new content beside its target: what needs space or time, before any swap."""
    for path, mode in record.made:
        make_folder(root, path, mode)
    for number, step in enumerate(record.steps):
        if step.after is not None:
            with about(step.path), parent_of(root, step.path) as (folder, _):
                create(folder, record.temporary(number), step.after)


def replace_all(root: int, record: Record) -> None:
    """Give every finished file its name, durably; ConflictError when somebody else wrote one."""
    for number, step in _removals_last(record):
        with about(step.path), parent_of(root, step.path) as (folder, name):
            if signature_of(folder, name) != step.seen:
                raise changed(step.path)
            try:
                _replace(folder, name, record.temporary(number), step)
            except (FileExistsError, FileNotFoundError) as error:
                raise changed(step.path) from error
    sync_folders(root, touched_folders(record))
    _look_again(root, record)


def clean_up(root: int, record: Record) -> None:
    """Remove the old files and the folders left empty; harmless to repeat."""
    for number, step in enumerate(record.steps):
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            about(step.path),
            parent_of(root, step.path) as (folder, _),
        ):
            remove(folder, record.temporary(number))
    gone = [path for path, _ in reversed(record.emptied) if remove_folder(root, path)]
    sync_folders(root, touched_folders(record) | {folder_of(path) for path in gone})


def touched_folders(record: Record) -> set[str]:
    """Return the folders in which names change."""
    paths = [step.path for step in record.steps] + [folder for folder, _ in record.made]
    return {folder_of(path) for path in paths}


def changed(path: str) -> ConflictError:
    """Say that a file is not what it was when the change was planned."""
    return ConflictError(
        f"{path} changed while repoctx was about to write it; nothing was applied",
        "look at the change again, then repeat",
    )


def _removals_last(record: Record) -> list[tuple[int, Step]]:
    """During a rename a reader then sees both names, rather than none."""
    return sorted(enumerate(record.steps), key=lambda numbered: numbered[1].after is None)


def _replace(folder: int, name: str, temporary: str, step: Step) -> None:
    if step.before is None:
        place_new(folder, temporary, name)
    elif step.after is None:
        os.rename(name, temporary, src_dir_fd=folder, dst_dir_fd=folder)
        if not _is_what_was_seen(folder, temporary, step.seen):
            place_new(folder, temporary, name)
            raise changed(step.path)
    elif not exchange.swap(folder, temporary, name):
        # A save between the look above and this rename, some 10 microseconds, would be lost.
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    elif not _is_what_was_seen(folder, temporary, step.seen):
        exchange.swap(folder, temporary, name)
        raise changed(step.path)


def _look_again(root: int, record: Record) -> None:
    """Notice an editor that had a file open, and wrote into it, while its name was taken over."""
    until = time.monotonic() + writers.PATIENCE
    for number, step in enumerate(record.steps):
        with about(step.path), parent_of(root, step.path) as (folder, _):
            writers.wait_for_writers(folder, record.temporary(number), until)
            now = signature_of(folder, record.temporary(number))
            if now is not None and not _same_but_ctime(now, step.seen):
                raise changed(step.path)


def _is_what_was_seen(folder: int, name: str, seen: Signature | None) -> bool:
    return _same_but_ctime(signature_of(folder, name), seen)


def _same_but_ctime(one: Signature | None, other: Signature | None) -> bool:
    """Compare without the ctime, which a rename itself sets."""
    if one is None or other is None:
        return one is other
    return one[:4] + one[5:] == other[:4] + other[5:]
