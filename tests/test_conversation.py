"""A conversation is kept between runs, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.backends.base import Image, Message
from repoctx.conversation import (
    KEPT,
    forget_conversation,
    last_conversation,
    list_conversations,
    load_conversation,
    save_conversation,
)
from repoctx.errors import UsageError

ID, OTHER = "0123456789abcdef", "fedcba9876543210"

images = st.lists(
    st.builds(Image, st.sampled_from(["image/png", "image/webp"]), st.binary(max_size=9)),
    max_size=2,
)
turns = st.lists(
    st.builds(
        Message,
        st.sampled_from(["user", "assistant"]),
        st.text(st.characters()),
        images.map(tuple),
    )
)


@given(turns)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_saved_is_loaded(tmp_path: Path, messages: list[Message]) -> None:
    save_conversation(tmp_path, ID, "why?", messages)
    assert load_conversation(tmp_path) == load_conversation(tmp_path, ID) == tuple(messages)


def test_with_nothing_to_continue_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no conversation"):
        load_conversation(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "other/1", "messages": []}'])
def test_a_damaged_conversation_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    save_conversation(tmp_path, ID, "why?", [])
    (tmp_path / "conversations" / ID / "turns.json").write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        load_conversation(tmp_path)
    assert list_conversations(tmp_path) == []


def test_conversations_are_listed_with_the_last_first(tmp_path: Path) -> None:
    for number, name in enumerate((ID, OTHER)):
        save_conversation(tmp_path, name, f"question {number}\nmore", [Message("user", "x")])
        os.utime(tmp_path / "conversations" / name / "turns.json", (number, number))
    listed = list_conversations(tmp_path)
    assert [(each.id, each.title, each.turns) for each in listed] == [
        (OTHER, "question 1", 1),
        (ID, "question 0", 1),
    ]
    assert last_conversation(tmp_path) == OTHER
    forget_conversation(tmp_path, OTHER)
    assert last_conversation(tmp_path) == ID


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        name = f"{number:016x}"
        save_conversation(tmp_path, name, "why?", [])
        os.utime(tmp_path / "conversations" / name / "turns.json", (number, number))
    assert {each.id for each in list_conversations(tmp_path)} == {
        f"{number:016x}" for number in range(2, KEPT + 2)
    }


@pytest.mark.parametrize("name", ["..", "../../x", "none", "/", "0123"])
def test_no_other_name_reaches_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "keep").write_text("x")
    with pytest.raises(UsageError, match="no conversation"):
        load_conversation(tmp_path, name)
    forget_conversation(tmp_path / "conversations", name)
    assert (tmp_path / "keep").exists()
