"""Find the files, and the places in them, that fit a question; no model is needed.

score = (text + 0.3 * past changes) * (1 + 0.6 * activity) * kind

``text`` compares words of passages, paths and defined names (``fulltext``), ``past changes`` the
messages of the commits that touched a file, ``activity`` how often and lately it changed
(``history``). Text and messages are shares of the best possible BM25, so they can be added. The
weights were chosen on requests, sqlalchemy and vite, by steps of two; ``tests/benchmarks/
retrieval.py`` measures on repositories that had no say. ``relevance`` also counts what goes with
the best files (``related``), which holds no place to cite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from repoctx.errors import UsageError
from repoctx.folders import cache_folder
from repoctx.packer import fulltext, history
from repoctx.packer.bm25 import rarities
from repoctx.packer.index import Index, open_index
from repoctx.packer.kinds import Kind
from repoctx.packer.quote import Quote, quote
from repoctx.packer.related import related
from repoctx.packer.secrets import Redaction
from repoctx.packer.snapshot import Snapshot, SourceFile
from repoctx.packer.words import Query, parse_query

_HISTORY_WEIGHT = 0.3
_ACTIVITY_WEIGHT = 0.6
# A question is rather about what people wrote and run than about what was copied or generated.
_KIND = {
    Kind.TEST: 0.95,
    Kind.DOCS: 0.95,
    Kind.DATA: 0.9,
    Kind.GENERATED: 0.6,
    Kind.VENDORED: 0.6,
    Kind.MINIFIED: 0.6,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that fits a question."""

    path: str
    line: int
    """From 1; 1 when only the path fits."""
    score: float
    """Above 0; comparable within one question."""
    lines: tuple[tuple[int, str], ...]
    """At most five consecutive lines to quote, each with its number; none for a binary file."""
    symbol: str
    """The definition that holds the line, or ""."""


@dataclass(frozen=True, slots=True)
class _Ranking:
    scores: dict[str, float]
    starts: dict[str, list[int]]
    worth: dict[str, float]
    past: _History
    factors: dict[str, float]
    """What multiplies the score of each file."""


def search(
    snapshot: Snapshot,
    index: Index,
    query: str,
    limit: int = 10,
    *,
    rev: str = "HEAD",
    redaction: Redaction | None = None,
) -> list[Hit]:
    """Return at most ``limit`` places, one a file, best first.

    ``rev`` is the commit up to which history counts; ``redaction`` hides secrets in what is
    quoted. Raises UsageError when there is no word.
    """
    asked = parse_query(query)
    if not asked.terms:
        raise UsageError("there is no word to search for", "name what you are looking for")
    ranking = _rank(snapshot, index, asked, rev)
    files = {file.path: file for file in snapshot.files}
    best = sorted(ranking.scores, key=lambda path: (-ranking.scores[path], path))[:limit]
    return [_hit(snapshot, files[path], asked, ranking, redaction) for path in best]


def relevance(
    snapshot: Snapshot, index: Index, query: str, *, rev: str = "HEAD"
) -> dict[str, float]:
    """Return a score above 0 for every file that has to do with the question, by path.

    Empty when there is no word in it. The first call reads every file (about 1 CPU-s for 26 MB),
    later ones only what is new.
    """
    asked = parse_query(query)
    if not asked.terms:
        return {}
    ranking = _rank(snapshot, index, asked, rev)
    scores = dict(ranking.scores)
    for path, score in related(scores, snapshot.files, ranking.past.commits).items():
        if path in ranking.factors:
            scores[path] = scores.get(path, 0.0) + score * ranking.factors[path]
    return scores


def activity(snapshot: Snapshot, index: Index, *, rev: str = "HEAD") -> dict[str, float]:
    """Return how often and lately each path changed, from 0 to 1; empty outside git.

    The first call for a commit reads the history that the index does not know.
    """
    try:
        return _history(snapshot, index, (), rev).activity
    except sqlite3.Error:
        return _history(snapshot, _in_memory(), (), rev).activity


def _rank(snapshot: Snapshot, index: Index, query: Query, rev: str) -> _Ranking:
    try:
        return _rank_with(snapshot, index, query, rev)
    except sqlite3.Error:  # a cache that cannot be written, or is in use too long
        return _rank_with(snapshot, _in_memory(), query, rev)


def _rank_with(snapshot: Snapshot, index: Index, query: Query, rev: str) -> _Ranking:
    files = fulltext.update(snapshot, index)
    connection = index.connection
    matches = fulltext.matches(connection, files, query)
    text = {path: match.score for path, match in matches.items()}
    past = _history(snapshot, index, query.terms, rev)
    factors = _factors(snapshot, past.activity)
    rare = rarities(connection, "rank_passages", query.terms)
    return _Ranking(
        scores=_combined(text, past.changes, factors),
        starts={path: match.lines for path, match in matches.items()},
        worth={term: rarity for term, (rarity, _) in rare.items()},
        past=past,
        factors=factors,
    )


@dataclass(slots=True)
class _History:
    changes: dict[str, float] = field(default_factory=dict)
    activity: dict[str, float] = field(default_factory=dict)
    commits: list[list[str]] = field(default_factory=list)

    def add(self, other: _History, prefix: str) -> None:
        self.changes |= {prefix + path: share for path, share in other.changes.items()}
        self.activity |= {prefix + path: share for path, share in other.activity.items()}
        theirs = ([prefix + path for path in paths] for paths in other.commits)
        pairs = zip_longest(self.commits, theirs)  # so that no root's commits are all the older
        self.commits = [paths for pair in pairs for paths in pair if paths]


def _history(snapshot: Snapshot, index: Index, terms: Sequence[str], rev: str) -> _History:
    """Return what history says; of several roots each keeps its commits in its index."""
    found = _History()
    for part in snapshot.parts:
        found.add(_history_of(part.snapshot, terms, rev), part.prefix)
    if snapshot.repository:
        past = history.past(index, snapshot.repository, rev)
        found.add(_History(past.changes(terms), past.activity(), list(past.commits())), "")
    return found


def _history_of(root: Snapshot, terms: Sequence[str], rev: str) -> _History:
    try:
        with open_index(cache_folder(root.root)) as own:
            return _history(root, own, terms, rev)
    except sqlite3.Error:
        return _history(root, _in_memory(), terms, rev)


def _in_memory() -> Index:
    return Index(sqlite3.connect(":memory:", isolation_level=None), None)


def _factors(snapshot: Snapshot, lively: Mapping[str, float]) -> dict[str, float]:
    return {
        file.path: (1 + _ACTIVITY_WEIGHT * lively.get(file.path, 0.0)) * _KIND.get(file.kind, 1.0)
        for file in snapshot.files
    }


def _combined(
    text: Mapping[str, float], past: Mapping[str, float], factors: Mapping[str, float]
) -> dict[str, float]:
    scores = {}
    for path, factor in factors.items():
        score = text.get(path, 0.0) + _HISTORY_WEIGHT * past.get(path, 0.0)
        if score > 0:
            scores[path] = score * factor
    return scores


def _hit(
    snapshot: Snapshot,
    file: SourceFile,
    query: Query,
    ranking: _Ranking,
    redaction: Redaction | None,
) -> Hit:
    found = Quote(1, (), "")
    if text := fulltext.text_of(snapshot, file):
        if redaction is not None:
            text = redaction.hide_in_lines(file.path, text)
        starts = ranking.starts.get(file.path, [])
        found = quote(file.path, text, starts, query, ranking.worth)
    return Hit(file.path, found.line, ranking.scores[file.path], found.lines, found.symbol)
