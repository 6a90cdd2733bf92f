"""A file's lines in stretches of a few hundred, and which of them hold what is looked for.

Thousands of edits may be made of one large file. Where each looked through all of it, twice the
file and twice the edits would take four times as long.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

_USUAL = 512
"""Lines of a stretch."""
_LONGEST = 2 * _USUAL
"""Lines that it may grow to before it is parted."""

Fact = TypeVar("Fact")


class Stretch:
    """Some lines that follow one another, as they are now."""

    __slots__ = ("_facts", "size", "start")

    def __init__(self, start: int, size: int) -> None:
        self.start = start
        self.size = size
        self._facts: dict[Hashable, Any] = {}

    @property
    def stop(self) -> int:
        """The line after its last one."""
        return self.start + self.size

    def fact(self, find: Callable[[Sequence[str]], Fact], texts: Sequence[str]) -> Fact:
        """Return what the function finds in its lines, found once for as long as they stay."""
        if find not in self._facts:
            self._facts[find] = find(texts[self.start : self.stop])
        found: Fact = self._facts[find]
        return found

    def resize(self, size: int) -> None:
        """Take note that some of its lines are others now."""
        self.size = size
        self._facts.clear()


class Stretches:
    """All stretches of a file, in its order."""

    def __init__(self, lines: int) -> None:
        starts = range(0, lines, _USUAL) or [0]
        self.all = [Stretch(start, min(_USUAL, lines - start)) for start in starts]
        self._starts = [stretch.start for stretch in self.all]

    def number(self, line: int) -> int:
        """Return the number of the stretch that holds the line; of the last one beyond the end."""
        return max(0, bisect_right(self._starts, line) - 1)

    def at(self, line: int) -> Stretch:
        """Return the stretch that holds the line."""
        return self.all[self.number(line)]

    def splice(self, start: int, stop: int, count: int) -> list[Stretch]:
        """Put ``count`` lines in place of these; return the stretches that hold them now."""
        number = last = self.number(start)
        first = self.all[number]
        for stretch in self.all[number:]:
            if stretch is not first and stretch.start >= stop:
                break
            gone = min(stop, stretch.stop) - max(start, stretch.start)
            stretch.resize(stretch.size - max(0, gone))
            last += 1
        first.resize(first.size + count)
        kept = [stretch for stretch in self.all[number + 1 : last] if stretch.size]
        parts = _parted(first) if first.size > _LONGEST else [first]
        self.all[number:last] = [*parts, *kept]
        self._renumber(number)
        return parts

    def _renumber(self, number: int) -> None:
        at = self.all[number].start
        for stretch in self.all[number:]:
            stretch.start = at
            at += stretch.size
        self._starts[number:] = [stretch.start for stretch in self.all[number:]]


class Index:
    """In which stretches each term is. Some may have lost it since: look before you believe."""

    def __init__(self) -> None:
        self._where: dict[str, list[Stretch]] = {}

    def __contains__(self, term: str) -> bool:
        return term in self._where

    def terms(self) -> Iterable[str]:
        """Return every term that was ever there."""
        return self._where

    def where(self, term: str) -> Sequence[Stretch]:
        """Return the stretches that the term may be in."""
        return self._where.get(term, ())

    def add(self, stretch: Stretch, terms: Iterable[str]) -> None:
        """Take note of what is in a stretch."""
        for term in set(terms):
            known = self._where.setdefault(term, [])
            if stretch not in known:
                known.append(stretch)

    def forget(self, stretch: Stretch, term: str) -> None:
        """Take note that a term is there no longer."""
        self._where[term].remove(stretch)


def _parted(stretch: Stretch) -> list[Stretch]:
    size, start = stretch.size, stretch.start
    stretch.resize(_USUAL)
    rest = range(_USUAL, size, _USUAL)
    return [stretch, *(Stretch(start + at, min(_USUAL, size - at)) for at in rest)]
