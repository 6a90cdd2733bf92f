from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.graph import ImportGraph
from repoctx.packer.order import ordered_paths

Edges = list[tuple[str, str]]


def graph(paths: list[str], edges: Edges, lazy: Edges | None = None) -> ImportGraph:
    number = {path: place for place, path in enumerate(paths)}
    late = {(number[a], number[b]) for a, b in lazy or []}
    pairs = {(number[a], number[b]) for a, b in edges} | late
    return ImportGraph(tuple(paths), tuple(sorted(pairs)), frozenset(late))


def test_what_a_file_needs_stands_before_it() -> None:
    paths = ["a.py", "b.py", "c.py"]
    assert ordered_paths(graph(paths, [("a.py", "b.py"), ("b.py", "c.py")])) == [
        "c.py",
        "b.py",
        "a.py",
    ]


def test_without_imports_files_stand_by_folder_then_name() -> None:
    paths = ["b/z.py", "b/a/x.py", "b-c/q.py", "a.py", "b/y.py"]
    assert ordered_paths(graph(paths, [])) == ["a.py", "b/y.py", "b/z.py", "b/a/x.py", "b-c/q.py"]


def test_front_matter_comes_first_then_prose_then_code_with_its_data() -> None:
    paths = ["src/a.py", "src/a.json", "docs/use.md", "pyproject.toml", "README.md", ".gitignore"]
    assert ordered_paths(graph(paths, [])) == [
        *("README.md", "pyproject.toml", "docs/use.md", ".gitignore", "src/a.json", "src/a.py"),
    ]


def test_a_manifest_that_imports_waits_for_what_it_needs() -> None:
    assert ordered_paths(graph(["setup.py", "v.py"], [("setup.py", "v.py")])) == [
        "v.py",
        "setup.py",
    ]


def test_a_circle_stays_together() -> None:
    paths = ["a/one.py", "m.py", "z/two.py", "z/user.py"]
    edges = [("a/one.py", "z/two.py"), ("z/two.py", "a/one.py"), ("z/user.py", "z/two.py")]
    assert ordered_paths(graph(paths, edges)) == ["m.py", "a/one.py", "z/two.py", "z/user.py"]


def test_in_a_circle_lazy_imports_give_way() -> None:
    edges = [("a.py", "b.py"), ("b.py", "c.py")]
    assert ordered_paths(graph(["a.py", "b.py", "c.py"], edges, [("c.py", "a.py")])) == [
        "c.py",
        "b.py",
        "a.py",
    ]


_NAMES = st.lists(
    st.tuples(st.sampled_from(["", "a/", "a/b/", "c/", "a-b/"]), st.sampled_from("pqrstuv")),
    unique=True,
    max_size=12,
).map(lambda pairs: ["".join(pair) for pair in pairs])


@st.composite
def _graphs(draw: st.DrawFn) -> ImportGraph:
    paths = draw(_NAMES)
    if not paths:
        return graph([], [])
    pairs = st.tuples(st.sampled_from(paths), st.sampled_from(paths))
    edges = [(a, b) for a, b in draw(st.lists(pairs, max_size=25)) if a != b]
    lazy = [edge for edge in edges if draw(st.booleans())]
    return graph(paths, edges, lazy)


def _reaches(found: ImportGraph) -> list[set[int]]:
    """Which files each file leads to, by walking from each of them."""
    reach: list[set[int]] = []
    for start in range(len(found.paths)):
        seen, waiting = set[int](), [start]
        while waiting:
            node = waiting.pop()
            new = {b for a, b in found.edges if a == node} - seen
            seen |= new
            waiting += new
        reach.append(seen)
    return reach


@given(_graphs())
def test_every_path_stands_once(found: ImportGraph) -> None:
    assert sorted(ordered_paths(found)) == sorted(found.paths)


@given(_graphs())
def test_needs_in_other_components_stand_before(found: ImportGraph) -> None:
    reach = _reaches(found)
    place = {path: number for number, path in enumerate(ordered_paths(found))}
    for a, b in found.edges:
        if a not in reach[b]:
            assert place[found.paths[b]] < place[found.paths[a]]


@given(_graphs())
def test_the_files_of_a_component_stand_side_by_side(found: ImportGraph) -> None:
    reach = _reaches(found)
    place = {path: number for number, path in enumerate(ordered_paths(found))}
    for file in range(len(found.paths)):
        circle = {file} | {other for other in reach[file] if file in reach[other]}
        places = [place[found.paths[member]] for member in circle]
        assert max(places) - min(places) == len(circle) - 1


@given(_graphs())
def test_without_eager_circles_lazy_imports_never_turn_an_eager_one_around(
    found: ImportGraph,
) -> None:
    eager = [edge for edge in found.edges if edge not in found.lazy]
    strict = ImportGraph(found.paths, tuple(eager))
    reach = _reaches(strict)
    if any(file in reach[file] for file in range(len(found.paths))):
        return
    together = _reaches(found)
    place = {path: number for number, path in enumerate(ordered_paths(found))}
    for a, b in eager:
        if a in together[b]:
            assert place[found.paths[b]] < place[found.paths[a]]


@given(_graphs(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_graph_is_listed(
    found: ImportGraph, chance: random.Random
) -> None:
    shuffled = list(range(len(found.paths)))
    chance.shuffle(shuffled)
    new = {old: place for place, old in enumerate(shuffled)}
    edges = [(new[a], new[b]) for a, b in found.edges]
    chance.shuffle(edges)
    other = ImportGraph(
        tuple(found.paths[old] for old in shuffled),
        tuple(edges),
        frozenset((new[a], new[b]) for a, b in found.lazy),
    )
    assert ordered_paths(other) == ordered_paths(found)


def test_a_long_chain_and_a_large_circle_need_no_recursion() -> None:
    paths = [f"{number:05}.py" for number in range(5_000)]
    chain = list(itertools.pairwise(paths))
    assert ordered_paths(graph(paths, chain)) == paths[::-1]
    circle = [*chain, (paths[-1], paths[0])]
    assert sorted(ordered_paths(graph(paths, circle))) == paths
