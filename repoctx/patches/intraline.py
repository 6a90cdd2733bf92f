"""Which words of a replaced line changed, and which removed line became which added one.

Time is bounded: words are compared by the counted diff of ``repoctx.linediff``, long lines and long
stretches only at their ends, or one by one in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from repoctx.linediff import changed_blocks

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Start and end of each changed stretch, in characters."""

_WORD = re.compile(r"[^\W\u2e80-\U0010ffff]+|\s+|.", re.DOTALL)
"""A word, a space, or one character: of signs, and of scripts that put no space between words."""
_BUDGET = 60_000
"""Comparisons for one pair of lines: a few milliseconds."""
_LIKE = 0.4
"""The share of characters that two lines have in common, from which on one became the other."""
_MUCH_LIKE = 0.6
"""The same, from which on no better pair is looked for when each line has one."""
_LONGEST = 400
"""Characters of a line that are looked at for likeness."""
_MOST = 400
"""Pairs of lines that are compared to find which became which."""


def changed_words(old: str, new: str) -> tuple[Spans, Spans]:
    """Return what changed in each line; nothing when they have too little in common."""
    if old == new:
        return (), ()
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    blocks = changed_blocks(_keys(old_words), _keys(new_words), _BUDGET)
    old_spans = _spans(old_words, [(block.old_start, block.old_end) for block in blocks])
    new_spans = _spans(new_words, [(block.new_start, block.new_end) for block in blocks])
    kept = len(old) - sum(end - start for start, end in old_spans)
    if kept < _LIKE * min(len(old), len(new)):
        return (), ()
    return old_spans, new_spans


def pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return which old line became which new one, in order; lines without a like have no pair."""
    if len(old) * len(new) > _MOST:
        return [(n, n) for n in range(min(len(old), len(new))) if likeness(old[n], new[n]) >= _LIKE]
    bags = [_bag(line) for line in old], [_bag(line) for line in new]
    if len(old) == len(new) and all(map(_are_like, *bags)):
        return [(n, n) for n in range(len(old))]
    return _best_chain([[_likeness(a, b) for b in bags[1]] for a in bags[0]])


def likeness(old: str, new: str) -> float:
    """Return the share of two lines' beginnings that is common, in words: 0 to 1."""
    return _likeness(_bag(old), _bag(new))


def _bag(line: str) -> Counter[str]:
    return Counter(word for word in _WORD.findall(line[:_LONGEST]) if not word.isspace())


def _likeness(old: Counter[str], new: Counter[str]) -> float:
    common = sum(len(word) * min(count, new[word]) for word, count in old.items() if word in new)
    total = sum(len(word) * count for bag in (old, new) for word, count in bag.items())
    return 2 * common / total if total else 1.0


def _are_like(old: Counter[str], new: Counter[str]) -> bool:
    return _likeness(old, new) >= _MUCH_LIKE


def _best_chain(like: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return the pairs, increasing on both sides, whose likeness is most in sum."""
    rows, columns = len(like), len(like[0]) if like else 0
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            paired = like[row][column] + best[row + 1][column + 1]
            without = max(best[row + 1][column], best[row][column + 1])
            best[row][column] = max(paired if like[row][column] >= _LIKE else 0.0, without)
    chain = []
    row = column = 0
    while row < rows and column < columns:
        if best[row][column] == best[row + 1][column]:
            row += 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            chain.append((row, column))
            row, column = row + 1, column + 1
    return chain


def _keys(words: Sequence[str]) -> list[bytes]:
    return [word.encode("utf-8", "surrogatepass") for word in words]


def _spans(words: Sequence[str], changed: Sequence[tuple[int, int]]) -> Spans:
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    return tuple((offsets[start], offsets[end]) for start, end in changed if start < end)
