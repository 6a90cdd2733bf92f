"""A next try that asks for the failed edits only: those that fit are kept, and put before the new.

The kept edits are not yet written. The next reply's edits are planned on top of them, all as one
change, so it stays all or nothing. A model that sends everything again is recognised by its result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from repoctx.patches.edits import ChangeSet, EditConflict, FileEdit
from repoctx.patches.paths import normalise
from repoctx.patches.repeated import TooManyError, strange, without_repeated
from repoctx.patches.reply import Reply

_MOST = 100
"""Conflicts; a change with more is asked for anew, as nobody can say well what is missing."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What an earlier reply leaves to a next one."""

    kept: tuple[FileEdit, ...]
    """The edits that fit, in their order; of an edit that fits in part, that part."""
    missing: int
    """Files with edits that did not fit: at least as many must be edited by the next reply."""


def unfinished(changes: ChangeSet) -> Unfinished:
    """Return what a next try builds on; a change without conflicts leaves nothing missing."""
    failed: dict[int, set[int]] = {}
    for conflict in changes.conflicts:
        if conflict.number:
            failed.setdefault(conflict.number, set()).add(conflict.hunk)
    paths = {c.path for c in changes.conflicts if not c.number and c.path}
    missing = {c.path or str(c.line) for c in changes.conflicts if not c.is_needless}
    if len(changes.conflicts) > _MOST:
        return Unfinished((), len(missing))
    fitting = (_fitting(e, failed.get(e.number, set())) for e in changes.edits)
    kept = (edit for edit in fitting if edit is not None and not _names_any(edit, paths))
    return Unfinished(tuple(kept), len(missing))


def plan_again(earlier: Unfinished, reply: Reply, plan: Callable[[Reply], ChangeSet]) -> ChangeSet:
    """Return the change that the kept edits and the reply to the conflicts make together.

    ``plan`` plans a reply, as if nothing had been kept.
    """
    kept = plan(Reply(earlier.kept, (), ""))
    alone = plan(reply)
    if kept.files and not alone.conflicts and not strange(kept.files, alone):
        return alone
    try:
        fresh = without_repeated(reply.edits, earlier.kept, kept, plan)
    except TooManyError:
        return replace(kept, conflicts=(_unclear(),))
    changes = plan(_together(earlier, fresh, reply))
    named = {normalise(edit.path) for edit in fresh}
    if not changes.conflicts and len(named) < earlier.missing:
        return replace(changes, conflicts=(_not_sent(),))
    return changes


def _fitting(edit: FileEdit, failed: set[int]) -> FileEdit | None:
    """Return the edit without its failed replacements (from 1); None when nothing fits."""
    if not failed:
        return edit
    if edit.action != "edit" or 0 in failed:
        return None
    fit = tuple(r for number, r in enumerate(edit.replacements, 1) if number not in failed)
    return replace(edit, replacements=fit) if fit else None


def _together(earlier: Unfinished, fresh: Sequence[FileEdit], reply: Reply) -> Reply:
    edits = (replace(e, number=n) for n, e in enumerate([*earlier.kept, *fresh], 1))
    return replace(reply, edits=tuple(edits))


def _names_any(edit: FileEdit, paths: set[str]) -> bool:
    names = [normalise(name) for name in (edit.path, edit.new_path, *edit.alternatives) if name]
    return any(name == path or name.endswith("/" + path) for name in names for path in paths)


def _unclear() -> EditConflict:
    return EditConflict(
        "",
        "too many edits of large files, and some may repeat those that are kept already",
        "send only those that did not fit",
    )


def _not_sent() -> EditConflict:
    return EditConflict(
        "",
        "an edit that did not fit was not sent again",
        "send each of them, corrected, or the whole change",
    )


def kept_in_words(kept: Sequence[FileEdit]) -> list[str]:
    """Return a line for each file of which edits are kept, in their order."""
    counts: dict[str, int] = {}
    for edit in kept:
        counts[edit.path] = counts.get(edit.path, 0) + max(1, len(edit.replacements))
    return [f"{path} ({count} edit{'s' * (count > 1)})" for path, count in counts.items()]
