"""A file's change as rows to draw, unified or side by side, with what lies between the hunks.

A row holds raw text: escape it before a terminal sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal, NamedTuple, TypeAlias

from repoctx.decoding import is_binary
from repoctx.linediff import Block, changed_blocks
from repoctx.patches.edits import FileChange
from repoctx.patches.hunks import Hunk, Lines, Mark
from repoctx.patches.intraline import pairs

Numbered: TypeAlias = tuple[int, str]


class Row(NamedTuple):
    """One row of the drawing."""

    kind: Literal["hunk", "line", "fold"]
    hunk: int
    """The hunk that it belongs to; of a fold, the one below, which may not exist."""
    mark: Literal[" ", "-", "+", "~"] = " "
    """Of a line: unchanged, removed, added, or (side by side) removed and added."""
    old: int = 0
    """The line's number from 1, 0 when there is none on this side."""
    new: int = 0
    before: str = ""
    """The old line; with mark ``+`` the one that it replaces, empty when there is none such."""
    after: str = ""
    hidden: int = 0
    """Of a fold: how many lines it hides."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows are wanted."""

    side_by_side: bool = False
    edits: Mapping[int, str] = field(default_factory=dict)
    """The person's own text of some hunks."""
    unfolded: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Of the lines between two hunks, how many to show at the top and at the bottom."""


class Sheet:
    """A file's hunks, from which rows are made and kept."""

    def __init__(self, change: FileChange, hunks: Sequence[Hunk]) -> None:
        self.change = change
        self.hunks = hunks
        self._places = [_place(hunk) for hunk in hunks]
        self._made: dict[tuple[int, bool, str | None], list[Row]] = {}
        self._between: Lines | None = None

    def rows(self, shape: Shape) -> list[Row]:
        """Return all rows in order."""
        rows: list[Row] = []
        for number in range(len(self.hunks)):
            rows += self.gap(number, shape)
            rows += self._hunk(number, shape)
        return rows + self.gap(len(self.hunks), shape)

    def gap(self, gap: int, shape: Shape) -> list[Row]:
        """Return the rows before a hunk, or after the last one."""
        return list(self._gap(gap, shape))

    def hidden(self, gap: int, shape: Shape) -> int:
        """Return how many lines before a hunk (or after the last one) are not shown."""
        start, end = self._range(gap)
        left = end - start - sum(shape.unfolded.get(gap, (0, 0)))
        return left if left > 1 else 0

    def _hunk(self, number: int, shape: Shape) -> list[Row]:
        key = (number, shape.side_by_side, shape.edits.get(number))
        if key not in self._made:
            self._made[key] = list(_hunk_rows(number, self.hunks[number], *key[1:]))
        return self._made[key]

    def _gap(self, gap: int, shape: Shape) -> Iterator[Row]:
        start, end = self._range(gap)
        if start == end:
            return
        hidden = self.hidden(gap, shape)
        top, bottom = shape.unfolded.get(gap, (0, 0)) if hidden else (end - start, 0)
        shift = self._places[gap - 1].new_end - self._places[gap - 1].old_end if gap else 0
        for number in range(start, start + top):
            yield self._unchanged(max(0, gap - 1), number, shift)
        if hidden:
            yield Row("fold", gap, old=start + top + 1, hidden=hidden)
        for number in range(end - bottom, end):
            yield self._unchanged(min(gap, len(self.hunks) - 1), number, shift)

    def _unchanged(self, hunk: int, number: int, shift: int) -> Row:
        text = self._lines.text(number)
        return Row("line", hunk, " ", number + 1, number + 1 + shift, text, text)

    def _range(self, gap: int) -> tuple[int, int]:
        """The unchanged lines before a hunk, counted from 0."""
        if not self._is_text:
            return 0, 0
        start = self._places[gap - 1].old_end if gap else 0
        if gap < len(self.hunks):
            return start, max(start, self._places[gap].old_start)
        has_lines = bool(self.hunks and self.hunks[-1].lines)
        return start, len(self._lines.bytes) if has_lines else start

    @property
    def _is_text(self) -> bool:
        before, after = self.change.before, self.change.after
        return before is not None and after is not None and not is_binary(before.content)

    @property
    def _lines(self) -> Lines:
        if self._between is None:
            self._between = Lines(self.change.before.content if self.change.before else b"")
        return self._between


def _place(hunk: Hunk) -> Block:
    """The hunk's lines on both sides, counted from 0; nothing at the top when it has none."""
    if not hunk.lines:
        return Block(0, 0, 0, 0)
    marks = [mark for mark, _ in hunk.lines]
    old, new = len(marks) - marks.count("+"), len(marks) - marks.count("-")
    old_start, new_start = hunk.old_start - (old > 0), hunk.new_start - (new > 0)
    return Block(old_start, old_start + old, new_start, new_start + new)


def _hunk_rows(
    number: int, hunk: Hunk, side_by_side: bool, edited: str | None = None
) -> Iterator[Row]:
    yield Row("hunk", number)
    lines = hunk.lines if edited is None else _with_text(hunk, edited)
    place = _place(hunk)
    old, new = place.old_start, place.new_start
    gone: list[Numbered] = []
    come: list[Numbered] = []
    draw = _beside if side_by_side else _beneath
    for mark, text in (*lines, (" ", "")):
        if mark == "-" and not come:
            old += 1
            gone.append((old, text))
        elif mark == "+":
            new += 1
            come.append((new, text))
        else:
            yield from draw(number, gone, come)
            gone, come = [], []
            old += mark != "+"
            if mark == "-":
                gone.append((old, text))
            elif text:
                new += 1
                yield Row("line", number, " ", old, new, text, text)


def _with_text(hunk: Hunk, text: str) -> list[tuple[Mark, str]]:
    """The hunk's lines when a person's text stands in place of the new ones."""
    old = list(hunk.old_lines)
    new = text.split("\n")
    new = [line + "\n" for line in new[:-1]] + ([new[-1]] if new[-1] else [])
    lines: list[tuple[Mark, str]] = []
    at = 0
    for block in changed_blocks(_keys(old), _keys(new)):
        lines += [(" ", line) for line in old[at : block.old_start]]
        lines += [("-", line) for line in old[block.old_start : block.old_end]]
        lines += [("+", line) for line in new[block.new_start : block.new_end]]
        at = block.old_end
    return lines + [(" ", line) for line in old[at:]]


def _keys(lines: Sequence[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogatepass") for line in lines]


def _beneath(hunk: int, gone: Sequence[Numbered], come: Sequence[Numbered]) -> Iterator[Row]:
    """Removed lines above added ones, each with its like."""
    found = pairs([text for _, text in gone], [text for _, text in come])
    to_new, to_old = dict(found), {new: old for old, new in found}
    for at, (number, text) in enumerate(gone):
        like = come[to_new[at]][1] if at in to_new else ""
        yield Row("line", hunk, "-", number, 0, text, like)
    for at, (number, text) in enumerate(come):
        like = gone[to_old[at]][1] if at in to_old else ""
        yield Row("line", hunk, "+", 0, number, like, text)


def _beside(hunk: int, gone: Sequence[Numbered], come: Sequence[Numbered]) -> Iterator[Row]:
    """Removed lines beside added ones, a line beside its like."""
    found = pairs([text for _, text in gone], [text for _, text in come])
    old_at = new_at = 0
    for old_end, new_end in (*found, (len(gone), len(come))):
        for left, right in zip_longest(gone[old_at:old_end], come[new_at:new_end]):
            yield _both(hunk, left, right)
        if old_end < len(gone) and new_end < len(come):
            yield _both(hunk, gone[old_end], come[new_end])
        old_at, new_at = old_end + 1, new_end + 1


def _both(hunk: int, left: Numbered | None, right: Numbered | None) -> Row:
    mark: Literal["-", "+", "~"] = "+" if left is None else "-" if right is None else "~"
    (old, before), (new, after) = left or (0, ""), right or (0, "")
    return Row("line", hunk, mark, old, new, before, after)
