"""The change that takes another one back, with every edit made since kept.

For each file: base is what the change left, ours is what stands there now, theirs is what was there
before. Untouched gives theirs exactly; edited gives the three-way merge; a merge that conflicts, or
an edit to a file that would have to go, refuses the whole.
"""

from __future__ import annotations

from dataclasses import replace

from repoctx.errors import ConflictError
from repoctx.patches.beneath import folder_mode, missing_folders
from repoctx.patches.edits import SYMLINK, EditError, FileState
from repoctx.patches.images import Image, Signature, read_image, same, with_mode
from repoctx.patches.merge import merge
from repoctx.patches.records import Header, Record, Step

Now = dict[str, tuple[Image, Signature] | None]


class _InTheWayError(Exception):
    """An edit made since cannot be kept."""


def inverse(root: int, record: Record, header: Header) -> Record:
    """Return the change that takes ``record`` back from the tree as it is now.

    Raises ConflictError that names the files whose later edits are in the way.
    """
    now, blocked = _read(root, record)
    left = {step.path for step in record.steps if step.after is None and now[step.path] is None}
    moves = {step.old_path: step for step in record.steps if _moved_from(step) in left}
    steps = []
    for step in record.steps:
        try:
            steps.append(_inverted(step, now, moves))
        except _InTheWayError:
            blocked.add(step.path)
    if blocked:
        raise ConflictError(
            f"edited since, in the same place: {', '.join(sorted(blocked))}; nothing was changed",
            "take those edits out of the way first, or change the files by hand",
        )
    return _with_folders(root, record, header, [s for s in steps if not same(s.before, s.after)])


def _moved_from(step: Step) -> str | None:
    return step.old_path if step.before is None else None


def _read(root: int, record: Record) -> tuple[Now, set[str]]:
    now: Now = {}
    blocked = set()
    for step in record.steps:
        try:
            now[step.path] = read_image(root, step.path)
        except (NotADirectoryError, EditError, ConflictError):  # now a folder, behind a link, ...
            now[step.path] = None
            blocked.add(step.path)
    return now, blocked


def _inverted(step: Step, now: Now, moves: dict[str | None, Step]) -> Step:
    image, seen = now[step.path] or (None, None)
    if step.path in moves:  # renamed away: the edits made under the new name come back with it
        moved = moves[step.path]
        after = _back(moved.after, _image(now, moved.path), step.before)
        return Step(step.path, None, after, None, old_path=moved.path)
    if _moved_from(step) in moves:
        return Step(step.path, image, None, seen)
    return Step(step.path, image, _back(step.after, image, step.before), seen)


def _back(base: Image | None, ours: Image | None, theirs: Image | None) -> Image | None:
    """Return what shall stand there; _InTheWayError when an edit cannot be kept."""
    if same(ours, base):
        return _with_permissions_since(base, ours, theirs)
    if same(ours, theirs):
        return ours
    if ours is None:  # deleted since: bringing it back loses nothing
        return theirs
    if base is None or theirs is None:
        raise _InTheWayError
    if SYMLINK in (base.state.mode, ours.state.mode, theirs.state.mode):
        raise _InTheWayError
    content = merge(base.state.content, ours.state.content, theirs.state.content)
    if content is None:
        raise _InTheWayError
    mode = theirs.state.mode if ours.state.mode == base.state.mode else ours.state.mode
    return replace(_with_mode(ours, mode), state=FileState(content, mode))


def _with_permissions_since(
    base: Image | None, ours: Image | None, theirs: Image | None
) -> Image | None:
    """The old file exactly; but a ``chmod`` since, which left the executable bit, is kept too."""
    if (
        theirs is None
        or ours is None
        or base is None
        or None in (ours.permissions, theirs.permissions)
    ):
        return theirs
    if base.permissions in (None, ours.permissions):
        return theirs
    return replace(theirs, permissions=_with_mode(ours, theirs.state.mode).permissions)


def _with_mode(image: Image, mode: int) -> Image:
    if image.permissions is None or image.state.mode == mode:
        return image
    return replace(image, permissions=with_mode(image.permissions, mode))


def _image(now: Now, path: str) -> Image | None:
    found = now[path]
    return found[0] if found else None


def _with_folders(root: int, record: Record, header: Header, steps: list[Step]) -> Record:
    """Folders that the change made go, if empty; those that it removed come back as they were."""
    modes = dict(record.emptied)
    filled = [step.path for step in steps if step.after is not None]
    made = tuple((folder, modes.get(folder)) for folder in missing_folders(root, filled))
    there = ((folder, folder_mode(root, folder)) for folder, _ in record.made)
    emptied = tuple((folder, mode) for folder, mode in there if mode is not None)
    return Record(header, tuple(steps), made, emptied)
