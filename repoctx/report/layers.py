"""Lay a small directed graph out in layers: what a node needs lies below it.

The steps are those of Sugiyama, Tagawa and Toda (1981): turn the edges that close circles, give
each node a layer, order the layers so that few edges cross. Circles are cut with the heuristic of
Eades, Lin and Smyth (1993), by weight. Meant for some forty nodes; deterministic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Edge: TypeAlias = tuple[int, int]
"""(a, b): a needs b."""

WIDEST = 6
"""Nodes beside each other; a layer with more takes several rows."""

_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every node lies, and which edges close circles."""

    rows: tuple[tuple[int, ...], ...]
    """From the top down, each from left to right."""
    back: frozenset[Edge]
    """Edges against the direction of the others; without them there is no circle."""
    circles: tuple[tuple[int, ...], ...]
    """Nodes that lead to each other, for every group of two or more."""


def laid_out(size: int, weights: Mapping[Edge, int]) -> Layout:
    """Return the layout of nodes 0 to ``size`` - 1; no edge may lead from a node to itself."""
    circles = _circles(size, weights)
    back = frozenset(edge for circle in circles for edge in _back_edges(circle, weights))
    forward = {edge: weight for edge, weight in weights.items() if edge not in back}
    rows = _ordered(_rows(_heights(size, forward)), weights)
    return Layout(tuple(map(tuple, rows)), back, tuple(circles))


def _circles(size: int, edges: Iterable[Edge]) -> list[tuple[int, ...]]:
    """Return the strongly connected components of two or more nodes."""
    needs: dict[int, list[int]] = {node: [] for node in range(size)}
    for a, b in edges:
        needs[a].append(b)
    reached = [_reached(node, needs) for node in range(size)]
    circles = {
        tuple(other for other in range(size) if other in reached[node] and node in reached[other])
        for node in range(size)
    }
    return sorted(circle for circle in circles if len(circle) > 1)


def _reached(start: int, needs: Mapping[int, Sequence[int]]) -> set[int]:
    reached: set[int] = set()
    waiting = list(needs[start])
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += needs[node]
    return reached


def _back_edges(circle: Sequence[int], weights: Mapping[Edge, int]) -> list[Edge]:
    """Return edges of the circle without which it is none, light ones rather than heavy ones."""
    inside = {e: w for e, w in weights.items() if e[0] in circle and e[1] in circle}
    place: dict[int, int] = {}
    while len(place) < len(circle):
        left = [node for node in circle if node not in place]
        surplus = dict.fromkeys(left, 0)
        for (a, b), weight in inside.items():
            if a in surplus and b in surplus:
                surplus[a] += weight
                surplus[b] -= weight
        place[max(left, key=lambda node: (surplus[node], -node))] = len(place)
    return [(a, b) for a, b in inside if place[a] > place[b]]


def _heights(size: int, forward: Iterable[Edge]) -> list[int]:
    """Return the length of the longest way down from each node; there must be no circle."""
    heights = [0] * size
    edges = list(forward)
    for _ in range(size):
        raised = False
        for a, b in edges:
            if heights[a] <= heights[b]:
                heights[a] = heights[b] + 1
                raised = True
        if not raised:
            break
    return heights


def _rows(heights: Sequence[int]) -> list[list[int]]:
    rows: list[list[int]] = []
    for height in range(max(heights, default=-1), -1, -1):
        layer = [node for node, its in enumerate(heights) if its == height]
        count = -(-len(layer) // WIDEST)
        rows += [layer[start::count] for start in range(count)]
    return rows


def _ordered(rows: list[list[int]], weights: Mapping[Edge, int]) -> list[list[int]]:
    """Move each node towards the middle of its neighbours, row after row, down and up again."""
    neighbours: dict[int, list[tuple[int, int]]] = {node: [] for row in rows for node in row}
    for (a, b), weight in weights.items():
        neighbours[a].append((b, weight))
        neighbours[b].append((a, weight))
    across = {node: x for row in rows for node, x in _across(row)}
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            row.sort(key=lambda node: (_middle(neighbours[node], across, across[node]), node))
            across.update(_across(row))
    return rows


def _across(row: Sequence[int]) -> Iterable[tuple[int, float]]:
    """Yield each node with its place in the row, from 0 to 1."""
    return ((node, (place + 0.5) / len(row)) for place, node in enumerate(row))


def _middle(
    neighbours: Sequence[tuple[int, int]], across: Mapping[int, float], alone: float
) -> float:
    total = sum(weight for _, weight in neighbours)
    if not total:
        return alone
    return sum(across[node] * weight for node, weight in neighbours) / total
