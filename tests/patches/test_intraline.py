"""Words that changed within a line, and lines that became others."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.intraline import Spans, changed_words, pairs

WORDS = st.lists(
    st.sampled_from(["def", "value", " ", "(", ")", "=", "订", "单", "x1", "\t"]), max_size=30
).map("".join)


def _cut(text: str, spans: Spans) -> str:
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def test_the_words_that_changed_are_found() -> None:
    old, new = "def total(items, rate):", "def total(items, tax, rate=1):"
    old_spans, new_spans = changed_words(old, new)
    assert old_spans == ()
    assert [new[start:end] for start, end in new_spans] == ["tax, ", "=1"] or [
        new[start:end] for start, end in new_spans
    ] == [" tax,", "=1"]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    _, spans = changed_words('name = "订单"', 'name = "订货单"')
    assert spans == ((9, 10),)


def test_lines_with_little_in_common_have_no_marked_words() -> None:
    assert changed_words("import os", "raise SystemExit(1)") == ((), ())


@given(WORDS, WORDS)
def test_without_the_changed_words_both_lines_are_the_same(old: str, new: str) -> None:
    old_spans, new_spans = changed_words(old, new)
    if old_spans or new_spans:
        assert _cut(old, old_spans) == _cut(new, new_spans)


def test_lines_that_repeat_one_word_ten_thousand_times_are_compared_coarsely() -> None:
    old_spans, new_spans = changed_words("a b " * 10_000, "a c " * 9_999)
    assert len(old_spans) <= 1
    assert len(new_spans) <= 1


def test_a_line_is_paired_with_what_it_became_past_added_and_removed_ones() -> None:
    old = ["first = compute(1)", "gone()", "last = compute(3)"]
    new = ["# a comment of its own", "first = compute(10)", "last = compute(30)", "x"]
    assert pairs(old, new) == [(0, 1), (2, 2)]


@given(st.lists(WORDS, max_size=25), st.lists(WORDS, max_size=25))
def test_pairs_keep_the_order_on_both_sides(old: list[str], new: list[str]) -> None:
    found = pairs(old, new)
    for (old_at, new_at), (old_next, new_next) in pairwise(found):
        assert old_at < old_next
        assert new_at < new_next
