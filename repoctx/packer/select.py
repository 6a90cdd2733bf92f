"""Choose what each file shows when not everything fits: full text, outline, name, or nothing.

Greedy by value per token over the steps name -> outline -> full, then a second look that fills what
is left. Tails are never cut: a file that does not fit makes room for the next one that does.
Deterministic: the result depends on the candidates, not on their order or on any cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


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
    """How much it is worth, above zero; see ``weight_of``."""
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

_OUTLINE_VALUE = 0.5  # of the full text's: signatures answer about half of the questions
_NAME_VALUE = 0.05
_OUTLINE_GUESS = 0.2  # of the full text's tokens (the median measured), until it is really made
_SMALLEST_OUTLINE = 12  # tokens: its tags alone
_ROUNDS = 12
_LAST_LOOKS = 60  # outlines made only to see whether they fit in the last tokens: about a second
_LOOKS_AT_ONCE = 20

_KIND_WEIGHTS = {
    "source": 1.0,
    "test": 0.5,
    "docs": 0.35,
    "data": 0.15,
    "generated": 0.05,
    "vendored": 0.05,
    "lock": 0.03,
    "minified": 0.02,
    "binary": 0.02,
}
_IRRELEVANT = 0.02  # of the most relevant file's value: enough to rank what the question leaves


def weight_of(kind: str, path: str, needed_by: int, relevance: float | None) -> float:
    """Return what a file is worth: its kind, how many files need it, and the question.

    ``relevance`` is from 0 to 1, or None when there is no question. A README is worth as much as
    source: it says what the rest is for.
    """
    readme = path.rpartition("/")[2].lower().startswith("readme")
    weight = 1.0 if readme and kind == "docs" else _KIND_WEIGHTS.get(kind, 0.15)
    weight *= 1.0 + math.log2(1 + needed_by)
    return weight if relevance is None else weight * (_IRRELEVANT + relevance)


def names_fit(candidates: Sequence[Candidate], room: int) -> bool:
    """True when every file can be listed and content still gets its share of the room."""
    return sum(c.line for c in candidates) <= room * NAMES_SHARE


def select(
    candidates: Sequence[Candidate], room: int, outlines: Outlines, *, all_named: bool = True
) -> dict[str, Level]:
    """Return the level of every path; documents and manifest lines together fit in the room.

    ``room`` is in tokens, and more than the names take when ``all_named``. Otherwise some files
    are OMITTED: the caller has kept room for the lines that sum them up.
    """
    ranked = sorted(candidates, key=lambda c: (-_density(c), c.path))
    if sum(c.line if c.full is None else c.full for c in ranked) <= room:
        return {c.path: Level.NAME if c.full is None else Level.FULL for c in ranked}
    costs: dict[str, int | None] = {}
    for _ in range(_ROUNDS):
        chosen = _greedy(ranked, room, costs, all_named)
        asked = [p for p, level in chosen.levels.items() if _is_guess(p, level, costs)]
        if not asked:
            break
        costs.update(outlines(sorted(asked)))
    else:
        costs |= {c.path: None for c in ranked if c.path not in costs}
        chosen = _greedy(ranked, room, costs, all_named)
    _fill(ranked, chosen, costs, outlines)
    return chosen.levels


class _Allocation:
    """The levels chosen so far, what they cost, and the tokens that are left."""

    def __init__(self, room: int) -> None:
        self.left = room
        self.levels: dict[str, Level] = {}
        self._costs: dict[str, int] = {}

    def cost(self, path: str) -> int:
        return self._costs.get(path, 0)

    def give(self, path: str, level: Level, cost: int | None) -> bool:
        """Set the file's level if its cost, beyond what it has already, fits."""
        if cost is None or cost - self.cost(path) > self.left:
            return False
        self.left -= cost - self.cost(path)
        self._costs[path] = cost
        self.levels[path] = level
        return True


def _greedy(
    ranked: Sequence[Candidate], room: int, costs: Mapping[str, int | None], all_named: bool
) -> _Allocation:
    chosen = _Allocation(room)
    for candidate in ranked:
        chosen.levels[candidate.path] = Level.OMITTED
        if all_named or chosen.left - candidate.line >= room * (1 - NAMES_SHARE):
            chosen.give(candidate.path, Level.NAME, candidate.line)
    steps = [step for c in ranked for step in _steps(c, chosen.cost(c.path), costs)]
    for _, path, _, level, cost in sorted(steps):
        chosen.give(path, level, cost)
    return chosen


_Step = tuple[float, str, int, Level, int]
"""Negative value per token, path, number of the step, level, tokens at that level."""


def _steps(candidate: Candidate, base: int, costs: Mapping[str, int | None]) -> Iterator[_Step]:
    """Yield the steps up from the base cost; an outline only where it is the better value."""
    if candidate.full is None:
        return
    value = _value(candidate)
    full, outline = candidate.full, _outline_cost(candidate, costs)
    start = value * _NAME_VALUE if base else 0.0
    direct = _per_token(value - start, full - base)
    if outline is not None and outline < full:
        first = _per_token(value * _OUTLINE_VALUE - start, outline - base)
        if first > direct:
            yield -first, candidate.path, 0, Level.OUTLINE, outline
            base, direct = outline, _per_token(value * (1 - _OUTLINE_VALUE), full - outline)
    yield -direct, candidate.path, 1, Level.FULL, full


def _fill(
    ranked: Sequence[Candidate],
    chosen: _Allocation,
    costs: dict[str, int | None],
    outlines: Outlines,
) -> None:
    """Give what is left to the files that still fit, the best value first."""
    looks = _LAST_LOOKS
    for start in range(0, len(ranked), _LOOKS_AT_ONCE):
        group = ranked[start : start + _LOOKS_AT_ONCE]
        asked = [c.path for c in group if c.path not in costs and _may_fit(c, chosen)][:looks]
        looks -= len(asked)
        costs.update(outlines(sorted(asked)))
        for candidate in group:
            _raise(candidate, chosen, costs)


def _raise(candidate: Candidate, chosen: _Allocation, costs: Mapping[str, int | None]) -> None:
    """Give the file the highest level that fits."""
    path, level = candidate.path, chosen.levels[candidate.path]
    if level is Level.FULL or chosen.give(path, Level.FULL, candidate.full):
        return
    if level is Level.OUTLINE or chosen.give(path, Level.OUTLINE, costs.get(path)):
        return
    if level is Level.OMITTED:
        chosen.give(path, Level.NAME, candidate.line)


def _may_fit(candidate: Candidate, chosen: _Allocation) -> bool:
    if not candidate.has_outline or chosen.levels[candidate.path] is Level.FULL:
        return False
    return candidate.line + _SMALLEST_OUTLINE - chosen.cost(candidate.path) <= chosen.left


def _outline_cost(candidate: Candidate, costs: Mapping[str, int | None]) -> int | None:
    if candidate.path in costs:
        return costs[candidate.path]
    if not candidate.has_outline or candidate.full is None:
        return None
    return candidate.line + math.ceil(candidate.full * _OUTLINE_GUESS)


def _is_guess(path: str, level: Level, costs: Mapping[str, int | None]) -> bool:
    return level is Level.OUTLINE and path not in costs


def _value(candidate: Candidate) -> float:
    """A file of four times the length is worth twice as much."""
    return candidate.weight * math.sqrt(max(candidate.full or 0, 1))


def _density(candidate: Candidate) -> float:
    return _per_token(_value(candidate), candidate.full or candidate.line)


def _per_token(value: float, tokens: int) -> float:
    return value / tokens if tokens > 0 else math.inf
