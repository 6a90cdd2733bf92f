"""Bytes of an answer in pieces of any size."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.backends.answer import Answer
from repoctx.backends.base import BackendError
from repoctx.backends.wire import AnswerReader
from repoctx.events import TextDelta

STREAM = (
    b'\xef\xbb\xbf: hello\r\n\r\nevent: message\ndata: {"a":\r\ndata: "\xc3\xa9"}\r\n\r\n'
    b'id: 3\ndata:{"b": 2}\r\rdata: {"c": 3}\n\ndata: [DONE]\n\ndata: {"d": 4}\n\n'
)
VALUES = [{"a": "é"}, {"b": 2}, {"c": 3}]


def read(pieces: list[bytes]) -> list[Any]:
    reader = AnswerReader()
    return [value for piece in pieces for value in reader.feed(piece)] + reader.finish()


@given(st.lists(st.integers(0, len(STREAM))))
def test_pieces_of_any_size_give_the_same_values(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert read([STREAM[a:b] for a, b in pairwise(edges)]) == VALUES


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_an_error(content: bytes) -> None:
    with suppress(BackendError):
        read([content])


def test_a_whole_object_is_one_value() -> None:
    assert read([b' {"a"', b": 1}\n"]) == [{"a": 1}]


def test_a_line_without_an_end_is_read_in_linear_time() -> None:
    with pytest.raises(BackendError, match="too large"):
        read([b"data: "] + [b"x" * 1024] * (9 << 10))


def test_cut_at_any_byte_an_answer_is_whole_or_known_to_be_cut(server: Any, ask: Any) -> None:
    body = server.stream("é1", "\U0001f600", usage={"prompt_tokens": 3})
    for cut in range(len(body) + 1):
        answer, reader = Answer(ask()), AnswerReader()
        chunks = reader.feed(body[:cut]) + reader.finish()
        events = [event for chunk in chunks for event in answer.take(chunk)]
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert "é1\U0001f600".startswith(text)
        assert (text == "é1\U0001f600") or not (answer.complete or reader.done)


def test_bytes_that_are_no_text_are_an_error_and_no_answer() -> None:
    reader = AnswerReader()
    with pytest.raises(BackendError, match="no JSON"):
        reader.feed(b'data: {"text": "caf\xe9"}\n\n')
