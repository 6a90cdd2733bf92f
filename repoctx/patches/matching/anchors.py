"""Choose among several places by what an edit says of where it stands.

Anchors (``@@ class A`` / ``@@ def f``) must hold; a line number, a hunk heading and "at the end of
the file" only choose. Nothing here ever takes the first of several places for want of a reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from repoctx.patches.matching.keys import same, stripped
from repoctx.patches.matching.lines import Lines

_NEAR = 5
"""Lines by which a line number may be wrong and still choose, if every other place is far."""
_LONGEST_BLOCK = 20_000
"""Lines after an anchor that are searched for the end of its block."""
_MOST_ANCHORS = 1_000
_BREAKS_OUT = re.compile(r"[\w@$~\"']")


def below_anchors(lines: Lines, anchors: Sequence[str], places: Sequence[int]) -> list[int]:
    """Return the places inside the block that the last anchor opens, inside that of the first."""
    blocks = anchored_blocks(lines, anchors)
    return [p for p in places if any(start <= p < stop for start, stop in blocks)]


def anchored_blocks(lines: Lines, anchors: Sequence[str]) -> list[tuple[int, int]]:
    """Return each block, as first line (the last anchor's) and end, that the anchors name."""
    blocks = [(0, len(lines))]
    for anchor in anchors:
        found = _lines_named(lines, anchor)
        inner = [a for a in found if any(start <= a < stop for start, stop in blocks)]
        blocks = [_block(lines, a) for a in inner[:_MOST_ANCHORS]]
    return blocks


def by_line(places: Sequence[int], expected: int) -> int | None:
    """Return the place that a line number means: there exactly, or near with all others far."""
    if expected in places:
        return expected
    ordered = sorted(places, key=lambda place: abs(place - expected))
    nearest, next_nearest = (abs(place - expected) for place in ordered[:2])
    return ordered[0] if nearest <= _NEAR and next_nearest >= 3 * nearest + _NEAR else None


def by_heading(lines: Lines, heading: str, places: Sequence[int]) -> int | None:
    """Return the only place in a block that begins with the heading, which may be cut short."""
    found = below_anchors(lines, [heading], places)
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
    begins = re.compile(re.escape(wanted) + (r"(?!\w)" if wanted[-1:].isalnum() else ""))
    return [i for i, text in enumerate(lines.texts) if wanted and begins.match(text.lstrip())]


def _block(lines: Lines, at: int) -> tuple[int, int]:
    """The lines that belong to the one at ``at``: up to the next of its indentation or less.

    A line that opens no block, an import say, has everything after it.
    """
    indent = _indent(lines.texts[at])
    limit = min(len(lines), at + _LONGEST_BLOCK)
    opens = False
    for i in range(at + 1, limit):
        text = lines.texts[i]
        content = text.lstrip()
        if not content or content.startswith("#"):
            continue
        deeper = _indent(text) > indent
        if not opens and not deeper and content[0] not in "{(":
            return at, len(lines)
        opens = True
        left = _indent(text) < indent or (not deeper and _BREAKS_OUT.match(content))
        if left:
            return at, i
    return at, limit


def _indent(text: str) -> int:
    expanded = text.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
