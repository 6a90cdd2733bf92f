"""Many texts in order, to find those that begin alike; more may come at any time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import merge

_MOST_RECENT = 500
"""Texts that came since; beyond them all are put in one order again."""


class SortedTerms:
    """All texts in order, and those that came since by themselves: a large list moves slowly."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = sorted(terms)
        self._recent: list[str] = []

    def add(self, term: str) -> None:
        """Add a text that is not there yet."""
        insort(self._recent, term)
        if len(self._recent) > _MOST_RECENT:
            self._terms = sorted(self._terms + self._recent)
            self._recent = []

    def beginning_with(self, beginning: str) -> Iterator[str]:
        """Yield the texts that begin so, in order."""
        yield from merge(_from(self._terms, beginning), _from(self._recent, beginning))


def _from(terms: list[str], beginning: str) -> Iterator[str]:
    for at in range(bisect_left(terms, beginning), len(terms)):
        if not terms[at].startswith(beginning):
            return
        yield terms[at]
