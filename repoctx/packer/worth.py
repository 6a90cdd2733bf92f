"""Say what each file is worth when not everything fits.

    standing = kind * (1 + 0.25 * log2(centrality)) * (1 + 8 * activity)
    weight   = standing                                       without a question
    weight   = relevance ** 1.5 + 0.005 * standing            with one

``kind`` is below; ``centrality`` is PageRank, 1 for a file that nobody needs; ``activity`` and
``relevance`` are from 0 to 1 (``history``, ``rank``; relevance has its own measure of kinds). A
file's value is its weight times the root of its length (``select.value_at``).

Chosen on requests, sqlalchemy and vite, by steps: does the subject of a commit show in full the
files that it changed? Centrality foretells a change so little that every step up cost some (as a
factor of relevance, a fifth of the commits); it is kept, weakly, for questions that are about the
whole. ``tests/benchmarks/retrieval.py`` measures on repositories that had no say.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from repoctx.packer.reading import Reading

_CENTRALITY = 0.25
_ACTIVITY = 8.0
_FOCUS = 1.5
_STANDING = 0.005  # ranks what the question leaves

_KINDS = {
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


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for files besides their kinds and imports."""

    relevance: Mapping[str, float] | None = None
    """Path -> score, higher is better; None when there is no question."""
    activity: Mapping[str, float] = field(default_factory=dict)
    """Path -> how often and lately it changed, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a file is worth under a budget, and why."""

    weight: float
    centrality: float
    """1 or more."""
    place: int
    """By centrality, from 1."""
    activity: float
    relevance: float | None
    """To the question, from 0 to 1; None when there is none."""


def worths(read: Reading, kinds: Mapping[str, str], signals: Signals) -> dict[str, Worth]:
    """Return what every path is worth."""
    central = {path: read.centrality.get(path, 1.0) for path in read.order}
    places = _places(central)
    best = max((signals.relevance or {}).values(), default=0.0) or 1.0
    found = {}
    for path in read.order:
        relevance = None if signals.relevance is None else signals.relevance.get(path, 0.0) / best
        activity = signals.activity.get(path, 0.0)
        weight = weight_of(kinds[path], path, central[path], activity, relevance)
        found[path] = Worth(weight, central[path], places[central[path]], activity, relevance)
    return found


def weight_of(
    kind: str, path: str, centrality: float, activity: float, relevance: float | None
) -> float:
    """Return the weight, above zero; a README counts as source: it says what the rest is for."""
    readme = kind == "docs" and path.rpartition("/")[2].lower().startswith("readme")
    standing = 1.0 if readme else _KINDS.get(kind, 0.15)
    standing *= (1 + _CENTRALITY * math.log2(centrality)) * (1 + _ACTIVITY * activity)
    return standing if relevance is None else relevance**_FOCUS + _STANDING * standing


def _places(scores: Mapping[str, float]) -> dict[float, int]:
    """Return the place of each score; equal scores share the first one."""
    counts = Counter(scores.values())
    places, place = {}, 1
    for score in sorted(counts, reverse=True):
        places[score] = place
        place += counts[score]
    return places
