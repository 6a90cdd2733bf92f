"""Chunks of many servers -> one vocabulary."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.backends.answer import Answer
from repoctx.backends.base import BackendError, Context, Request
from repoctx.events import Notice, TextDelta, Usage


def request(tokens: int = 0) -> Request:
    return Request("", Context(lambda: iter(()), tokens, "o200k_base"), (), "")


def played(*chunks: Any) -> list[Any]:
    answer = Answer(request())
    events = [event for chunk in chunks for event in answer.take(chunk)]
    return [*events, *answer.end()]


def delta(text: Any) -> Any:
    return {"choices": [{"delta": {"content": text}}]}


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    ("chunk", "usage"),
    [
        ({"usage": {"prompt_tokens": 9, "cached_tokens": 4}}, Usage(9, 0, cached=4)),
        ({"choices": [{"usage": {"prompt_tokens": 9}}]}, Usage(9, 0)),
        ({"x_groq": {"usage": {"prompt_tokens": 9}}}, Usage(9, 0)),
        ({"usage": {"prompt_tokens": 9}, "timings": {"cache_n": 4}}, Usage(9, 0, cached=4)),
        (
            {
                "usage": {
                    "prompt_tokens": 9,
                    "cache_read_input_tokens": 4,
                    "cache_creation_input_tokens": 3,
                }
            },
            Usage(9, 0, cached=4, written=3),
        ),
        ({"usage": {"prompt_tokens": 2, "cached_tokens": 4}}, Usage(4, 0, cached=4)),
        (
            {
                "usage": {
                    "prompt_tokens": 9,
                    "cache_creation_input_tokens": 5,
                    "cache_creation": {"ephemeral_1h_input_tokens": 4},
                }
            },
            Usage(9, 0, written=5, written_1h=4),
        ),
    ],
    ids=[
        *("moonshot", "in the choice", "groq", "llama.cpp", "litellm", "without the cached"),
        "for an hour",
    ],
)
def test_usage_of_many_servers(chunk: Any, usage: Usage) -> None:
    assert played(chunk)[-1] == usage


def test_the_last_usage_counts() -> None:
    chunks = [{"usage": {"prompt_tokens": 9, "completion_tokens": n}} for n in (1, 2)]
    assert played(*chunks)[-1] == Usage(9, 2)


def test_text_parts_are_joined() -> None:
    assert text_of(played(delta([{"type": "text", "text": "a"}, {"text": "b"}, 3]))) == "ab"


def test_only_the_first_choice_is_taken() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "b"}}]}
    assert text_of(played(delta("a"), other)) == "a"


def test_a_character_in_two_halves_becomes_one() -> None:
    events = played(delta("a\ud83d"), delta("\ude00b"), delta("\udc00"))
    assert text_of(events) == "a\U0001f600b\ufffd"


def test_an_empty_answer_is_told() -> None:
    assert Notice("the model gave an empty answer") in played({})


def test_an_answer_without_end_is_an_error() -> None:
    with pytest.raises(BackendError, match="does not end"):
        played(*[delta("x" * (1 << 20))] * 20)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "usage", "prompt_tokens", "text", "message"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=200)
def test_a_chunk_of_any_shape_does_no_harm(chunk: Any) -> None:
    played(chunk)
