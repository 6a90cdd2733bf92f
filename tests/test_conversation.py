"""A conversation is kept between runs, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.backends.base import Image, Message
from repoctx.conversation import load_conversation, save_conversation
from repoctx.errors import UsageError

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
    save_conversation(tmp_path, messages)
    assert load_conversation(tmp_path) == tuple(messages)


def test_with_nothing_to_continue_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no conversation"):
        load_conversation(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "other/1", "messages": []}'])
def test_a_damaged_conversation_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "conversation.json").write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        load_conversation(tmp_path)
