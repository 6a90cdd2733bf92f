"""What a model is sent."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.backends.base import BackendError, Context, Image, Message, Request
from repoctx.backends.body import kept_segments, spooled
from repoctx.backends.messages import chat_messages, plain_prompt

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
    assert chat(two).startswith(chat(one).removesuffix(b"]"))


@given(st.lists(st.text(max_size=9), max_size=3), st.text(max_size=9))
def test_the_messages_are_json_that_says_the_same(context: list[str], question: str) -> None:
    messages = json.loads(chat(request(context, [], question)))
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[1]["content"] == "".join(context) + "\n" + question


@given(st.lists(st.binary(max_size=70_000), min_size=1, max_size=2), TEXTS)
def test_a_turn_with_images_is_text_and_then_images(pictures: list[bytes], text: str) -> None:
    images = tuple(Image("image/png", picture) for picture in pictures)
    first = replace(request(["c"], [], text), images=images)
    two = replace(
        request(["c"], [], "q2"),
        messages=(Message("user", text, images), Message("assistant", "a")),
    )
    assert chat(two).startswith(chat(first).removesuffix(b"]"))
    content = json.loads(chat(first))[1]["content"]
    assert content[0] == {"type": "text", "text": "c\n" + text}
    urls = [part["image_url"]["url"] for part in content[1:]]
    assert urls == ["data:image/png;base64," + b64encode(each).decode() for each in pictures]


def test_roles_alternate() -> None:
    two = json.loads(chat(request(["c"], ["q", "a"], "q2")))
    assert [turn["role"] for turn in two] == ["system", "user", "assistant", "user"]
    with pytest.raises(BackendError, match="do not alternate"):
        chat(request([], ["q"], "q2"))


def test_a_spooled_prompt_can_be_stopped() -> None:
    def stop() -> None:
        raise BackendError("stopped")

    with pytest.raises(BackendError, match="stopped"), spooled([b"x"], stop):
        pass


def chat(asked: Request) -> bytes:
    """The messages of a chat completion; their parts say how long they are."""
    with kept_segments(asked.context, lambda: None) as segments:
        parts = list(chat_messages(asked, segments))
        content = b"".join(piece for part in parts for piece in part.pieces())
    assert len(content) == sum(part.size for part in parts)
    return content


def joined(pieces: Any) -> bytes:
    return b"".join(pieces)
