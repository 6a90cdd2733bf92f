"""Say how central each file is: PageRank on the import graph (Page and Brin, 1998).

A file is central when central files need it. The damping is the authors' 0.85. Files that need
nothing would hand their share to all files alike, which changes no proportion, so it is left out
and the scores are scaled instead: a file that nobody needs has 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from repoctx.packer.graph import ImportGraph

_DAMPING = 0.85
_CLOSE_ENOUGH = 0.01  # of all scores: what still moves in a sweep
_MOST_SWEEPS = 10


def centrality(graph: ImportGraph, order: Sequence[str]) -> dict[str, float]:
    """Return the score of every path, 1 or more; deterministic.

    ``order`` holds the paths, dependencies first. Scores are settled in the opposite order, each
    from the newest ones of the files that need it (Gauss and Seidel's way): without circles one
    sweep is exact. 13,000 files with 300,000 imports (moby) take 130 ms, once (see ``reading``);
    only a graph of nothing but circles meets the most sweeps.
    """
    number = {path: place for place, path in enumerate(graph.paths)}
    needs = [0] * len(graph.paths)
    needed_by: dict[int, list[int]] = {}
    for a, b in graph.edges:
        needs[a] += 1
        needed_by.setdefault(b, []).append(a)
    sweep = [
        (file, _getter(needed_by[file]))
        for path in reversed(order)
        if (file := number[path]) in needed_by
    ]
    shares = [_DAMPING / max(count, 1) for count in needs]
    """What each file hands to each one that it needs: its score's part."""
    handed = shares.copy()
    scores = [1.0] * len(graph.paths)
    for _ in range(_MOST_SWEEPS):
        moved = 0.0
        for file, handed_to in sweep:
            score = 1.0 + sum(handed_to(handed))
            moved += abs(score - scores[file])
            scores[file] = score
            handed[file] = shares[file] * score
        if moved <= _CLOSE_ENOUGH * sum(scores):
            break
    return {path: scores[number[path]] for path in order}


def _getter(sources: list[int]) -> Callable[[list[float]], tuple[float, ...]]:
    """Return what gives the values at these places: a third of the time of a loop."""
    if len(sources) == 1:  # itemgetter would give the bare value
        start = sources[0]
        return itemgetter(slice(start, start + 1))
    return itemgetter(*sources)
