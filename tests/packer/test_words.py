"""Words: identifiers fall apart in text and question alike, and no question is syntax."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.bm25 import add_row, best_rows, create_table
from repoctx.packer.words import joined, parse_query, spaced


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("getValue", "get Value"),
        ("HTTPServer", "HTTP Server"),
        ("parseURL2", "parse URL 2"),
        ("sha256", "sha 256"),
        ("HTTP2", "HTTP 2"),
        ("iter_bytes", "iter_bytes"),  # SQLite's tokenizer breaks at the underscore
        ("plain words", "plain words"),
        ("检索word", " 检  索 word"),
    ],
)
def test_an_identifier_falls_apart_into_its_words(text: str, words: str) -> None:
    assert spaced(text) == words


def test_every_spelling_of_a_name_joins_to_the_same() -> None:
    assert {joined(n) for n in ("iterBytes", "iter_bytes", "ITER_BYTES")} == {"iterbytes"}


def test_an_identifier_is_asked_as_a_phrase_and_by_its_words() -> None:
    query = parse_query("where is getValue")
    assert query.terms == ('"get value"', '"getvalue"', '"value"')  # "get" is a common word
    assert query.names == ('"getvalue"',)


def test_neighbours_of_a_long_compound_are_phrases() -> None:
    assert '"2 32"' in parse_query("release v2.32.5").terms
    assert {'"检 索"', '"索 文"'} <= set(parse_query("检索文").terms)


def test_common_words_count_only_when_there_is_nothing_else() -> None:
    assert parse_query("how is the session used").terms == ('"session"',)
    assert parse_query("what is it").terms == ('"what"', '"is"', '"it"')


@pytest.mark.parametrize("text", ["", "  \n", "?!", "***", '""'])
def test_a_question_without_words_has_no_terms(text: str) -> None:
    assert parse_query(text).terms == ()


def test_a_pasted_log_is_cut_to_a_bounded_question() -> None:
    assert len(parse_query(" ".join(f"word{n}x" for n in range(5000))).terms) <= 200


@given(st.text() | st.from_regex(r'["()*:^{}\-+ANDORNEAR a-z]{0,40}', fullmatch=True))
def test_no_question_is_syntax(text: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create_table(connection, "t")
    add_row(connection, "t", 1, "near and or not column words")
    query = parse_query(text)
    best_rows(connection, "t", query.terms + query.names, 10)  # raises nothing
