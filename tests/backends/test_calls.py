"""Any chunking of an answer with tool calls gives the same reply, and none of them is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from repoctx.backends.answer import Answer
from repoctx.backends.anthropic import MessagesAnswer
from repoctx.backends.base import BackendError, Context, Limits, Request
from repoctx.backends.calls import Call, Writing
from repoctx.backends.messages import own_count
from repoctx.backends.wire import AnswerReader
from repoctx.events import Event
from repoctx.patches.reply import parse_reply
from repoctx.prompt import guide
from tests.backends.calling import (
    EDIT,
    GOOD,
    NEW,
    TEXT,
    calls,
    chunk,
    events_of,
    message_events,
    piece,
    text_of,
)


def request(**more: Any) -> Request:
    return Request("", Context(lambda: iter(()), 0, "o200k_base"), (), "", **more)


def test_tools_count_in_our_own_count() -> None:
    plain = request()
    assert own_count(replace(plain, tools=guide("tool_calls").tools)) > own_count(plain) + 200


def test_calls_without_end_are_an_error_and_so_is_a_call_that_nobody_would_see() -> None:
    answer = Answer(request(limits=Limits(10)))
    with pytest.raises(BackendError, match="do not end"):
        list(answer.take(calls(piece("edit", "x" * 200))))
    hiding = Answer(request())
    shown = [
        chunk({"content": "```diff\nx\n````markdown\n```python\n"}),
        calls(piece("edit", EDIT)),
    ]
    for one in shown:
        list(hiding.take(one))
    with pytest.raises(BackendError, match="does not end"):
        list(hiding.end())


def played(body: bytes, sizes: list[int], answer: Answer) -> str:
    """The reply's text when the body comes in pieces of these sizes, again and again."""

    def events() -> Iterator[Event]:
        reader, at, number = AnswerReader(), 0, 0
        while at < len(body):
            size = sizes[number % len(sizes)]
            for value in reader.feed(body[at : at + size]):
                yield from answer.take(value)
            at, number = at + size, number + 1
        for value in reader.finish():
            yield from answer.take(value)
        yield from answer.end()

    return text_of(list(events()))


@pytest.mark.parametrize("backend", GOOD)
def test_an_answer_that_ends_anywhere_is_whole_or_known_to_be_cut(backend: str) -> None:
    body, kind = GOOD[backend], {"openai": Answer, "anthropic": MessagesAnswer}[backend]
    whole = played(body, [1 << 20], kind(request()))
    for end in range(0, len(body), 3):
        answer, reader = kind(request()), AnswerReader()
        values = [*reader.feed(body[:end]), *reader.finish()]
        events = [event for value in values for event in answer.take(value)]
        if answer.complete or reader.done:
            assert text_of([*events, *answer.end()]) == whole
        else:
            assert whole.startswith(text_of(events))


SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=8)
CALLED = st.lists(
    st.tuples(
        st.sampled_from(["edit", "write_file", "delete_file", "shell"]),
        st.sampled_from([EDIT, NEW, {"path": ""}]).map(json.dumps) | st.text(max_size=12),
    ),
    min_size=1,
    max_size=3,
)


def cut_up(text: str, sizes: list[int]) -> list[str]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    return [*pieces, text[at:]]


@given(CALLED, SIZES, SIZES)
@settings(max_examples=100)
def test_any_chunking_of_calls_gives_the_same_reply(
    called: list[tuple[str, str]], cuts: list[int], sizes: list[int]
) -> None:
    whole = [
        calls(*(piece(name, text, index=n, id=f"c{n}") for n, (name, text) in enumerate(called)))
    ]
    parts = [calls(piece(name, "", index=n, id=f"c{n}")) for n, (name, _) in enumerate(called)]
    for n, (_, text) in enumerate(called):
        parts += [calls(piece(None, part, index=n)) for part in cut_up(text, cuts)]
    expected = played(events_of(whole), [1 << 20], Answer(request()))
    assert played(events_of(parts), sizes, Answer(request())) == expected
    reply = parse_reply(expected)
    assert len(reply.edits) + len(reply.problems) == len(called)

    blocks = message_events(TEXT, *((name, [text]) for name, text in called))
    cut = message_events(TEXT, *((name, cut_up(text, cuts)) for name, text in called))
    once = played(blocks, [1 << 20], MessagesAnswer(request()))
    assert played(cut, sizes, MessagesAnswer(request())) == once
    reply = parse_reply(once)
    assert len(reply.edits) + len(reply.problems) == len(called)


LINES = st.sampled_from(
    [
        "```",
        "````",
        "~~~~",
        "```python",
        "````markdown",
        "~~~text",
        "</think>",
        "<think>",
        "<thinking>",
        "words",
        "src/a.py",
        "a.md",
        "*** Begin Patch",
        "*** Update File: a.py",
        "-x",
        "*** End Patch",
        "<<<<<<< SEARCH",
        "=======",
        "--- a/a.py",
        "+++ b/a.py",
        "@@ -1 +1 @@",
        "```diff",
        '{"file_path": "a.py",',
        "[",
        "  ```json",
        "",
    ]
)


@given(st.lists(LINES, max_size=8), st.booleans(), st.lists(st.integers(1, 9), max_size=9))
@settings(max_examples=500)
@example(["````markdown", "```python", "words"], False, [])
@example(["<think>", "words"], True, [])
def test_no_text_before_a_call_hides_it_without_an_error(
    lines: list[str], ended: bool, sizes: list[int]
) -> None:
    text = "\n".join(lines) + ("\n" if lines and ended else "")
    writing = Writing()
    for piece_of_it in cut_up(text, sizes):
        writing.see(piece_of_it)
    call = Call("write_file", pieces=['{"path": "called.py", "content": "called"}'])
    reply = parse_reply(text + writing.block(call, is_cut=False))
    told = "".join(f"{e.path}{e.content}{e.replacements}" for e in reply.edits)
    try:
        writing.check()
    except BackendError:
        assert "called" in reply.prose
    else:
        assert "called" in told or reply.problems
