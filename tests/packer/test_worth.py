"""Worth: kind, place in the import graph, recent changes, and the question above all."""

from __future__ import annotations

from itertools import pairwise

from repoctx.packer.reading import Reading
from repoctx.packer.worth import Signals, weight_of, worths

READ = Reading(("c.py", "a.py", "b.py"), {"c.py": 2}, {"c.py": 2.7}, {})
KINDS = dict.fromkeys(READ.order, "source")


def test_source_stands_before_tests_docs_data_and_what_nobody_wrote() -> None:
    kinds = ("source", "test", "docs", "data", "generated", "lock", "minified")
    weights = [weight_of(kind, "a", 1, 0, None) for kind in kinds]
    assert all(higher > lower for higher, lower in pairwise(weights))
    assert weight_of("vendored", "a", 1, 0, None) < weight_of("data", "a", 1, 0, None)


def test_a_readme_counts_as_source() -> None:
    assert weight_of("docs", "x/README.md", 1, 0, None) == weight_of("source", "a.py", 1, 0, None)


def test_centrality_activity_and_relevance_raise_the_weight() -> None:
    plain = weight_of("source", "a.py", 1, 0, None)
    assert weight_of("source", "a.py", 9, 0, None) > plain
    assert weight_of("source", "a.py", 1, 0.5, None) > plain
    assert weight_of("source", "a.py", 1, 0, 0.9) > weight_of("source", "a.py", 1, 0, 0.1) > 0


def test_the_question_outweighs_all_else() -> None:
    asked_for = weight_of("docs", "a.md", 1, 0, 0.3)
    assert asked_for > weight_of("source", "b.py", 500, 1, 0.0)


def test_every_file_has_its_place_and_equal_ones_share_it() -> None:
    found = worths(READ, KINDS, Signals(activity={"b.py": 1.0}))
    assert {path: worth.place for path, worth in found.items()} == {"c.py": 1, "a.py": 2, "b.py": 2}
    assert found["c.py"].weight > found["a.py"].weight
    assert found["b.py"].weight > found["a.py"].weight
    assert found["a.py"].relevance is None


def test_relevance_is_a_share_of_the_best_and_none_found_is_no_error() -> None:
    found = worths(READ, KINDS, Signals({"a.py": 4.0, "b.py": 1.0}))
    assert (found["a.py"].relevance, found["b.py"].relevance) == (1.0, 0.25)
    assert worths(READ, KINDS, Signals({}))["a.py"].relevance == 0
