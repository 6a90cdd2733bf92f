"""Recorded replies, played and recorded."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import BackendError, BackendSettings, Cancellation
from repoctx.backends.registry import create_backend
from repoctx.backends.scripted import create
from repoctx.errors import CancelledError, UsageError
from repoctx.events import FirstToken, TextDelta, Usage


def play(path: Path, request: Any) -> list[Any]:
    return list(create(BackendSettings(path=path)).stream(request))


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.fixture
def recording(tmp_path: Path) -> Any:
    """A function that writes a recording of the given lines."""

    def write(*lines: Any) -> Path:
        path = tmp_path / "replies.jsonl"
        path.write_text("\n".join(map(json.dumps, lines)) + "\n")
        return path

    return write


def test_a_reply_comes_line_by_line(recording: Any, ask: Any) -> None:
    events = play(recording({"reply": "one\ntwo\n", "usage": {"input": 9, "output": 4}}), ask())
    assert events == [FirstToken(0.0), TextDelta("one\n"), TextDelta("two\n"), Usage(9, 4)]


def test_a_reply_comes_in_as_many_pieces_as_it_says(recording: Any, ask: Any) -> None:
    events = play(recording({"reply": "abcdefg", "chunks": 3}), ask())
    assert [e.text for e in events if isinstance(e, TextDelta)] == ["ab", "cd", "efg"]
    events = play(recording({"reply": "ab", "chunks": 10**12}), ask())
    assert [e.text for e in events if isinstance(e, TextDelta)] == ["a", "b"]


def test_each_question_of_a_conversation_gets_its_own_reply(recording: Any, ask: Any) -> None:
    path = recording({"reply": "first"}, {"reply": "second"})
    assert text_of(play(path, ask())) == "first"
    earlier = (("user", "What is it?"), ("assistant", "first"))
    assert text_of(play(path, ask("More?", earlier))) == "second"
    with pytest.raises(BackendError, match="holds 2 replies, and this is question 3") as caught:
        play(path, ask("More?", earlier * 2))
    assert caught.value.hint


def test_a_reply_is_not_played_to_another_question(recording: Any, ask: Any) -> None:
    path = recording({"reply": "ok", "expect": {"question_contains": "parser"}})
    assert text_of(play(path, ask("Fix the parser"))) == "ok"
    with pytest.raises(BackendError, match="with 'parser' in it"):
        play(path, ask("Fix the lexer"))


def test_a_text_file_is_one_reply(tmp_path: Path, ask: Any) -> None:
    (tmp_path / "reply.md").write_text("# Hello\n")
    assert text_of(play(tmp_path / "reply.md", ask())) == "# Hello\n"


def test_a_folder_is_a_reply_for_each_file_in_order(tmp_path: Path, ask: Any) -> None:
    (tmp_path / "2.md").write_text("second")
    (tmp_path / "1.md").write_text("first")
    assert text_of(play(tmp_path, ask())) == "first"
    assert text_of(play(tmp_path, ask("?", (("user", "?"), ("assistant", "!"))))) == "second"


def test_without_a_recorded_usage_our_own_counts_are_marked_as_such(
    recording: Any, ask: Any
) -> None:
    events = play(recording({"reply": "12345"}), ask("four", tokens=100))
    assert events[-1] == Usage(104, 2, reported=False)


@pytest.mark.parametrize(
    "line",
    ["no", "3", "{}", '{"reply": 3}', '{"reply": "", "chunks": 0}', '{"reply": "", "usage": 3}',
     '{"reply": "", "usage": {"input": "x"}}', '{"reply": "", "expect": 3}', "[" * 100_000],
)  # fmt: skip
def test_a_line_that_is_no_reply_is_named(tmp_path: Path, ask: Any, line: str) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text('{"reply": "ok"}\n' + line)
    with pytest.raises(BackendError, match=r"replies\.jsonl:2"):
        play(path, ask())


def test_a_recording_must_be_there(tmp_path: Path, ask: Any) -> None:
    with pytest.raises(UsageError, match="no recording"):
        create(BackendSettings())
    with pytest.raises(BackendError, match="cannot read"):
        play(tmp_path / "missing.jsonl", ask())


def test_cancelling_stops_the_play(recording: Any, ask: Any) -> None:
    cancellation = Cancellation()
    path = recording({"reply": "one\ntwo\n"})
    stream = create(BackendSettings(path=path)).stream(ask(cancellation=cancellation))
    assert [next(stream), next(stream)] == [FirstToken(0.0), TextDelta("one\n")]
    cancellation.throw()
    with pytest.raises(CancelledError):
        next(stream)


def test_what_is_recorded_can_be_played(server: Any, ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    settings = server.settings(path=path, record="openai")
    recorded = list(create_backend("scripted", settings).stream(ask()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    played = play(path, ask())
    assert text_of(played) == text_of(recorded) == "Hello, world."
    assert played[-1] == recorded[-1]


def test_a_recording_keeps_the_reported_usage_and_grows(
    server: Any, answering: Any, ask: Any, tmp_path: Path
) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    server.answers = [answering(server.stream("ok", usage=usage))]
    backend = create_backend(
        "scripted", server.settings(path=tmp_path / "new.jsonl", record="openai")
    )
    for _ in range(2):
        list(backend.stream(ask()))
    lines = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    reply = {"reply": "ok", "usage": {"input": 9, "output": 4, "cached": 0, "written": 0}}
    assert lines == [reply, reply]


def test_a_failed_answer_is_not_recorded(
    server: Any, answering: Any, ask: Any, tmp_path: Path
) -> None:
    server.answers = [answering(server.delta("half"), reset=True)]
    settings = server.settings(path=tmp_path / "new.jsonl", record="openai")
    with pytest.raises(BackendError):
        list(create_backend("scripted", settings).stream(ask()))
    assert (tmp_path / "new.jsonl").read_text() == ""


def test_a_recording_that_cannot_be_written_fails_before_anything_is_sent(
    server: Any, ask: Any, tmp_path: Path
) -> None:
    settings = server.settings(path=tmp_path / "no" / "new.jsonl", record="openai")
    with pytest.raises(BackendError, match="cannot write"):
        list(create_backend("scripted", settings).stream(ask()))
    assert not server.requests


@pytest.mark.parametrize(("name", "record"), [("a.txt", "exec"), ("a.jsonl", "scripted")])
def test_a_recording_that_makes_no_sense_is_refused(tmp_path: Path, name: str, record: str) -> None:
    with pytest.raises(UsageError):
        create(BackendSettings(path=tmp_path / name, record=record, command=("true",)))
