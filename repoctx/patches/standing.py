"""Which of many stretches of lines stand in a text, in time linear in both.

For each length among the stretches, every window of that length has a number, from which the next
window's follows in a few operations (Karp and Rabin, 1987).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate
from typing import TypeAlias

Stretch: TypeAlias = tuple[str, ...]
"""Lines, each with its newline; perhaps not the last."""

_PRIME = (1 << 61) - 1
_BASE = 1_000_003


def standing(stretches: Collection[Stretch], text: str) -> set[Stretch]:
    """Return those that stand in the text, each from a line's beginning on."""
    lines = [f"{line}\n" for line in text.split("\n")[:-1]]
    heads = list(_heads(lines))
    by_size: dict[int, set[Stretch]] = {}
    found = set()
    for stretch in stretches:
        if stretch and stretch[-1].endswith("\n"):
            by_size.setdefault(len(stretch), set()).add(stretch)
        elif "".join(stretch) in text:
            found.add(stretch)  # of a text's end; or without any line
    for size, wanted in by_size.items():
        places = dict(zip(_windows(heads, size), range(len(lines)), strict=False))
        for stretch in wanted:
            (number,) = _windows(list(_heads(stretch)), size)
            at = places.get(number)
            if at is not None and tuple(lines[at : at + size]) == stretch:
                found.add(stretch)
    return found


def _heads(lines: Iterable[str]) -> Iterator[int]:
    """Yield a number for the lines above each line, and for all of them."""
    return accumulate(map(hash, lines), _with, initial=0)


def _with(head: int, line: int) -> int:
    return (head * _BASE + line) % _PRIME


def _windows(heads: list[int], size: int) -> list[int]:
    """Return a number for each window of so many lines, in order."""
    top = pow(_BASE, size, _PRIME)
    return [(end - start * top) % _PRIME for start, end in zip(heads, heads[size:], strict=False)]
