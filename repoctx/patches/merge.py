"""Three-way merge of lines: what two sides changed, where they did not change the same place.

The method of diff3 (Khanna, Kunal, Pierce: A Formal Investigation of Diff3, 2007) without conflict
markers: a conflict is None, because a half-merged file is never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge as in_order
from typing import NamedTuple

from repoctx.linediff import Block, Lines, changed_blocks, split_lines


class _Change(NamedTuple):
    """One side's block; sorted by where it stands in the base."""

    block: Block
    is_ours: bool


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Return ``base`` with both sides' changes, None when they meet in one place.

    Changes meet when no unchanged line parts them, unless they are equal. Content with a NUL
    merges only when one side did not change it.
    """
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    if any(b"\0" in content for content in (base, ours, theirs)):
        return None
    return _merge_lines(split_lines(base), split_lines(ours), split_lines(theirs))


def _merge_lines(base: Lines, ours: Lines, theirs: Lines) -> bytes | None:
    merged: list[bytes] = []
    done = 0
    our_shift = their_shift = 0
    for start, end, our_growth, their_growth in _places(base, ours, theirs):
        merged.extend(base[done:start])
        mine = ours[start + our_shift : end + our_shift + our_growth]
        other = theirs[start + their_shift : end + their_shift + their_growth]
        old = base[start:end]
        if mine not in (old, other) and other != old:
            return None
        merged.extend(other if mine == old else mine)
        our_shift += our_growth
        their_shift += their_growth
        done = end
    merged.extend(base[done:])
    return b"".join(merged)


def _places(base: Lines, ours: Lines, theirs: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Yield each changed place: its lines in the base, and by how many each side grew there."""
    changes = in_order(
        (_Change(block, True) for block in changed_blocks(base, ours)),
        (_Change(block, False) for block in changed_blocks(base, theirs)),
    )
    for group in _touching(changes):
        growth = {True: 0, False: 0}
        for block, is_ours in group:
            growth[is_ours] += (block.new_end - block.new_start) - (block.old_end - block.old_start)
        end = max(block.old_end for block, _ in group)
        yield group[0].block.old_start, end, growth[True], growth[False]


def _touching(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Yield changes in groups that no unchanged line of the base parts."""
    group: list[_Change] = []
    end = -1
    for change in changes:
        if group and change.block.old_start > end:
            yield group
            group = []
        group.append(change)
        end = max(end, change.block.old_end) if len(group) > 1 else change.block.old_end
    if group:
        yield group
