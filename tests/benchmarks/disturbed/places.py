"""The places of a file that a change touches, as a model would show them: lines with signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repoctx.linediff import Block, changed_blocks

_MOST_LINES = 40
"""Lines up to which a place grows so that its text is unique."""
_OPENER = re.compile(
    r"\s*(?:(?:pub|export|default|public|private|static|async|abstract)\b(?:\([\w ]+\))?\s*)*"
    r"(?:class|def|fn|func|function|impl|struct|enum|trait|interface|type|mod|namespace)\b"
)
_HEADING = re.compile(r"[A-Za-z_$]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hunk."""

    sign: str
    """A space, ``-`` or ``+``."""
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A hunk: some lines of the file as the model saw it, and what they become."""

    start: int
    """The first line of it in the file before, from 0."""
    new_start: int
    lines: tuple[Line, ...]
    anchors: tuple[str, ...] = ()
    """The lines that open the blocks around it, outermost first."""
    heading: str = ""
    """What git would repeat after the second ``@@``."""

    @property
    def old(self) -> list[str]:
        """The lines that are searched for."""
        return [line.text for line in self.lines if line.sign != "+"]

    @property
    def new(self) -> list[str]:
        """The lines that take their place."""
        return [line.text for line in self.lines if line.sign != "-"]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their ends; a missing final newline makes no odds."""
    return text.removesuffix("\n").split("\n") if text else []


def blocks_of(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Return what differs between two lists of lines."""
    return changed_blocks([x.encode() for x in old], [x.encode() for x in new])


def places_of(old: list[str], new: list[str], context: int, *, unique: bool) -> list[Place]:
    """Return the places with so many lines of context, grown until each is unique if that is asked.

    A place without any old line gets one of context, for no format could say where it is.
    """
    blocks = blocks_of(old, new)
    ranges: list[tuple[int, int]] = []
    for block in blocks:
        start, stop = _grown(old, block, context, unique=unique)
        while ranges and start <= ranges[-1][1]:
            start, stop = min(start, ranges[-1][0]), max(stop, ranges[-1][1])
            ranges.pop()
        ranges.append((start, stop))
    return [_place(old, new, blocks, start, stop) for start, stop in ranges]


def _grown(old: Sequence[str], block: Block, context: int, *, unique: bool) -> tuple[int, int]:
    start = max(0, block.old_start - context)
    stop = min(len(old), block.old_end + context)
    if start == stop and old:
        start, stop = (start - 1, stop) if start else (start, stop + 1)
    up = True
    while unique and (start > 0 or stop < len(old)) and stop - start < _MOST_LINES:
        if len(occurrences(old, old[start:stop])) < 2:
            break
        if (up and start > 0) or stop == len(old):
            start -= 1
        else:
            stop += 1
        up = not up
    return start, stop


def occurrences(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where these lines stand."""
    size = len(wanted)
    if not size:
        return []
    wanted = list(wanted)
    return [
        at
        for at in range(len(lines) - size + 1)
        if lines[at] == wanted[0] and list(lines[at : at + size]) == wanted
    ]


def _place(
    old: Sequence[str], new: Sequence[str], blocks: Sequence[Block], start: int, stop: int
) -> Place:
    inside = [b for b in blocks if start <= b.old_start and b.old_end <= stop]
    first = inside[0]
    lines: list[Line] = []
    at = start
    for block in inside:
        lines += [Line(" ", text) for text in old[at : block.old_start]]
        lines += [Line("-", text) for text in old[block.old_start : block.old_end]]
        lines += [Line("+", text) for text in new[block.new_start : block.new_end]]
        at = block.old_end
    lines += [Line(" ", text) for text in old[at:stop]]
    new_start = first.new_start - (first.old_start - start)
    heading = next((t for t in reversed(old[:start]) if _HEADING.match(t)), "")
    return Place(start, new_start, tuple(lines), _anchors(old, start), heading[:80].rstrip())


def _anchors(old: Sequence[str], start: int) -> tuple[str, ...]:
    """The lines above that open the blocks in which the place begins."""
    first = next((text for text in old[start:] if text.strip()), "")
    limit = _indent(first)
    found: list[str] = []
    for text in reversed(old[:start]):
        if text.strip() and _indent(text) < limit and text.strip()[0] not in "#/*)}]":
            limit = _indent(text)
            if _OPENER.match(text):
                found.insert(0, text)
    return tuple(found)


def _indent(text: str) -> int:
    text = text.expandtabs(8)
    return len(text) - len(text.lstrip())
