"""A person edits a hunk: what they leave alone keeps its bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.by_hand import editable, taken_back
from repoctx.patches.hunks import Hunk

TEXTS = st.text(st.sampled_from("ab \t\r\x1b\u202e\x00订\n"), max_size=60)


def _hunk(new: str) -> Hunk:
    lines = [line + "\n" for line in new.split("\n")[:-1]] + [new.rpartition("\n")[2]]
    return Hunk(1, 1, tuple(("+", line) for line in lines if line))


@given(TEXTS)
def test_what_is_left_alone_is_taken_back_as_it_was(new: str) -> None:
    hunk = _hunk(new)
    assert taken_back(hunk, editable(hunk)) == new


@given(TEXTS)
def test_an_editor_sees_nothing_that_a_terminal_obeys(new: str) -> None:
    assert not set(editable(_hunk(new))) & set("\r\x1b\u202e\x00")


def test_a_line_that_is_changed_ends_like_the_others() -> None:
    hunk = _hunk("one\r\ntwo\x1b[31m\r\nthree\r\n")
    edited = editable(hunk).replace("one", "ONE").replace("three\n", "three\nfour\n")
    assert taken_back(hunk, edited) == "ONE\r\ntwo\x1b[31m\r\nthree\r\nfour\r\n"


def test_an_edit_can_be_edited_again() -> None:
    hunk = _hunk("one\ntwo\n")
    first = taken_back(hunk, "one\nzwei\n")
    assert editable(hunk, first) == "one\nzwei\n"
    assert taken_back(hunk, "one\nzwei\ndrei\n", first) == "one\nzwei\ndrei\n"
    assert taken_back(hunk, "") == ""
