"""Choose among several places by what an edit says of where it stands.

Anchors (``@@ class A`` / ``@@ def f``) must hold; a line number, a hunk heading and "at the end of
the file" only choose. Nothing here ever takes the first of several places for want of a reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from repoctx.patches.matching.keys import same, stripped
from repoctx.patches.matching.lines import Lines

_NEAR = 5
"""Lines by which a line number may be wrong and still choose, if every other place is far."""
FAR = 4 * _NEAR
_MOST_LINES = 20_000
"""Lines after an anchor that are looked at for the end of its block."""
_MOST_ANCHORS = 1_000
_NO_LINE = 1 << 62
"""Deeper than any line."""
_BREAKS_OUT = re.compile(r"[\w@$~\"']")


def anchored_blocks(lines: Lines, anchors: Sequence[str]) -> list[tuple[int, int]]:
    """Return each block, as first line (the last anchor's) and end, that the anchors name."""
    blocks = [(0, len(lines))]
    for anchor in anchors:
        inner = within(_lines_named(lines, anchor), blocks)
        blocks = [_block(lines, a) for a in inner[:_MOST_ANCHORS]]
    return blocks


def within(places: Sequence[int], blocks: Sequence[tuple[int, int]]) -> list[int]:
    """Return the places, which are sorted, that lie in one of the blocks, sorted by their start."""
    found = []
    number, reach = 0, 0
    for place in places:
        while number < len(blocks) and blocks[number][0] <= place:
            reach = max(reach, blocks[number][1])
            number += 1
        if place < reach:
            found.append(place)
    return found


def by_line(places: Sequence[int], expected: int) -> int | None:
    """Return the place that a line number means: there exactly, or near with all others far.

    The places, one at least, are sorted. None beyond ``FAR`` lines makes a difference.
    """
    at = bisect_left(places, expected)
    around = places[max(0, at - 2) : at + 2]
    first, *others = sorted(around, key=lambda place: abs(place - expected))
    nearest = abs(first - expected)
    is_clear = all(abs(other - expected) >= 3 * nearest + _NEAR for other in others)
    return first if nearest == 0 or (nearest <= _NEAR and is_clear) else None


def by_heading(lines: Lines, heading: str, places: Sequence[int]) -> int | None:
    """Return the only place in a block that begins with the heading, which may be cut short."""
    found = within(places, anchored_blocks(lines, [heading]))
    return found[0] if len(found) == 1 else None


def follows(lines: Lines, before: tuple[int, int], place: int) -> bool:
    """True when a place comes after these lines, inside the block that they leave open for it."""
    start, stop = before
    if place < stop:
        return False
    indent = _indent(lines.texts[place])
    above = (i for i in range(stop - 1, start - 1, -1) if lines.texts[i].strip())
    opener = next((i for i in above if _indent(lines.texts[i]) < indent), None)
    return opener is None or place < _block(lines, opener)[1]


def _lines_named(lines: Lines, anchor: str) -> list[int]:
    """Return the lines that are the anchor, else those that begin with it as whole words."""
    for key in (same, stripped):
        if found := lines.lines_like(anchor, key):
            return found
    wanted = anchor.strip()
    return lines.lines_beginning(wanted, stripped) if wanted else []


def _block(lines: Lines, at: int) -> tuple[int, int]:
    """The lines that belong to the one at ``at``: up to the next of its indentation or less.

    A line that opens no block, an import say, has everything after it.
    """
    indent = _indent(lines.texts[at])
    opens, start, left = False, at + 1, _MOST_LINES
    while start < len(lines) and left > 0:
        shallowest, stop = lines.fact(start, _shallowest)
        if shallowest > indent:  # so are all lines up to there
            opens, start = opens or shallowest < _NO_LINE, stop
            continue
        left -= stop - start
        for i in range(start, stop):
            text = lines.texts[i]
            if not _is_code(text):
                continue
            content, theirs = text.lstrip(), _indent(text)
            if not opens and theirs <= indent and content[0] not in "{(":
                return at, len(lines)
            opens = True
            if theirs < indent or (theirs == indent and _BREAKS_OUT.match(content)):
                return at, i
        start = stop
    return at, start


def _shallowest(texts: Sequence[str]) -> int:
    """The least indentation of these lines."""
    return min(map(_indent, filter(_is_code, texts)), default=_NO_LINE)


def _is_code(text: str) -> bool:
    """True for a line that says something of where a block ends."""
    content = text.lstrip()
    return bool(content) and not content.startswith("#")


def _indent(text: str) -> int:
    indent = len(text) - len(text.lstrip())
    return len(text[:indent].expandtabs(8)) if "\t" in text[:indent] else indent
