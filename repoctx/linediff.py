"""Which lines differ between two versions of a file, in bounded time.

Common ends first, then lines that are unique on both sides as anchors (Bram Cohen's patience
diff), then ``difflib`` between the anchors. difflib alone is cubic on repeated lines; here its work
is counted. Where it would take more than is left, lines that are equally many on both sides are
anchors, each for its next; without them a stretch is called different as a whole: coarser, never
wrong.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeAlias

BUDGET = 20_000_000
"""Line comparisons that difflib may spend on one pair of files: about two seconds."""

Lines: TypeAlias = Sequence[bytes]


class Block(NamedTuple):
    """``old[old_start:old_end]`` became ``new[new_start:new_end]``; not both are empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def split_lines(content: bytes, newline: bytes = b"\n") -> list[bytes]:
    """Return the lines, each with its newline but perhaps the last; joined they are the content."""
    *lines, last = content.split(newline)
    return [line + newline for line in lines] + ([last] if last else [])


def changed_blocks(old: Lines, new: Lines, budget: int = BUDGET) -> list[Block]:
    """Return the blocks that turn the old lines into the new ones, in order.

    Between two blocks at least one line is equal. The result depends on the lines and the budget
    alone.
    """
    blocks: list[Block] = []
    waiting = [Block(0, len(old), 0, len(new))]
    while waiting:
        whole = _without_common_ends(old, new, waiting.pop())
        if whole.old_start == whole.old_end or whole.new_start == whole.new_end:
            if whole.old_end - whole.old_start + whole.new_end - whole.new_start:
                blocks.append(whole)
        elif anchors := _anchors(old, new, whole):
            waiting.extend(reversed(list(_between(whole, anchors))))
        elif (cost := _cost(old, new, whole)) < budget:
            budget -= cost
            blocks.extend(_by_difflib(old, new, whole))
        elif anchors := _repeated_anchors(old, new, whole) if budget > 0 else []:
            budget -= _size(whole)
            waiting.extend(reversed(list(_between(whole, anchors))))
        else:
            budget -= _size(whole)
            blocks.append(whole)
    return _joined(blocks)


def grouped(blocks: Sequence[Block], context: int) -> Iterator[list[Block]]:
    """Yield the blocks that stand in one hunk: at most ``2 * context`` lines apart."""
    group: list[Block] = []
    for block in blocks:
        if group and block.old_start - group[-1].old_end > 2 * context:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def with_context(group: Sequence[Block], context: int, old_lines: int) -> Block:
    """Return the lines of a hunk on both sides, with up to ``context`` equal ones around."""
    first, last = group[0], group[-1]
    above = min(context, first.old_start)
    below = min(context, old_lines - last.old_end)
    return Block(
        first.old_start - above, last.old_end + below, first.new_start - above, last.new_end + below
    )


def unified(before: str, after: str, context: int = 3) -> Iterator[str]:
    """Yield the hunks of a unified diff of two texts, as git would write them."""
    old, new = (split_lines(text.encode("utf-8", "surrogatepass")) for text in (before, after))
    for group in grouped(changed_blocks(old, new), context):
        place = with_context(group, context, len(old))
        lines: list[tuple[str, bytes]] = []
        at = place.old_start
        for block in group:
            lines += [(" ", line) for line in old[at : block.old_start]]
            lines += [("-", line) for line in old[block.old_start : block.old_end]]
            lines += [("+", line) for line in new[block.new_start : block.new_end]]
            at = block.old_end
        lines += [(" ", line) for line in old[at : place.old_end]]
        removed, added = place.old_end - place.old_start, place.new_end - place.new_start
        old_range = line_range(place.old_start + (removed > 0), removed)
        yield f"@@ -{old_range} +{line_range(place.new_start + (added > 0), added)} @@\n"
        for mark, line in lines:
            yield marked(mark, line.decode("utf-8", "surrogatepass"))


def line_range(start: int, count: int) -> str:
    """Return the lines of one side as a hunk's header names them."""
    return str(start) if count == 1 else f"{start},{count}"


def marked(mark: str, line: str) -> str:
    """Return a line of a hunk; git's note follows a last line without a newline."""
    return mark + line + ("" if line.endswith("\n") else "\n\\ No newline at end of file\n")


def _without_common_ends(old: Lines, new: Lines, block: Block) -> Block:
    old_start, old_end, new_start, new_end = block
    while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
        old_start, new_start = old_start + 1, new_start + 1
    while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    return Block(old_start, old_end, new_start, new_end)


def _anchors(old: Lines, new: Lines, block: Block) -> list[tuple[int, int]]:
    """Return pairs of equal lines that are unique on both sides, the most that keep the order."""
    counts = Counter(old[block.old_start : block.old_end])
    new_counts = Counter(new[block.new_start : block.new_end])
    places = {
        new[at]: at
        for at in range(block.new_start, block.new_end)
        if new_counts[new[at]] == 1 and counts[new[at]] == 1
    }
    pairs = [
        (at, places[old[at]]) for at in range(block.old_start, block.old_end) if old[at] in places
    ]
    return _longest_increasing(pairs)


def _repeated_anchors(old: Lines, new: Lines, block: Block) -> list[tuple[int, int]]:
    """Return pairs of equal lines, those that are as many on both sides taken in their order."""
    places: dict[bytes, list[int]] = {}
    for at in range(block.new_start, block.new_end):
        places.setdefault(new[at], []).append(at)
    counts = Counter(old[block.old_start : block.old_end])
    nexts = {line: iter(at) for line, at in places.items() if counts[line] == len(at)}
    pairs = [
        (at, next(nexts[old[at]]))
        for at in range(block.old_start, block.old_end)
        if old[at] in nexts
    ]
    return _longest_increasing(pairs)


def _longest_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of pairs whose second numbers increase too (patience sorting)."""
    ends: list[int] = []
    holders: list[int] = []
    previous: list[int] = []
    for number, (_, value) in enumerate(pairs):
        pile = bisect_left(ends, value)
        previous.append(holders[pile - 1] if pile else -1)
        ends[pile : pile + 1] = [value]
        holders[pile : pile + 1] = [number]
    chain = []
    at = holders[-1] if holders else -1
    while at >= 0:
        chain.append(pairs[at])
        at = previous[at]
    return chain[::-1]


def _between(block: Block, anchors: list[tuple[int, int]]) -> Iterator[Block]:
    old_start, new_start = block.old_start, block.new_start
    for old_at, new_at in anchors:
        yield Block(old_start, old_at, new_start, new_at)
        old_start, new_start = old_at + 1, new_at + 1
    yield Block(old_start, block.old_end, new_start, block.new_end)


def _size(block: Block) -> int:
    return block.old_end - block.old_start + block.new_end - block.new_start


def _cost(old: Lines, new: Lines, block: Block) -> int:
    """Bound difflib's work: each search scans the equal pairs, and may find but one line."""
    counts = Counter(new[block.new_start : block.new_end])
    rows = block.old_end - block.old_start
    pairs = sum(counts[line] for line in old[block.old_start : block.old_end])
    return (rows + pairs) * min(rows, block.new_end - block.new_start)


def _by_difflib(old: Lines, new: Lines, block: Block) -> Iterator[Block]:
    matcher = SequenceMatcher(
        None,
        old[block.old_start : block.old_end],
        new[block.new_start : block.new_end],
        autojunk=False,
    )
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield Block(
                block.old_start + old_start,
                block.old_start + old_end,
                block.new_start + new_start,
                block.new_start + new_end,
            )


def _joined(blocks: list[Block]) -> list[Block]:
    """Join blocks that touch, so that an equal line parts any two."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and last.old_end == block.old_start and last.new_end == block.new_start:
            joined[-1] = Block(last.old_start, block.old_end, last.new_start, block.new_end)
        else:
            joined.append(block)
    return joined
