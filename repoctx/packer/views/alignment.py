"""Say which cell of an edited notebook is which cell of the old one, so that it keeps what it has.

Only what a cell has besides its text depends on this: its id, metadata and attachments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from repoctx.packer.views.percent import Block

_MOST = 1000  # cells between the first and the last change: comparing takes their square
_MOST_PAIRS = 10_000
_SAMPLE = 5000  # characters of a cell that are compared

Origins = list[int | None]
"""For each new cell the old one that it is, in rising order; None where there is none."""


def origins(old: Sequence[Block], new: Sequence[Block]) -> Origins:
    """Return where each new cell comes from: unchanged cells first, then the most alike."""
    start = _shared(old, new)
    stop = _shared(old[start:][::-1], new[start:][::-1])
    middle = _aligned(old[start : len(old) - stop], new[start : len(new) - stop])
    moved = [None if at is None else at + start for at in middle]
    return [*range(start), *moved, *range(len(old) - stop, len(old))]


def _shared(old: Sequence[Block], new: Sequence[Block]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(old), len(new)))


def _aligned(old: Sequence[Block], new: Sequence[Block]) -> Origins:
    if max(len(old), len(new)) > _MOST:
        return _paired(old, new)
    found: Origins = []
    matcher = SequenceMatcher(None, list(map(_key, old)), list(map(_key, new)), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        same = tag == "equal"
        part: Origins = list(range(b - a)) if same else _paired(old[a:b], new[c:d])
        found += [None if at is None else at + a for at in part]
    return found


def _key(block: Block) -> tuple[str, str]:
    return block.kind, block.source


def _paired(old: Sequence[Block], new: Sequence[Block]) -> Origins:
    """Pair cells of one kind, in order, so that the pairs are as alike as they can be."""
    if len(old) * len(new) > _MOST_PAIRS:
        kinds = zip(old, new, strict=False)
        pairs: Origins = [at if a.kind == b.kind else None for at, (a, b) in enumerate(kinds)]
        return pairs + [None] * (len(new) - len(pairs))
    words = [set(re.findall(r"\w+", block.source[:_SAMPLE])) for block in (*old, *new)]

    def alike(a: int, b: int) -> float:
        if old[a].kind != new[b].kind:
            return 0.0
        ours, theirs = words[a], words[len(old) + b]
        return 1 + 10 * len(ours & theirs) / max(1, len(ours | theirs))

    return _best(
        len(old), len(new), [[alike(a, b) for b in range(len(new))] for a in range(len(old))]
    )


def _best(rows: int, columns: int, alike: Sequence[Sequence[float]]) -> Origins:
    """Return the rising assignment of rows to columns with the largest sum."""
    sums = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for a in reversed(range(rows)):
        for b in reversed(range(columns)):
            paired = alike[a][b] + sums[a + 1][b + 1] if alike[a][b] else 0.0
            sums[a][b] = max(paired, sums[a + 1][b], sums[a][b + 1])
    found: Origins = [None] * columns
    a = b = 0
    while a < rows and b < columns:
        if alike[a][b] and sums[a][b] == alike[a][b] + sums[a + 1][b + 1]:
            found[b] = a
            a, b = a + 1, b + 1
        elif sums[a][b] == sums[a + 1][b]:
            a += 1
        else:
            b += 1
    return found
