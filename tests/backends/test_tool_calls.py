"""Tool calls against real servers: whatever pieces they come in, they are edits or problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
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
from repoctx.conversation import load_conversation
from repoctx.events import Conflict, Estimated, Event, Failed, Finished, Notice, TextDelta
from repoctx.patches.reply import parse_reply
from repoctx.prompt import guide
from repoctx.session import Question, accept_all, open_session

Make = Callable[..., Path]

FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "old.py": "x = 1\n"}
EDIT = {"path": "calc.py", "old_string": "a - b", "new_string": "a + b"}
NEW = {"path": "new.py", "content": 'say("```")\n'}
TEXT = "I mend it:\n```python\nreturn a + b\n```\nSo."


def chunk(delta: Any, **more: Any) -> Any:
    return {"choices": [{"index": 0, "delta": delta, **more}]}


def piece(name: str | None = None, arguments: Any = None, **more: Any) -> Any:
    function = {"name": name, "arguments": arguments}
    return {**more, "function": {k: v for k, v in function.items() if v is not None}}


def calls(*pieces: Any) -> Any:
    return chunk({"tool_calls": list(pieces)})


def halves(value: Any) -> tuple[str, str]:
    text = json.dumps(value)
    return text[:17], text[17:]


E, N = halves(EDIT), halves(NEW)
DIALECTS: dict[str, list[Any]] = {
    "in turn": [
        calls(piece("edit", "", index=0, id="c1", type="function")),
        *(calls(piece(None, part, index=0)) for part in E),
        calls(piece("write_file", "", index=1, id="c2", type="function")),
        *(calls(piece(None, part, index=1)) for part in N),
    ],
    "interleaved": [
        calls(piece("edit", E[0], index=0, id="c1"), piece("write_file", N[0], index=1, id="c2")),
        calls(piece(None, N[1], index=1), piece(None, E[1], index=0)),
    ],
    "each character alone": [
        calls(piece("edit", "", index=0, id="c1")),
        calls(piece("write_file", "", index=1, id="c2")),
        *(calls(piece(None, letter, index=0)) for letter in "".join(E)),
        *(calls(piece(None, letter, index=1)) for letter in "".join(N)),
    ],
    "all at once": [
        calls(
            piece("edit", json.dumps(EDIT), index=0), piece("write_file", json.dumps(NEW), index=1)
        )
    ],
    "without index or id": [
        calls(piece("edit", E[0])),
        calls(piece(None, E[1])),
        calls(piece("write_file", json.dumps(NEW))),
    ],
    "ids without index": [
        calls(piece("edit", E[0], id="c1")),
        calls(piece("write_file", N[0], id="c2")),
        calls(piece(None, E[1], id="c1")),
        calls(piece(None, N[1], id="c2")),
    ],
    "always index 0": [
        calls(piece("edit", json.dumps(EDIT), index=0, id="c1")),
        calls(piece("write_file", json.dumps(NEW), index=0, id="c2")),
    ],
    "always index 0 without id": [
        calls(piece("edit", json.dumps(EDIT), index=0)),
        calls(piece("write_file", json.dumps(NEW), index=0)),
    ],
    "an id for each piece": [
        calls(piece("edit", E[0], index=0, id="x1")),
        calls(piece(None, E[1], index=0, id="x2")),
        calls(piece("write_file", N[0], index=1, id="x3")),
        calls(piece(None, N[1], index=1, id="x4")),
    ],
    "the name in each piece": [
        calls(piece("edit", E[0], index=0, id="c1")),
        calls(piece("edit", E[1], index=0, id="c1")),
        calls(piece("edit", "", index=0, id="c1")),
        calls(piece("write_file", N[0], index=1, id="c2")),
        calls(piece("write_file", N[1], index=1, id="c2")),
    ],
    "objects": [calls(piece("edit", EDIT, index=0), piece("write_file", NEW, index=1))],
}


def events_of(chunks: list[Any], finish: str = "tool_calls") -> bytes:
    ended = [chunk({"content": TEXT}), *chunks, chunk({}, finish_reason=finish)]
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in ended) + (
        b"data: [DONE]\n\n"
    )


def message_events(*blocks: Any, reason: str = "tool_use", stop_last: bool = True) -> bytes:
    """Blocks are texts, or (name, pieces of arguments)."""
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"usage": {}}}]
    for index, block in enumerate(blocks):
        if isinstance(block, str):
            begun: dict[str, Any] = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": block}]
        else:
            begun = {"type": "tool_use", "id": f"toolu_{index}", "name": block[0], "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in block[1]]
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += (
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        )
        if stop_last or index < len(blocks) - 1:
            events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {}})
    events.append({"type": "message_stop"})
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


def open_at(root: Path, server: Any, backend: str = "openai", **more: Any) -> Any:
    given = {"backend": backend, "model": "m", "base_url": server.url, "retries": 0}
    return open_session(root, **{**given, "reply_format": "tool_calls", "rounds": 1, **more})


def asked(session: Any) -> list[Event]:
    return list(session.ask(Question("mend add", review=accept_all)))


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


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
GOOD = {
    "openai": events_of(DIALECTS["interleaved"]),
    "anthropic": message_events(("edit", E), ("write_file", N)),
}


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
