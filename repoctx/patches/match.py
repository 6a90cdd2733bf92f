"""Find the one place of a file that an edit means: strictly first, then in documented steps.

Each step needs a unique place; two places are a conflict, never a guess. Lines that stand nowhere
as they are must be unique by the last step as well. The steps, in order:

1. the lines as they are;
2. without trailing space;
3. with typographic punctuation and composed characters taken as their plain equals;
4. with all lines shifted by one indentation, as REPLACE then is;
5. steps 1 to 4 without the blank lines that SEARCH and REPLACE share at their edges;
6. steps 1 to 5 for each piece between ``...`` lines, which SEARCH and REPLACE must pair.

A diff that git made from a file gets the first step only.

Anchors, a line number or a hunk heading may leave one of several places (``anchors``). A line that
SEARCH and REPLACE share stays exactly as the file has it (``rewrite``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from repoctx.patches.edits import Replacement
from repoctx.patches.matching.anchors import (
    FAR,
    anchored_blocks,
    by_heading,
    by_line,
    follows,
    within,
)
from repoctx.patches.matching.indent import Shift
from repoctx.patches.matching.keys import (
    same,
    stripped,
    with_plain_punctuation,
    without_indentation,
    without_trailing_space,
)
from repoctx.patches.matching.lines import Key, Lines, Splice, split_lines
from repoctx.patches.matching.misfit import (
    NotFoundError,
    ambiguous,
    elsewhere,
    empty_search,
    missing_anchor,
    not_found,
    too_many,
)
from repoctx.patches.matching.pieces import pieces_of
from repoctx.patches.matching.rewrite import Block, rewrite, shifts_at

_SHIFTED: tuple[Key, ...] = (stripped, without_indentation)
_STEPS: tuple[Key, ...] = (same, without_trailing_space, with_plain_punctuation, *_SHIFTED)


def locate(lines: Lines, change: Replacement) -> list[Splice]:
    """Return the splices, in file order, that replace whole lines; raises MisfitError."""
    block = _block(change)
    if not any(text.strip() for text in block.search):
        return [_insertion(lines, change, block)]
    found = _find(lines, change, block)
    if not found and change.is_exact:
        raise not_found()
    found = found or _find_without_blank_edges(lines, change, block)
    return [found] if found else _find_pieces(lines, change, block)


def _block(change: Replacement) -> Block:
    search, search_ends = split_lines(change.search)
    replace, replace_ends = split_lines(change.replace)
    kept = change.kept if len(change.kept) == len(replace) else ()
    if not change.is_exact:
        return Block(search, replace, change.final_newline, kept)
    ends = search_ends, replace_ends
    return Block(search, replace, change.final_newline, kept, *ends, change.is_checked)


def _insertion(lines: Lines, change: Replacement, block: Block) -> Splice:
    """A replacement without SEARCH: fills an empty file, or goes where it says."""
    if not block.search and not any(text.strip() for text in lines.texts):
        start, stop = 0, len(lines)
    elif block.search or not (change.anchors or change.at_end):
        raise empty_search()
    elif change.anchors:
        blocks = anchored_blocks(lines, change.anchors)
        if not blocks:
            raise missing_anchor(change.anchors)
        if len(blocks) > 1:
            raise ambiguous(lines, [start for start, _ in blocks], "the anchor")
        start = stop = blocks[0][0] + 1
    else:
        start = stop = len(lines)
    return Splice(start, stop, block.replace, final_newline=block.final_newline)


def _find(lines: Lines, change: Replacement, block: Block) -> Splice | None:
    """Try steps 1 to 4; None when nothing in the file is like the SEARCH lines."""
    named = _named_place(lines, change, block)
    if named is not None:
        _refuse_others_named(lines, change, block, named)
        return rewrite(lines, block, named, [], exact=True)
    steps = _STEPS[:1] if change.is_exact else _STEPS
    blocks = anchored_blocks(lines, change.anchors) if change.anchors else []
    among = _span(blocks)
    misplaced: list[int] = []
    for key in steps:
        places, shifts = _places(lines, block, key, among)
        allowed = _allowed(lines, change, block, places, blocks)
        if allowed:
            if key is not same:
                # What was not copied exactly may be any of the places that are less alike.
                others = _places(lines, block, _STEPS[-1], among)[0]
                allowed = sorted({*allowed, *_allowed(lines, change, block, others, blocks)})
            place = _choose(lines, change, allowed)
            _refuse_others_named(lines, change, block, place)
            if place not in places:
                shifts = _places(lines, block, _STEPS[-1], among)[1]
            return rewrite(lines, block, place, shifts.get(place, []), exact=key is same)
        misplaced = misplaced or places
    if among and not misplaced:
        misplaced = next(filter(None, (_places(lines, block, key)[0] for key in steps)), [])
    if misplaced:
        raise elsewhere(lines, misplaced, _where(change, block))
    return None


def _where(change: Replacement, block: Block) -> str:
    if block.above:
        return "in the block that the lines before ... begin"
    return "at the end of the file" if change.final_newline is not None else "below the anchor"


def _places(
    lines: Lines, block: Block, key: Key, among: range | None = None
) -> tuple[list[int], Mapping[int, list[Shift]]]:
    """Return where the SEARCH lines stand by this key, and how REPLACE may follow its shift."""
    places = lines.places(block.search, key, among)
    if places is None:
        raise too_many()
    if key not in _SHIFTED:
        return places, {}
    shifts = {place: shifts_at(lines, block, place) for place in places}
    return [place for place in places if shifts[place]], shifts


def _span(blocks: Sequence[tuple[int, int]]) -> range | None:
    """The lines from the first block to the last."""
    return range(blocks[0][0], max(stop for _, stop in blocks)) if blocks else None


def _named_place(lines: Lines, change: Replacement, block: Block) -> int | None:
    """The place that the line number or the heading names, when the very lines stand there.

    So they need not be looked for in all of the file. None when that would not settle it.
    """
    if change.anchors or change.at_end or change.final_newline is not None:
        return None
    chosen: set[int | None] = set()
    if change.line is not None:
        chosen.add(_near(lines, block, lines.current_line(change.line - 1)))
    if change.heading:
        blocks = anchored_blocks(lines, [change.heading])
        places = lines.places(block.search, same, _span(blocks)) if blocks else []
        below = within(places or [], blocks)
        if places is None or len(below) > 1:
            return None
        chosen.update(below)
    agreed = chosen - {None}
    return agreed.pop() if len(agreed) == 1 else None


def _near(lines: Lines, block: Block, expected: int) -> int | None:
    """The place that a line number means, as ``by_line`` says."""
    if lines.stand_at(expected, block.search, same):
        return expected
    around = range(max(0, expected - FAR), expected + FAR + 1)
    places = lines.places(block.search, same, around)
    return by_line(places, expected) if places else None


def _find_without_blank_edges(lines: Lines, change: Replacement, block: Block) -> Splice | None:
    start = _shared_blanks(block.search, block.replace)
    stop = _shared_blanks(block.search[::-1], block.replace[::-1])
    if not start and not stop:
        return None
    search = block.search[start : len(block.search) - stop]
    replace = block.replace[start : max(start, len(block.replace) - stop)]
    return _find(lines, change, Block(search, replace, block.final_newline, above=block.above))


def _shared_blanks(search: Sequence[str], replace: Sequence[str]) -> int:
    count = 0
    for ours, theirs in zip(search, replace, strict=False):
        if ours.strip() or theirs.strip():
            break
        count += 1
    return count


def _find_pieces(lines: Lines, change: Replacement, block: Block) -> list[Splice]:
    """Match each piece between elision lines by itself; they must belong together."""
    pieces = pieces_of(block)
    if not pieces:
        raise not_found()
    found: list[Splice] = []
    for piece in pieces:
        if found:
            piece = dataclasses.replace(piece, above=(found[-1].start, found[-1].stop))
            change = dataclasses.replace(change, line=None, heading="")  # they speak of the first
        splice = _find(lines, change, piece) or _find_without_blank_edges(lines, change, piece)
        if splice is None:
            raise NotFoundError(
                "a part of the SEARCH text, around its ... lines, is not in the file",
                "copy the lines around ... from the file as it is now",
            )
        found.append(splice)
    return found


def _allowed(
    lines: Lines,
    change: Replacement,
    block: Block,
    places: Sequence[int],
    blocks: Sequence[tuple[int, int]],
) -> list[int]:
    """Keep the places that the edit's own statements about its place allow."""
    if not places:
        return []
    if change.anchors:
        if not blocks:
            raise missing_anchor(change.anchors)
        places = within(places, blocks)
    if above := block.above:
        places = [place for place in places if follows(lines, above, place)]
    last = len(lines) - len(block.search)
    ending = [last] if places and places[-1] == last else []
    if change.final_newline is not None:
        return ending
    return ending if change.at_end and ending else list(places)


def _choose(lines: Lines, change: Replacement, places: Sequence[int]) -> int:
    if len(places) == 1:
        return places[0]
    chosen: set[int | None] = set()
    if change.line is not None:
        chosen.add(by_line(places, lines.current_line(change.line - 1)))
    if change.heading:
        chosen.add(by_heading(lines, change.heading, places))
    agreed = chosen - {None}
    if len(agreed) != 1:
        raise ambiguous(lines, places)
    return next(place for place in places if place in agreed)


def _refuse_others_named(lines: Lines, change: Replacement, block: Block, place: int) -> None:
    """Raise MisfitError when lines that are only alike stand exactly where the edit says."""
    if change.is_checked:
        return
    if change.line is not None:
        expected = lines.current_line(change.line - 1)
        if expected != place and any(lines.stand_at(expected, block.search, k) for k in _STEPS):
            raise ambiguous(lines, sorted([place, expected]))
    blocks = anchored_blocks(lines, [change.heading]) if change.heading else []
    end = place + len(block.search)
    if not blocks or any(start < end and place < stop for start, stop in blocks):
        return
    others = lines.places(block.search, _STEPS[-1], _span(blocks))
    if others is None:
        raise too_many()
    if below := within(others, blocks):
        raise ambiguous(lines, sorted([place, *below]))
