"""Plan, apply and undo a change to several roots: none of them is changed unless all can be.

Paths carry their root's prefix here, and only here; each root plans, journals and remembers its
own part as if it stood alone. The parts share one id in the histories.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.patches.apply import apply, new_id, recover
from repoctx.patches.edits import ChangeSet, EditConflict, FileChange, FileEdit
from repoctx.patches.formats.whole_file import NAME as WHOLE_FILE
from repoctx.patches.history import Entry, check_last, log, redo, undo
from repoctx.patches.paths import normalise
from repoctx.patches.plan import Restore, change_set, plan_edits
from repoctx.patches.reply import Reply
from repoctx.patches.shown import Views
from repoctx.patches.together import settle_together, together
from repoctx.roots import Root, root_with

States = Mapping[Root, Path]
"""The roots in their order, and the state folder of each."""


# Planning


def plan_several(
    roots: Sequence[Root], reply: Reply, restore: Restore, views: Views | None = None
) -> ChangeSet:
    """Return the change that the reply asks for in all roots; see ``plan.plan``.

    An edit whose path carries no root's prefix is a conflict, and so is a move between roots.
    """
    placed: dict[Root, list[FileEdit]] = {root: [] for root in roots}
    conflicts: list[EditConflict] = []
    for edit in reply.edits:
        place = _place(roots, edit)
        if isinstance(place, EditConflict):
            conflicts.append(replace(place, number=edit.number, line=edit.line))
        else:
            placed[place[0]].append(place[1])
    conflicts += _doubtful(placed)
    files: list[FileChange] = []
    for root, edits in placed.items():
        made, failed = plan_edits(root.path, edits, _within(root, restore), views)
        files += [_prefixed(root, change) for change in made]
        conflicts += [replace(c, path=root.prefix + c.path if c.path else "") for c in failed]
    return change_set(reply, files, conflicts)


def _place(roots: Sequence[Root], edit: FileEdit) -> tuple[Root, FileEdit] | EditConflict:
    """Return the edit's root, and the edit as that root alone would see it."""
    names = [normalise(name) for name in (edit.path, *edit.alternatives) if name]
    root = next((found for name in names if (found := _root_of(roots, name))), None)
    if root is None:
        folders = ", ".join(root.prefix for root in roots)
        return EditConflict(
            edit.path,
            "the path lies in none of the folders" if edit.path else "the edit names no file",
            f"begin it with one of {folders}",
        )
    own = [inside for name in names if (inside := _inside(root, name))]
    moved = normalise(edit.new_path)
    if moved and _root_of(roots, moved) != root:
        hint = "delete the one file and create the other"
        return EditConflict(edit.path, f"a file cannot move from {root.prefix} to {moved}", hint)
    new_path = _inside(root, moved) or ""
    return root, replace(edit, path=own[0], new_path=new_path, alternatives=tuple(own[1:]))


def _root_of(roots: Sequence[Root], name: str) -> Root | None:
    """Tool calls name files by absolute paths, which carry no prefix."""
    if name.startswith("/"):
        return next((root for root in roots if root.inside(name)), None)
    return root_with(roots, name)


def _inside(root: Root, name: str) -> str | None:
    if name.startswith("/"):
        return root.inside(name)
    return name.removeprefix(root.prefix) if name.startswith(root.prefix) else None


def _doubtful(placed: Mapping[Root, Sequence[FileEdit]]) -> list[EditConflict]:
    """A whole file beside other formats is rather a quotation; within one root the plan sees it."""
    others = {root for root in placed for edit in placed[root] if edit.format != WHOLE_FILE}
    return [
        EditConflict(
            root.prefix + edit.path,
            f"it is not clear whether the block is all of {root.prefix}{edit.path}",
            "use one edit format in a reply",
            number=edit.number,
            line=edit.line,
        )
        for root, edits in placed.items()
        for edit in edits
        if edit.format == WHOLE_FILE and others - {root} and os.path.lexists(root.path / edit.path)
    ]


def _within(root: Root, restore: Restore) -> Restore:
    """A secret was found under the path that the model saw."""
    return lambda path, text, file_text: restore(root.prefix + path, text, file_text)


def _prefixed(root: Root, change: FileChange) -> FileChange:
    old = None if change.old_path is None else root.prefix + change.old_path
    return replace(change, path=root.prefix + change.path, old_path=old)


# Applying


def apply_several(states: States, changes: ChangeSet, note: str) -> Entry:
    """Write the change, root by root; when one refuses, the earlier ones are put back.

    Raises what ``apply`` raises, and the message says what became of the other roots.
    """
    if changes.conflicts:
        first = changes.conflicts[0]
        raise ConflictError(f"{first.path or 'an edit'}: {first.reason}", first.hint)
    if not changes.files:
        raise UsageError("the change is empty", "accept at least one file")
    shared = new_id()
    steps = {
        root: lambda root=root, own=own: apply(
            root.path, own, states[root], note=note, entry_id=shared
        )
        for root in states
        if (own := _own(root, changes)).files
    }
    with together({root: states[root] for root in steps}, "apply", shared):
        return _all_or_none(steps, lambda root: undo(root.path, states[root], shared))


def _own(root: Root, changes: ChangeSet) -> ChangeSet:
    own = [change for change in changes.files if change.path.startswith(root.prefix)]
    size = len(root.prefix)
    return ChangeSet(
        tuple(
            replace(c, path=c.path[size:], old_path=c.old_path[size:] if c.old_path else None)
            for c in own
        )
    )


def undo_several(states: States, entry_id: str | None = None) -> Entry:
    """Take back the last change that stands in any root, or the named one, in all its roots."""
    if entry_id is None:
        for state in states.values():
            check_last(state)
    standing = {
        root: [e for e in log(state) if not e.undone and e.id.startswith(entry_id or "")]
        for root, state in states.items()
    }
    newest = max((entries[0] for entries in standing.values() if entries), key=_age, default=None)
    if newest is None:
        raise UsageError("there is nothing to undo in these roots", "`repoctx log` lists changes")
    steps = {
        root: lambda root=root: undo(root.path, states[root], newest.id)
        for root, entries in standing.items()
        if any(entry.id == newest.id for entry in entries)
    }
    with together({root: states[root] for root in steps}, "undo", newest.id):
        return _all_or_none(steps, lambda root: redo(root.path, states[root]))


def recover_several(states: States) -> str | None:
    """Finish or roll back what a crash left in any root, or between two; says so in one line."""
    mended = {root.prefix: recover(root.path, state) for root, state in states.items()}
    said = [f"{prefix} {line}" for prefix, line in mended.items() if line]
    return "; ".join(said + settle_together(states)) or None


def _age(entry: Entry) -> float:
    return entry.time


def _all_or_none(steps: Mapping[Root, Callable[[], Entry]], back: Callable[[Root], Entry]) -> Entry:
    """Take every step and return their entries as one; when one fails, take the others back."""
    done: dict[Root, Entry] = {}
    try:
        for root, step in steps.items():
            done[root] = step()
    except BaseException as error:
        told = "; ".join(_taken_back(root, back) for root in reversed(done))
        if isinstance(error, RepoctxError):
            failed = next(root for root in steps if root not in done)
            error.message = f"{failed.prefix}: {error.message}" + (f"; {told}" if told else "")
        raise
    entries = list(done.values())
    files = [
        replace(file, path=root.prefix + file.path)
        for root, entry in done.items()
        for file in entry.files
    ]
    return replace(entries[0], files=tuple(files))


def _taken_back(root: Root, back: Callable[[Root], Entry]) -> str:
    try:
        back(root)
    except RepoctxError as error:
        return f"{root.prefix} could not be put back: {error}"
    return f"{root.prefix} was put back as it was"
