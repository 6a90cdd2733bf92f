"""What a part needs lies below it, and circles are cut where that costs least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoctx.report.layers import WIDEST, Edge, laid_out

SIZE = 12
graphs = st.dictionaries(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda e: e[0] != e[1]),
    st.integers(1, 50),
)


@given(graphs)
def test_every_node_has_one_place_in_rows_of_bounded_width(weights: dict[Edge, int]) -> None:
    rows = laid_out(SIZE, weights).rows
    assert sorted(node for row in rows for node in row) == list(range(SIZE))
    assert all(0 < len(row) <= WIDEST for row in rows)


@given(graphs)
def test_every_edge_leads_down_but_those_that_close_circles(weights: dict[Edge, int]) -> None:
    layout = laid_out(SIZE, weights)
    place = {node: y for y, row in enumerate(layout.rows) for node in row}
    assert layout.back <= weights.keys()
    assert all(place[a] < place[b] for a, b in weights.keys() - layout.back)


@given(graphs)
def test_only_edges_inside_circles_are_turned(weights: dict[Edge, int]) -> None:
    layout = laid_out(SIZE, weights)
    circle = {node: number for number, nodes in enumerate(layout.circles) for node in nodes}
    assert all(a in circle and circle[a] == circle.get(b) for a, b in layout.back)
    assert {circle[a] for a, _ in layout.back} == set(range(len(layout.circles)))


@given(graphs)
def test_the_order_in_which_edges_are_given_does_not_matter(weights: dict[Edge, int]) -> None:
    assert laid_out(SIZE, weights) == laid_out(SIZE, dict(reversed(weights.items())))


def test_the_lighter_edge_of_a_circle_is_turned() -> None:
    layout = laid_out(3, {(0, 1): 9, (1, 0): 2, (1, 2): 1})
    assert layout.back == {(1, 0)}
    assert layout.circles == ((0, 1),)
    assert layout.rows == ((0,), (1,), (2,))


def test_neighbours_stand_above_each_other() -> None:
    layout = laid_out(4, {(0, 3): 1, (1, 2): 1})
    above, below = layout.rows
    assert [{0: 3, 1: 2}[node] for node in above] == list(below)


def test_nothing_has_no_rows() -> None:
    assert laid_out(0, {}).rows == ()
