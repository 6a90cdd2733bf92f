"""Choose what each file shows when not everything fits: full text, outline, name, or nothing.

Greedy by value per token: of all steps up (name, outline, full) that still fit, the one that adds
most for its tokens is taken, until none fits. So tails are never cut, no token is left where
something still fits, and more room never shows less: what a smaller room holds after the first step
that differs has at most the value per token of the step that did not fit, and fewer tokens.

An outline's cost is guessed until its turn comes; then it is made. Only a guess that was too dear
can bend the order, and files beyond the last ``_LAST_LOOKS`` outlines that did not fit keep their
level. Deterministic: the choice depends on the candidates, not on their order or on any cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush, nsmallest


class Level(StrEnum):
    """How much of a file the pack shows; every file has exactly one."""

    FULL = "full"
    OUTLINE = "outline"
    NAME = "name"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file with what it would cost."""

    path: str
    weight: float
    """How much it is worth, above zero; see ``worth``."""
    full: int | None
    """Tokens of its document in full; None when it has no text to show."""
    line: int
    """Tokens of its line in the manifest, which every file but a full one has."""
    has_outline: bool
    """Whether an outline is worth asking for."""


Outlines = Callable[[Sequence[str]], Mapping[str, int | None]]
"""Tokens of the outlines of these paths, with their manifest lines; None where there is none."""

NAMES_SHARE = 0.5
"""Names may take half of the room; in a room so small, content tells more than further names."""

_SHARES = {Level.OMITTED: 0.0, Level.NAME: 0.05, Level.OUTLINE: 0.5, Level.FULL: 1.0}
"""Of a file's value; signatures answer about half of the questions."""

_OUTLINE_GUESS = 0.2  # of the full text's tokens (the median measured), until it is really made
_SMALLEST_OUTLINE = 12  # tokens: its tags alone
_LAST_LOOKS = 60  # outlines made in vain, because they did not fit: about a second
_LOOKS_AT_ONCE = 20


def names_fit(candidates: Sequence[Candidate], room: int) -> bool:
    """True when every file can be listed and content still gets its share of the room."""
    return sum(c.line for c in candidates) <= room * NAMES_SHARE


def value_of(weight: float, tokens: int) -> float:
    """Return what a file tells in full; one of four times the length is worth twice as much."""
    return weight * math.sqrt(max(tokens, 1))


def value_at(candidate: Candidate, level: Level) -> float:
    """Return what a file tells at a level."""
    return _SHARES[level] * value_of(candidate.weight, candidate.full or 0)


def select(
    candidates: Sequence[Candidate], room: int, outlines: Outlines, *, all_named: bool = True
) -> dict[str, Level]:
    """Return the level of every path; documents and manifest lines together fit in the room.

    ``room`` is in tokens, and more than the names take when ``all_named``. Otherwise some files
    are OMITTED: the caller has kept room for the lines that sum them up.
    """
    if sum(c.line if c.full is None else c.full for c in candidates) <= room:
        return {c.path: Level.NAME if c.full is None else Level.FULL for c in candidates}
    chosen = _Allocation(room)
    for candidate in sorted(candidates, key=lambda c: (-_density(c), c.path)):
        chosen.levels[candidate.path] = Level.OMITTED
        if all_named or chosen.left - candidate.line >= room * (1 - NAMES_SHARE):
            chosen.give(candidate.path, Level.NAME, candidate.line)
    _Climb(candidates, chosen, outlines).climb()
    return chosen.levels


class _Allocation:
    """The levels chosen so far, what they cost, and the tokens that are left."""

    def __init__(self, room: int) -> None:
        self.left = room
        self.levels: dict[str, Level] = {}
        self._costs: dict[str, int] = {}

    def cost(self, path: str) -> int:
        return self._costs.get(path, 0)

    def give(self, path: str, level: Level, cost: int) -> bool:
        """Set the file's level if its cost, beyond what it has already, fits."""
        if cost - self.cost(path) > self.left:
            return False
        self.left -= cost - self.cost(path)
        self._costs[path] = cost
        self.levels[path] = level
        return True


_Step = tuple[float, str, Level, int]
"""Negative value per token, path, level, tokens at that level (a guess for an unmade outline)."""


class _Climb:
    """Raises files, the best value per token first, until nothing more fits."""

    def __init__(
        self, candidates: Sequence[Candidate], chosen: _Allocation, outlines: Outlines
    ) -> None:
        self._files = {c.path: c for c in candidates}
        self._chosen = chosen
        self._outlines = outlines
        self._made: dict[str, int | None] = {}
        """Tokens of the outlines made so far, with their lines."""
        self._in_vain = 0
        self._steps: list[_Step] = []

    def climb(self) -> None:
        outlined = [c.path for c in self._files.values() if c.has_outline]
        if len(outlined) <= _LAST_LOOKS:
            self._make(outlined)
        self._push(self._files)
        while self._steps:
            step = heappop(self._steps)
            _, path, level, cost = step
            if step != self._next(self._files[path]):  # its outline was made, or it fits no more
                self._push((path,))
            elif level is Level.OUTLINE and path not in self._made:
                self._push(self._look(step))
            else:
                self._chosen.give(path, level, cost)
                self._push((path,))

    def _push(self, paths: Iterable[str]) -> None:
        for path in paths:
            if step := self._next(self._files[path]):
                heappush(self._steps, step)

    def _next(self, candidate: Candidate) -> _Step | None:
        """Return the best step up that may fit; what does not fit now never will."""
        path = candidate.path
        level, base = self._chosen.levels[path], self._chosen.cost(path)
        start = value_at(candidate, level)
        steps = (
            (-_per_token(value_at(candidate, higher) - start, cost - base), path, higher, cost)
            for higher, cost, least in self._costs(candidate)
            if _SHARES[higher] > _SHARES[level] and self._fits(path, least)
        )
        return min(steps, default=None)

    def _costs(self, candidate: Candidate) -> Iterator[tuple[Level, int, int]]:
        """Yield the levels with their tokens, supposed and at least."""
        yield Level.NAME, candidate.line, candidate.line
        if candidate.full is None:
            return
        yield Level.FULL, candidate.full, candidate.full
        made = self._made.get(candidate.path)
        if made is not None and made < candidate.full:
            yield Level.OUTLINE, made, made
        elif candidate.has_outline and candidate.path not in self._made and not self._is_tired:
            guess = candidate.line + math.ceil(candidate.full * _OUTLINE_GUESS)
            yield Level.OUTLINE, guess, candidate.line + _SMALLEST_OUTLINE

    @property
    def _is_tired(self) -> bool:
        return self._in_vain >= _LAST_LOOKS

    def _look(self, step: _Step) -> list[str]:
        """Make this outline and those whose turn comes next as things stand; return their paths."""
        due = (s for s in self._steps if s[2] is Level.OUTLINE and s[1] not in self._made)
        paths = [step[1], *(s[1] for s in nsmallest(_LOOKS_AT_ONCE - 1, due))]
        asked = [p for p in paths if self._fits(p, self._files[p].line + _SMALLEST_OUTLINE)]
        if not self._is_tired:
            self._make(asked)
            self._in_vain += sum(not self._fits(path, self._made[path]) for path in asked)
        return asked

    def _make(self, paths: Sequence[str]) -> None:
        if paths:
            self._made.update(self._outlines(sorted(paths)))

    def _fits(self, path: str, cost: int | None) -> bool:
        return cost is not None and cost - self._chosen.cost(path) <= self._chosen.left


def _density(candidate: Candidate) -> float:
    return _per_token(value_at(candidate, Level.FULL), candidate.full or candidate.line)


def _per_token(value: float, tokens: int) -> float:
    return value / tokens if tokens > 0 else math.inf
