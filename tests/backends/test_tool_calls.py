"""Tool calls against real servers: whatever pieces they come in, they are edits or problems."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.conversation import load_conversation
from repoctx.events import Conflict, Estimated, Event, Failed, Finished, Notice
from repoctx.prompt import guide
from repoctx.session import Question, accept_all, open_session
from tests.backends.calling import (
    DIALECTS,
    EDIT,
    FILES,
    GOOD,
    NEW,
    TEXT,
    E,
    N,
    calls,
    chunk,
    events_of,
    message_events,
    piece,
    text_of,
)

Make = Callable[..., Path]


def open_at(root: Path, server: Any, backend: str = "openai", **more: Any) -> Any:
    given = {"backend": backend, "model": "m", "base_url": server.url, "retries": 0}
    return open_session(root, **{**given, "reply_format": "tool_calls", "rounds": 1, **more})


def asked(session: Any) -> list[Event]:
    return list(session.ask(Question("mend add", review=accept_all)))


def assert_applied(root: Path, events: list[Event]) -> None:
    assert isinstance(events[-1], Finished), events[-1]
    assert events[-1].status == "applied", events
    assert (root / "calc.py").read_text() == "def add(a, b):\n    return a + b\n"
    assert (root / "new.py").read_text() == NEW["content"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_two_calls_after_a_text_are_applied_in_every_dialect(
    repository: Make, server: Any, answering: Any, dialect: str
) -> None:
    root = repository(FILES)
    server.answers = [answering(body=events_of(DIALECTS[dialect]), piece=7)]
    events = asked(open_at(root, server))
    assert_applied(root, events)
    assert text_of(events).startswith(TEXT + "\n```json\n{")


def test_an_old_function_call_and_a_whole_message_are_read_too(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository(FILES)
    older = [chunk({"function_call": {"name": "edit", "arguments": E[0]}})]
    older += [chunk({"function_call": {"arguments": E[1]}})]
    message = {"content": None, "tool_calls": [piece("write_file", json.dumps(NEW), id="c")]}
    whole = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    server.answers = [
        answering(body=events_of(older, "function_call")),
        answering(body=json.dumps(whole).encode()),
    ]
    session = open_at(root, server)
    asked(session)
    assert_applied(root, asked(session))


def test_calls_of_the_messages_api_are_applied_in_the_order_of_its_blocks(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository(FILES)
    moved = ("rename_file", [json.dumps({"path": "old.py", "new_path": "sub/old.py"})])
    body = message_events("First.", ("edit", E), "Then.", ("write_file", list("".join(N))), moved)
    server.answers = [answering(body=body, piece=11)]
    events = asked(open_at(root, server, "anthropic"))
    assert_applied(root, events)
    assert (root / "sub/old.py").read_text() == "x = 1\n"
    assert not (root / "old.py").exists()
    text = text_of(events)
    assert text.index("First.") < text.index("calc.py") < text.index("Then.") < text.index("new.py")


def test_a_whole_message_of_the_messages_api_is_read_too(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository(FILES)
    blocks = [
        {"type": "text", "text": "So."},
        {"type": "tool_use", "id": "t1", "name": "edit", "input": EDIT},
        {"type": "tool_use", "id": "t2", "name": "write_file", "input": NEW},
    ]
    whole = {"type": "message", "content": blocks, "stop_reason": "tool_use", "usage": {}}
    server.answers = [answering(body=json.dumps(whole).encode())]
    assert_applied(root, asked(open_at(root, server, "anthropic")))


CUT = {
    "openai": events_of(DIALECTS["in turn"][:-1], "length"),
    "anthropic": message_events(
        TEXT, ("edit", E), ("write_file", N[:1]), reason="max_tokens", stop_last=False
    ),
    "anthropic, with its end": None,
    "openai, closed by the server": events_of(DIALECTS["in turn"], "length"),
}
CUT["anthropic, with its end"] = message_events(
    TEXT, ("edit", E), ("write_file", N[:1]), reason="max_tokens"
)


@pytest.mark.parametrize("case", CUT)
def test_a_call_that_the_limit_cuts_leaves_every_file_alone_and_is_told_the_model(
    repository: Make, server: Any, answering: Any, case: str
) -> None:
    root, backend = repository(FILES), case.partition(",")[0]
    server.answers = [answering(body=CUT[case]), answering(body=GOOD[backend])]
    session = open_at(root, server, backend)
    events = asked(session)
    assert isinstance(events[-1], Finished)
    assert events[-1].status == "conflict"
    assert {path.name: path.read_text() for path in root.glob("*.py")} == FILES
    assert any(isinstance(event, Notice) and "cut short" in event.message for event in events)
    assert [e for e in events if isinstance(e, Conflict) and "ends within it" in e.reason]

    server.answers = [answering(body=CUT[case]), answering(body=GOOD[backend])]
    assert_applied(root, asked(open_at(root, server, backend, rounds=2)))
    first, second = (seen.json for seen in server.requests[-2:])
    assert first["tools"] == second["tools"]
    turns = [turn for turn in second["messages"] if turn["role"] != "system"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert "ends within it" in json.dumps(turns[2]["content"])
    assert isinstance(turns[1]["content"], str)
    for turn in turns:
        parts = turn["content"]
        assert set(turn) == {"role", "content"}
        assert isinstance(parts, str) or {part["type"] for part in parts} == {"text"}


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("bash", '{"command": "ls"}', "there is no such tool"),
        ("write_file", '{"path": "b.py", "content": 1}', "content must be a string"),
        ("write_file", '{"path": "b.py", "conte', "no JSON object"),
        ("edit", "", "no JSON object"),
    ],
)
@pytest.mark.parametrize("backend", ["openai", "anthropic"])
def test_a_call_that_makes_no_sense_is_told_and_the_good_ones_wait(
    repository: Make,
    server: Any,
    answering: Any,
    backend: str,
    name: str,
    arguments: str,
    reason: str,
) -> None:
    root = repository(FILES)
    bodies = {
        "openai": events_of([calls(piece("edit", EDIT, id="a"), piece(name, arguments, id="b"))]),
        "anthropic": message_events(("edit", E), (name, [arguments])),
    }
    server.answers = [answering(body=bodies[backend])]
    session = open_at(root, server, backend)
    events = asked(session)
    assert {path.name: path.read_text() for path in root.glob("*.py")} == FILES
    (told,) = [event for event in events if isinstance(event, Conflict)]
    assert reason in told.reason
    assert name in told.reason
    assert load_conversation(session.project.state)[-1].content == text_of(events)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "registry.ollama.ai/library/m does not support tools"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice to be set'),
        (404, "No endpoints found that support tool use."),
        (500, "tools param requires --jinja flag"),
        (400, "Unrecognized request argument supplied: tools"),
        (422, "functions are not supported"),
    ],
)
def test_a_server_that_takes_no_tools_is_one_line_with_the_way_out(
    repository: Make, server: Any, answering: Any, status: int, message: str
) -> None:
    root = repository(FILES)
    body = json.dumps({"error": {"message": message}}).encode()
    server.answers = [answering(status=status, body=body)]
    failed = asked(open_at(root, server, retries=3))[-1]
    assert isinstance(failed, Failed)
    assert message in failed.message
    assert "repoctx config reply_format search_replace" in failed.hint
    assert '[models."m"]' in failed.hint
    assert len(server.requests) == 1


def test_without_tools_no_hint_speaks_of_them(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository(FILES)
    body = json.dumps({"error": {"message": "bad tool"}}).encode()
    server.answers = [answering(status=400, body=body)]
    failed = asked(open_at(root, server, reply_format="auto"))[-1]
    assert isinstance(failed, Failed)
    assert "reply_format" not in failed.hint
    assert "tools" not in server.requests[0].json


def test_a_call_that_nobody_offered_is_no_empty_answer(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository(FILES)
    server.answers = [answering(body=GOOD["openai"])]
    assert_applied(root, asked(open_at(root, server, reply_format="search_replace")))


@pytest.mark.parametrize("backend", ["openai", "anthropic"])
@pytest.mark.parametrize("upload", ["length", "chunked"])
def test_the_tools_are_in_the_request_each_time_with_the_same_bytes(
    repository: Make, server: Any, answering: Any, backend: str, upload: str
) -> None:
    root = repository(FILES)
    server.answers = [answering(body=GOOD[backend])]
    session = open_at(root, server, backend, upload=upload)
    list(session.ask("one?"))
    list(session.ask("two?"))
    bodies = [seen.body for seen in server.requests]
    heads = [body[: body.index(b'"messages"')] for body in bodies]
    assert heads[0] == heads[1]
    tools = json.loads(bodies[0])["tools"]
    if backend == "openai":
        assert {tool["type"] for tool in tools} == {"function"}
        tools = [tool["function"] for tool in tools]
    else:
        system = json.loads(bodies[0])["system"]
        assert "cache_control" in system[0]
        assert heads[0].index(b'"tools"') < heads[0].index(b'"system"')
    assert [tool["name"] for tool in tools] == ["edit", "write_file", "delete_file", "rename_file"]
    schema = tools[0]["parameters" if backend == "openai" else "input_schema"]
    assert schema["required"] == ["path", "old_string", "new_string"]


def test_the_estimate_counts_the_tools_and_another_format_is_another_prefix(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({f"m{n}.py": f"value = {n}\n" * 90 for n in range(9)})
    server.answers = [answering(body=server.stream("fine"))]

    def expected(reply_format: str) -> Estimated:
        events = list(open_at(root, server, reply_format=reply_format).ask("what?"))
        return next(event for event in events if isinstance(event, Estimated))

    called, edits = expected("tool_calls"), expected("json_edits")
    assert edits.cached_tokens == 0
    assert expected("tool_calls").cached_tokens > 3_000
    with_tools, without = guide("tool_calls"), guide("json_edits")
    least = len("".join(tool.text for tool in with_tools.tools)) // 6
    longer = len(with_tools.instructions) - len(without.instructions)
    assert called.question_tokens - edits.question_tokens > least + longer // 6


@pytest.mark.parametrize("backend", ["exec", "embedded"])
def test_a_backend_without_tools_refuses_before_anything_runs(
    run: Any, repository: Make, tmp_path: Path, backend: str
) -> None:
    root, mark = repository(FILES), tmp_path / "ran"
    options = ("--backend", backend, "--command", f"touch {mark}", "--reply-format", "tool_calls")
    ran = run("ask", "x", *options, "--check", f"touch {mark}", cwd=root)
    assert ran.code == 2
    assert f"the backend {backend} takes no tool calls" in ran.err
    assert "--reply-format search_replace" in ran.err
    assert not mark.exists()


def test_a_recording_of_calls_is_text_and_plays_as_ever(
    repository: Make, server: Any, answering: Any, tmp_path: Path
) -> None:
    root, recording = repository(FILES), tmp_path / "replies.jsonl"
    server.answers = [answering(body=GOOD["openai"])]
    given = {"recording": str(recording)}
    recorded = list(open_at(root, server, "scripted", record="openai", **given).ask("mend add"))
    assert "tools" in server.requests[0].json
    events = asked(open_at(root, server, "scripted", **given))
    assert_applied(root, events)
    assert text_of(events) == text_of(recorded)


def test_the_prompt_that_can_be_seen_holds_the_tools(
    repository: Make, run: Any, tmp_path: Path
) -> None:
    seen = tmp_path / "prompt.txt"
    options = ("--model", "m", "--base-url", "http://127.0.0.1:9/v1")
    more = ("--reply-format", "tool_calls", "--prompt-to", str(seen))
    assert run("ask", "x", *options, *more, cwd=repository(FILES)).code == 0
    assert '# Tools\n\n{"name": "edit"' in seen.read_text()
