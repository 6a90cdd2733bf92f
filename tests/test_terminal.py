"""No text of a repository or a model can steer a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.terminal import counted, one_line, printable


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_printed_holds_no_control_or_invisible_character(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    unsafe = [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n"]
    bidi = [c for c in shown if unicodedata.bidirectional(c) in ("LRO", "RLO", "LRE", "RLE", "PDF")]
    assert unsafe + bidi == []
    assert "\n" not in one_line(text)


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs"))))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\rb", "a\\x0db"),
        ("abc\u202edef", "abc\\u202edef"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        (b"\xff.py".decode("utf-8", "surrogateescape"), "\\xff.py"),
        ("\U000e0041", "\\U000e0041"),
        ("汉字 naïve é", "汉字 naïve é"),
    ],
)
def test_unsafe_characters_are_named(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_what_is_counted_is_in_the_singular_or_the_plural() -> None:
    assert [counted(n, "update") for n in (0, 1, 2000)] == [
        "0 updates",
        "1 update",
        "2,000 updates",
    ]
