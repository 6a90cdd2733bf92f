"""Centrality: what central files need is central, by PageRank."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.packer.centrality import centrality
from repoctx.packer.graph import ImportGraph
from repoctx.packer.order import ordered_paths


def graph(*edges: str) -> ImportGraph:
    """Make a graph from edges such as "ab": a needs b."""
    paths = tuple(sorted(set("".join(edges))))
    numbers = {path: number for number, path in enumerate(paths)}
    pairs = sorted((numbers[edge[0]], numbers[edge[1]]) for edge in edges)
    return ImportGraph(paths, tuple(pairs))


def scores(found: ImportGraph) -> dict[str, float]:
    return centrality(found, ordered_paths(found))


def page_rank(found: ImportGraph) -> dict[str, float]:
    """The authors' iteration, as a distribution; files that need nothing lead anywhere."""
    size = len(found.paths)
    needs: list[list[int]] = [[] for _ in range(size)]
    for a, b in found.edges:
        needs[a].append(b)
    rank = [1 / size] * size
    for _ in range(100):
        loose = sum(share for share, targets in zip(rank, needs, strict=True) if not targets)
        new = [(0.15 + 0.85 * loose) / size] * size
        for share, targets in zip(rank, needs, strict=True):
            for target in targets:
                new[target] += 0.85 * share / len(targets)
        rank = new
    return dict(zip(found.paths, rank, strict=True))


def test_a_file_that_nobody_needs_has_one_and_needs_add_up() -> None:
    found = scores(graph("ac", "bc", "cd", "ae"))
    assert found["a"] == found["b"] == 1
    assert abs(found["c"] - (1 + 0.85 * 1.5)) < 1e-9
    assert abs(found["d"] - (1 + 0.85 * found["c"])) < 1e-9


def test_being_needed_by_a_central_file_counts_more_than_by_many_others() -> None:
    found = scores(graph(*(f"{n}h" for n in "0123456789"), "hx", "ay", "by", "cy"))
    assert found["x"] > found["y"]


@settings(deadline=None)
@given(
    edges=st.sets(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(
            lambda edge: edge[0] != edge[1]
        ),
        min_size=1,
    ),
    seed=st.integers(),
)
def test_scores_are_in_proportion_to_page_rank_and_depend_on_no_order(
    edges: set[tuple[str, str]], seed: int
) -> None:
    found = graph(*map("".join, sorted(edges)))
    mine, theirs = scores(found), page_rank(found)
    base = sum(mine.values())
    for path, score in mine.items():
        assert abs(score / base - theirs[path]) < 0.03
    shuffled = random.Random(seed).sample(found.edges, len(found.edges))
    assert scores(ImportGraph(found.paths, tuple(sorted(shuffled)))) == mine
