"""The gauge says what counts, in the room that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from repoctx.sending.glance import Changed
from repoctx.tui.context.bar import Part, bar, parts_of
from repoctx.tui.context.figures import dollars, short
from repoctx.tui.context.phrases import Phrase, changes_of, flowed, phrases_of
from tests.tui.context.conftest import HOSTED, LookAt

MakeRepository = Callable[..., Path]

counts = st.lists(st.integers(0, 10**7), min_size=1, max_size=6)


@given(counts, st.integers(1, 10**7) | st.none(), st.integers(8, 200))
def test_the_bar_fills_its_width_and_shows_each_part_that_is_there(
    tokens: list[int], limit: int | None, width: int
) -> None:
    signs = "abcdef"
    parts = [Part("", count, sign, "") for count, sign in zip(tokens, signs, strict=False)]
    drawn = bar(parts, limit, width)
    assert drawn.cell_length == width
    for part in parts:
        assert (part.sign in drawn.plain) == (part.tokens > 0)
    assert drawn.plain == "".join(sorted(drawn.plain.rstrip("·"))) + "·" * drawn.plain.count("·")


def test_the_bar_is_in_proportion_to_the_limit() -> None:
    parts = [Part("", 500, "a", ""), Part("", 250, "b", "")]
    assert bar(parts, 1_000, 20).plain == "a" * 10 + "b" * 5 + "·" * 5
    assert bar(parts, None, 9).plain == "a" * 6 + "b" * 3
    assert bar(parts, 100, 9).plain == "a" * 6 + "b" * 3, "more than the limit is all of the bar"


words = st.lists(
    st.builds(Phrase, st.text("ab漢 ", min_size=1, max_size=30), st.integers(0, 9)), max_size=8
)


@given(words, st.integers(10, 120))
def test_phrases_never_take_more_room_than_there_is(phrases: list[Phrase], width: int) -> None:
    lines = flowed(Content("#" * 8), phrases, width, 2)
    assert len(lines) <= 2
    assert all(line.cell_length <= width for line in lines)


def test_the_least_important_phrase_gives_way_first() -> None:
    phrases = [Phrase("one", 3), Phrase("two", 1), Phrase("three", 2)]
    assert [line.plain for line in flowed(Content(""), phrases, 11, 1)] == ["one · three"]
    assert [line.plain for line in flowed(Content(""), phrases, 4, 1)] == ["one"]
    two = [line.plain for line in flowed(Content("##"), [*phrases, Phrase("4", 0)], 11, 2)]
    assert two == ["## one · 4", "two · three"]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [(0, "0"), (999, "999"), (1_000, "1.0k"), (123_449, "123.4k"), (999_950, "1.0M")],
)
def test_tokens_are_short(tokens: int, text: str) -> None:
    assert short(tokens) == text


def test_dollars_have_two_digits_that_count() -> None:
    assert dollars(0.012, 0.1534) == "$0.012\u20130.15"
    assert dollars(0.0, 0.0) == "$0.00"
    assert dollars(0.00012, 12.345) == "$0.00012\u201312.35"
    assert dollars(0.0, 0.0000001) == "$0.00"


def said(*phrases: Phrase) -> str:
    return " · ".join(phrase.text for phrase in phrases)


def test_what_is_sent_is_said_with_its_share_and_its_cost(
    repository: MakeRepository, look_at: LookAt
) -> None:
    root = repository({"a.py": "x = 1\n" * 900, "b.bin": b"\0" * 9})
    glance = look_at(root, **HOSTED)
    tokens = short(glance.expected.input_tokens)
    text = said(*phrases_of(glance))
    assert text.startswith(f"{tokens} of 20.0k tokens · 1 full, 1 named · 0 % cached · $0.0")
    nearly = replace(glance.expected, cached_tokens=glance.expected.input_tokens - 1)
    assert "99 % cached" in said(*phrases_of(replace(glance, expected=nearly)))
    unknown = replace(glance.expected, cost_low=None, cost_high=None, window=None)
    assert said(*phrases_of(replace(glance, expected=unknown))).endswith("price not known")
    large = replace(glance.expected, input_tokens=30_000)
    assert "30.0k tokens, too many for 20.0k" in said(*phrases_of(replace(glance, expected=large)))


def test_what_stays_here_says_that_nothing_is_sent(
    repository: MakeRepository, look_at: LookAt
) -> None:
    glance = look_at(repository({"a.py": "x = 1\n"}))
    text = said(*phrases_of(glance))
    assert text.endswith("1 full · nothing is sent (embedded)")
    assert "$" not in text
    assert [part.name for part in parts_of(glance) if part.tokens] == [
        "repository, read here",
        "instructions and conversation",
    ]


def test_changes_are_counted() -> None:
    assert said(*changes_of(Changed())) == ""
    assert said(*changes_of(Changed(("a",), 12))) == "1 file changed, 12 tokens"
    assert said(*changes_of(Changed(("a", "b", "c"), 1_234))) == "3 files changed, 1.2k tokens"
