"""What a model is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.backends.base import BackendError, Context, Message, Request
from repoctx.backends.messages import chat_messages, plain_prompt, spooled, turns

TEXTS = st.text(max_size=20)


def request(context: list[str], words: list[str], question: str) -> Request:
    roles = ("user", "assistant")
    return Request(
        "Be brief.",
        Context(lambda: iter(context), 0, "o200k_base"),
        tuple(Message(roles[n % 2], text) for n, text in enumerate(words)),  # type: ignore[arg-type]
        question,
    )


@given(st.lists(TEXTS, max_size=3), TEXTS, TEXTS, TEXTS)
def test_each_prompt_is_a_prefix_of_the_next_one(
    context: list[str], first: str, reply: str, second: str
) -> None:
    one, two = request(context, [], first), request(context, [first, reply], second)
    assert joined(plain_prompt(two)).startswith(joined(plain_prompt(one)))
    assert joined(chat_messages(two)).startswith(joined(chat_messages(one)).removesuffix(b"]"))


@given(st.lists(st.text(max_size=9), max_size=3), st.text(max_size=9))
def test_the_messages_are_json_that_says_the_same(context: list[str], question: str) -> None:
    messages = json.loads(joined(chat_messages(request(context, [], question))))
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[1]["content"] == "".join(context) + "\n" + question


def test_roles_alternate() -> None:
    two = request(["c"], ["q", "a"], "q2")
    assert [role for role, _ in turns(two)] == ["system", "user", "assistant", "user"]
    with pytest.raises(BackendError, match="do not alternate"):
        list(chat_messages(request([], ["q"], "q2")))


def test_a_spooled_prompt_can_be_stopped() -> None:
    def stop() -> None:
        raise BackendError("stopped")

    with pytest.raises(BackendError, match="stopped"), spooled([b"x"], stop):
        pass


def joined(pieces: Any) -> bytes:
    return b"".join(pieces)
