"""Which edits of a next try only repeat those that are kept, perhaps with other lines around.

Put on top of the kept ones, an insertion would be made twice. What an edit does is known when it
is planned alone. Where files are large and edits many, some are planned together: all that they
do being in the kept change, they all repeat it. Else those that bring what is not in it are looked
at apart from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from repoctx.decoding import decode
from repoctx.patches.edits import ChangeSet, FileChange, FileEdit
from repoctx.patches.hunks import Hunk, hunks
from repoctx.patches.paths import normalise
from repoctx.patches.reply import Reply
from repoctx.patches.standing import standing

Plan: TypeAlias = Callable[[Reply], ChangeSet]

_ALONE = 4_000_000
"""Bytes of files that are planned for one edit after the other: two seconds."""
_MOST = 100_000_000
"""Bytes of files that are planned at all for this."""


class TooManyError(Exception):
    """The edits are too many, and their files too large, to look at them."""


def without_repeated(
    edits: Sequence[FileEdit], kept: Sequence[FileEdit], change: ChangeSet, plan: Plan
) -> list[FileEdit]:
    """Return the edits that do more than repeat the kept ones, which make this change.

    ``plan`` plans a reply, as if nothing had been kept. Raises TooManyError.
    """
    known = set(map(_meaning, kept))
    paths = {normalise(edit.path) for edit in kept}
    fresh = [edit for edit in edits if _meaning(edit) not in known]
    doubtful = [replace(e, number=n) for n, e in enumerate(fresh, 1) if normalise(e.path) in paths]
    repeated = _repeated(doubtful, change, plan)
    return [edit for number, edit in enumerate(fresh, 1) if number not in repeated]


def _meaning(edit: FileEdit) -> FileEdit:
    """Return the edit without what depends on where it stands in its reply."""
    return replace(edit, path=normalise(edit.path), line=0, format="", alternatives=())


def _repeated(edits: Sequence[FileEdit], change: ChangeSet, plan: Plan) -> set[int]:
    """Return the numbers of those that only do what the change does."""
    sizes = _sizes(change)
    are_few = sum(_size([edit], sizes) for edit in edits) <= _ALONE
    waiting = [[edit] for edit in edits] if are_few else [list(edits)] * bool(edits)
    found: set[int] = set()
    planned = 0
    while waiting:
        group = waiting.pop()
        planned += _size(group, sizes)
        if planned > _MOST and not are_few:
            raise TooManyError
        own = plan(Reply(tuple(group), (), ""))
        others = strange(own.files, change)
        is_told = not own.conflicts or len(group) == 1
        if own.files and is_told and not others and all(file.before for file in own.files):
            found.update(edit.number for edit in group)
        elif len(group) > 1:
            waiting += _parted(group, own, others)
    return found


def _sizes(change: ChangeSet) -> dict[str, int]:
    """Return the bytes of each file that changes, under both of its names."""
    return {
        path: len(file.before.content)
        for file in change.files
        if file.before
        for path in (file.path, file.old_path or file.path)
    }


def _size(edits: Sequence[FileEdit], sizes: Mapping[str, int]) -> int:
    """Return the bytes of the files that these edits are of."""
    return sum(sizes.get(path, 0) for path in {normalise(edit.path) for edit in edits})


def _parted(
    group: list[FileEdit], own: ChangeSet, others: Sequence[Hunk]
) -> tuple[list[FileEdit], list[FileEdit]]:
    """Part those that do not fit, or bring one of these hunks, from the rest; else in halves."""
    apart = {conflict.number for conflict in own.conflicts} | _bringing(group, others)
    first = [edit for edit in group if edit.number in apart]
    if 0 < len(first) < len(group):
        return first, [edit for edit in group if edit.number not in apart]
    return group[: len(group) // 2], group[len(group) // 2 :]


def _bringing(edits: Sequence[FileEdit], found: Sequence[Hunk]) -> set[int]:
    """Return the numbers of the edits that hold the line of a hunk that fewest edits hold."""
    changed = [{line.strip() for mark, line in hunk.lines if mark != " "} for hunk in found]
    holders: dict[str, set[int]] = {line: set() for lines in changed for line in lines}
    for edit in edits:
        for line in _lines_of(edit):
            if line in holders:
                holders[line].add(edit.number)
    held = ([holders[line] for line in lines if holders[line]] for lines in changed)
    return set().union(*(min(sets, key=len) for sets in held if sets))


def _lines_of(edit: FileEdit) -> Iterator[str]:
    texts = [text for each in edit.replacements for text in (each.search, each.replace)]
    for text in [*texts, edit.content or ""]:
        yield from map(str.strip, text.split("\n"))


def strange(files: Sequence[FileChange], whole: ChangeSet) -> list[Hunk]:
    """Return the hunks of the files that the whole change has not: a new line, or an old one left.

    With each goes one line around it.
    """
    changes = {change.path: change for change in whole.files}
    return [hunk for file in files for hunk in _strange(file, changes.get(file.path))]


def _strange(part: FileChange, whole: FileChange | None) -> list[Hunk]:
    found = hunks(part, context=1)
    if whole is None:
        return list(found) or [Hunk(0, 0, (), "not changed")]
    if part.before is None and whole.before is None:
        return []
    text = decode(whole.after.content).text if whole.after else ""
    there = standing({lines for each in found for lines in (each.old_lines, each.new_lines)}, text)
    return [each for each in found if each.old_lines in there or each.new_lines not in there]
