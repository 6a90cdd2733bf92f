"""All small edits of the suspicious places, the likeliest first."""

from __future__ import annotations

import ast
import heapq
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from repoctx.backends.embedded.operators import KINDS, Kind
from repoctx.backends.embedded.operators.insertions import fresh_default
from repoctx.backends.embedded.scope import Scopes
from repoctx.backends.embedded.site import Rewrite, Site
from repoctx.backends.embedded.source import (
    FUNCTIONS,
    Edit,
    Source,
    apply_edits,
    first_line,
    header_nodes,
)
from repoctx.backends.embedded.suspicion import Weights, statement_weight

_FADE = 0.06
"""How much less likely each further rewrite of one operator at one place is."""
_LEAST = 0.05
"""Statements under this share of the highest suspicion are left alone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One edit to try."""

    source: Source
    edits: tuple[Edit, ...]
    kind: Kind
    score: float
    """Suspicion times prior; only comparable within one search."""

    @property
    def line(self) -> int:
        """The first line that changes."""
        return self.source.line_at(min(edit.start for edit in self.edits))

    @property
    def size(self) -> int:
        """Characters taken out and put in."""
        return sum(edit.end - edit.start + len(edit.text) for edit in self.edits)

    def unit(self) -> tuple[int, int, str]:
        """Return the first and last line of the module's statements that change, and their text.

        An insertion belongs to the line before it.
        """
        inserts = [edit.start - (edit.start == edit.end) for edit in self.edits]
        first = self.source.line_at(max(0, min(inserts)))
        last = self.source.line_at(max(max(edit.start, edit.end - 1) for edit in self.edits))
        last = max(first, last if any(e.end > e.start for e in self.edits) else first)
        top, bottom = self.source.top_level(first), self.source.top_level(last)
        if top is not None:
            first = first_line(top)
        if bottom is not None:
            last = max(last, bottom.end_lineno or last)
        start, stop = self.source.line_span(first, last)
        return first, last, apply_edits(self.source.text[start:stop], self.edits, start)

    def in_function(self) -> bool:
        """True when only the body of one function changes, so that its code can be swapped."""
        low, high = min(e.start for e in self.edits), max(e.end for e in self.edits)
        return any(start <= low and high <= end for start, end in self.source.function_bodies)


def candidates(
    sources: Mapping[str, Source], weights: Mapping[str, Weights]
) -> Iterator[Candidate]:
    """Yield candidates in the order in which to try them, best first; deterministic.

    They are made as they are needed: of a large program only a small part is ever tried. What an
    operator may yield at best (its prior times the suspicion) says when it has to be asked.
    """
    waiting: list[tuple[float, int, int, _Task | Candidate]] = []
    for number, task in enumerate(_tasks(sources, weights)):
        waiting.append((-task.weight * task.kind.prior, number, -1, task))
    heapq.heapify(waiting)
    while waiting:
        _, number, _, first = heapq.heappop(waiting)
        if isinstance(first, Candidate):
            yield first
            continue
        for rank, candidate in enumerate(_expanded(first)):
            heapq.heappush(waiting, (-candidate.score, number, rank, candidate))


@dataclass(frozen=True, slots=True)
class _Task:
    """One kind of edit for one statement, not yet looked for."""

    source: Source
    scopes: Scopes
    statement: ast.stmt
    kind: Kind
    weight: float


def _tasks(sources: Mapping[str, Source], weights: Mapping[str, Weights]) -> Iterator[_Task]:
    highest = max((max(lines.values()) for lines in weights.values() if lines), default=0.0)
    for path in sorted(sources):
        source, scopes = sources[path], Scopes(sources[path])
        for statement in ast.walk(source.tree):
            if isinstance(statement, ast.stmt):
                weight = statement_weight(statement, weights.get(path, {}))
                if weight > 0 and weight >= highest * _LEAST:
                    for kind in KINDS:
                        yield _Task(source, scopes, statement, kind, weight)


def _expanded(task: _Task) -> Iterator[Candidate]:
    seen: set[Rewrite] = set()
    for node in _nodes(task.statement):
        if isinstance(node, FUNCTIONS) and task.kind.operator is not fresh_default:
            continue
        site = Site(task.source, node, task.scopes.of(node))
        for rank, rewrite in enumerate(task.kind.operator(site)):
            if rewrite and rewrite not in seen:
                seen.add(rewrite)
                score = task.weight * task.kind.prior / (1 + _FADE * rank)
                yield Candidate(task.source, rewrite, task.kind, score)


def _nodes(statement: ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    """The statement and its own expressions; of a definition, only the parameters' defaults."""
    if isinstance(statement, FUNCTIONS):
        yield statement
        defaults = [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
        yield from (node for node in ast.walk(ast.Tuple(elts=defaults)) if _is_inner(node))  # type: ignore[misc]
    elif not isinstance(statement, (ast.ClassDef, ast.Import, ast.ImportFrom)):
        yield statement
        hidden = _without_positions(statement)
        yield from (node for node in header_nodes(statement) if id(node) not in hidden)


def _is_inner(node: ast.AST) -> bool:
    return isinstance(node, ast.expr) and hasattr(node, "lineno")


def _without_positions(statement: ast.stmt) -> set[int]:
    """Before Python 3.12 what stands inside an f-string has no usable position."""
    if sys.version_info >= (3, 12):
        return set()
    return {
        id(inner)
        for node in header_nodes(statement)
        if isinstance(node, ast.JoinedStr)
        for inner in ast.walk(node)
        if inner is not node
    }
