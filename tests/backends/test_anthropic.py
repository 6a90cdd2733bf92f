"""The Messages API against a real server of its own: what is sent, what comes back, what fails."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.anthropic import AnthropicBackend, MessagesAnswer, create
from repoctx.backends.base import (
    BackendError,
    BackendSettings,
    Cancellation,
    Image,
    Limits,
    Request,
    Segment,
)
from repoctx.backends.endpoint import anthropic_endpoint
from repoctx.backends.registry import create_backend
from repoctx.backends.wire import AnswerReader
from repoctx.config import backend_settings, load_settings
from repoctx.errors import CancelledError, RefusedError, UsageError
from repoctx.events import Estimated, Finished, FirstToken, Notice, Progress, TextDelta, Usage
from repoctx.sending import destination_of
from repoctx.session import open_session
from tests.waiting import PATIENCE, soon

KEY = "sk-ant-secret-0123456789"
USAGE = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 40,
    "cache_read_input_tokens": 900,
    "output_tokens": 1,
}


def event(kind: str, **fields: Any) -> bytes:
    value = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {value}\n\n".encode()


def recorded(*texts: str, reason: str = "end_turn") -> bytes:
    """A streamed answer as the API sends it, thinking, pings and all."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "usage": USAGE}
    deltas = [
        event("content_block_delta", index=1, delta={"type": "text_delta", "text": text})
        for text in texts
    ]
    thought = {"type": "thinking_delta", "thinking": "Hm."}
    signed = {"type": "signature_delta", "signature": "EqQBCg=="}
    ended = {"stop_reason": reason, "stop_sequence": None}
    return b"".join(
        [
            event("message_start", message=message),
            event("content_block_start", index=0, content_block={"type": "thinking"}),
            event("ping"),
            event("content_block_delta", index=0, delta=thought),
            event("content_block_delta", index=0, delta=signed),
            event("content_block_stop", index=0),
            event("content_block_start", index=1, content_block={"type": "text", "text": ""}),
            *deltas,
            event("content_block_stop", index=1),
            event("message_delta", delta=ended, usage={"output_tokens": 15}),
            event("message_stop"),
        ]
    )


def refusal(kind: str, message: str) -> bytes:
    error = {"type": kind, "message": message}
    return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


class MessagesServer:
    """Answers /v1/messages with ``answers`` (status, headers, body) in order, the last again."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = [(200, {}, recorded("Hello."))]
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hang = False
        """After the body, wait for the client to go."""
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def backend(self, **changes: Any) -> AnthropicBackend:
        given = {"model": "claude-sonnet-5-5", "api_key": KEY, "timeout": PATIENCE, "retries": 0}
        settings = BackendSettings(**{**given, "base_url": self.url, **changes})
        return AnthropicBackend(settings, anthropic_endpoint(self.url), pause=0.005)

    def body(self, number: int = 0) -> Any:
        return json.loads(self.requests[number][2])


def _handler(server: MessagesServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): text for name, text in self.headers.items()}
            server.requests.append((self.path, headers, body))
            answers = server.answers
            status, more, content = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, text in ({"Content-Type": "text/event-stream"} | more).items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            if server.hang:
                self.connection.settimeout(PATIENCE)
                with suppress(OSError):
                    self.connection.recv(1)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def messages() -> Iterator[MessagesServer]:
    running = MessagesServer()
    yield running
    running.http.shutdown()
    running.http.server_close()


def segment(text: str) -> Segment:
    content = json.dumps(text, ensure_ascii=False)[1:-1].encode()
    return Segment(lambda: iter((text,)), lambda: iter((content,)), len(content), len(text))


def segmented(request: Request, *texts: str) -> Request:
    segments = tuple(map(segment, texts))
    return replace(request, context=replace(request.context, segments=segments, key="k"))


def text_of(events: list[Any]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def failure_of(backend: AnthropicBackend, request: Request) -> BackendError:
    with pytest.raises(BackendError) as caught:
        list(backend.stream(request))
    return caught.value


# What is sent


def test_four_marks_stand_after_instructions_base_last_update_and_conversation(
    messages: MessagesServer, ask: Any
) -> None:
    turns = (("user", "One?"), ("assistant", "1."))
    list(messages.backend().stream(segmented(ask("Two?", turns), "<é>\n", "up 1", "up 2")))
    path, _, body = messages.requests[0]
    assert path == "/v1/messages"
    mark = '"cache_control":{"type": "ephemeral"}'
    assert body.decode() == (
        '{"model": "claude-sonnet-5-5", "max_tokens": 32000, "stream": true, '
        '"system": [{"type": "text", "text": "Be brief.", '
        '"cache_control": {"type": "ephemeral"}}], "messages": ['
        '{"role":"user","content":[{"type":"text","text":"<é>\\n",' + mark + "},"
        '{"type":"text","text":"up 1"},{"type":"text","text":"up 2",' + mark + "},"
        '{"type":"text","text":"\\nOne?"}]},'
        '{"role":"assistant","content":"1."},'
        '{"role":"user","content":[{"type":"text","text":"Two?",' + mark + "}]}]}"
    )


def test_an_hour_is_asked_for_where_it_is_set(messages: MessagesServer, ask: Any) -> None:
    list(messages.backend(cache_lifetime="1h").stream(segmented(ask(), "base")))
    mark = {"type": "ephemeral", "ttl": "1h"}
    body = messages.body()
    blocks = [*body["system"], *body["messages"][0]["content"]]
    assert [block["cache_control"] for block in blocks] == [mark] * 3


def test_images_follow_the_text_of_their_turn(messages: MessagesServer, ask: Any) -> None:
    image = Image("image/png", b"\x89PNG")
    request = segmented(ask("Two?", (("user", "One?"), ("assistant", "1."))), "base")
    first, answer = request.messages
    request = replace(request, messages=(replace(first, images=(image,)), answer), images=(image,))
    list(messages.backend().stream(request))
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    turns = messages.body()["messages"]
    assert [turn["content"][-1] for turn in turns[::2]] == [{"type": "image", "source": source}] * 2
    assert [block["type"] for block in turns[0]["content"]] == ["text", "text", "image"]
    assert "cache_control" in turns[2]["content"][0]


def test_no_empty_block_is_sent(messages: MessagesServer, ask: Any) -> None:
    list(messages.backend().stream(segmented(ask("Why?"), "base", "")))
    assert [b["text"] for b in messages.body()["messages"][0]["content"]] == ["base", "\nWhy?"]


def test_only_the_named_headers_are_sent_and_nothing_of_the_environment(
    messages: MessagesServer, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "AUTH_TOKEN", "BASE_URL", "PROFILE"):
        monkeypatch.setenv(f"ANTHROPIC_{name}", "http://leaked.invalid")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Leaked: leaked\nx-api-key: leaked")
    list(messages.backend().stream(ask()))
    _, headers, body = messages.requests[0]
    assert "leaked" not in repr(headers)
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["content-length"] == str(len(body))
    assert set(headers) == {
        *("host", "content-type", "content-length", "accept", "accept-encoding", "user-agent"),
        *("x-api-key", "anthropic-version"),
    }


def test_a_request_larger_than_the_api_takes_is_refused_before_it_is_sent(
    messages: MessagesServer, ask: Any
) -> None:
    request = ask(context=("é" * (1 << 19),) * 33, tokens=11_000_000)
    with pytest.raises(RefusedError, match=r"34\.6 MB") as caught:
        list(messages.backend().stream(request))
    assert caught.value.exit_code == 5
    assert "--budget 966" in caught.value.hint
    assert not messages.requests


# What comes back


def test_an_answer_comes_as_a_stream_of_events(messages: MessagesServer, ask: Any) -> None:
    messages.answers = [(200, {}, recorded("Hello, ", "wörld."))]
    events = list(messages.backend().stream(ask()))
    kinds = [type(each) for each in events if not isinstance(each, Progress)]
    assert kinds == [FirstToken, TextDelta, TextDelta, Usage]
    assert text_of(events) == "Hello, wörld."
    assert Progress("thinking", 3, None, "characters") in events
    assert events[-1] == Usage(952, 15, cached=900, written=40)


BODY = recorded("é1", "2")
ENDED = BODY.index(b"\n", BODY.index(b'"stop_reason"'))
"""Where the event that says why the answer ended is there, but for its last newlines."""


def test_cut_at_any_byte_a_stream_is_complete_only_with_its_end(ask: Any) -> None:
    for cut in range(len(BODY) + 1):
        reader, answer = AnswerReader(), MessagesAnswer(ask())
        chunks = [*reader.feed(BODY[:cut]), *reader.finish()]
        events = [each for chunk in chunks for each in answer.take(chunk)]
        assert answer.complete == (cut >= ENDED), cut
        if answer.complete:
            assert text_of(events) == "é12"
            assert list(answer.end()) == [Usage(952, 15, cached=900, written=40)]


@pytest.mark.parametrize("cut", [0, 1, 300, BODY.index(b"1"), ENDED - 1, ENDED, len(BODY) - 1])
def test_a_connection_that_breaks_gives_a_whole_answer_or_an_error(
    messages: MessagesServer, ask: Any, cut: int
) -> None:
    messages.answers = [(200, {}, BODY[:cut])]
    if cut < ENDED:
        assert "broke off" in failure_of(messages.backend(), ask()).message
        return
    assert text_of(list(messages.backend().stream(ask()))) == "é12"


def test_a_whole_message_is_taken_as_well(messages: MessagesServer, ask: Any) -> None:
    content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "whole"}]
    message = {"type": "message", "content": content, "stop_reason": "end_turn", "usage": USAGE}
    messages.answers = [(200, {}, json.dumps(message).encode())]
    events = list(messages.backend().stream(ask()))
    assert text_of(events) == "whole"
    assert events[-1] == Usage(952, 1, cached=900, written=40)


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded"])
def test_an_answer_cut_by_a_limit_is_told(messages: MessagesServer, ask: Any, reason: str) -> None:
    messages.answers = [(200, {}, recorded("half", reason=reason))]
    events = list(messages.backend().stream(ask()))
    assert text_of(events) == "half"
    assert any(isinstance(e, Notice) and "cut short" in e.message for e in events)


def test_a_refusal_is_an_error(messages: MessagesServer, ask: Any) -> None:
    messages.answers = [(200, {}, recorded("half", reason="refusal"))]
    assert "stopped the answer" in failure_of(messages.backend(), ask()).message


# What fails


@pytest.mark.parametrize(
    ("status", "kind", "message", "hint"),
    [
        (401, "authentication_error", f"invalid x-api-key {KEY}", "check the key"),
        (403, "permission_error", "not allowed", "may not use this model"),
        (404, "not_found_error", "model: claude-nothing", "--model"),
        (413, "request_too_large", "Request exceeds the maximum size", "--budget"),
        (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "200"),
        (429, "rate_limit_error", "too many", "rate limits"),
        (500, "api_error", "Internal server error", "in trouble"),
        (529, "overloaded_error", "Overloaded", "in trouble"),
    ],
)
def test_a_failure_is_one_line_with_a_hint_and_never_shows_the_key(
    messages: MessagesServer,
    ask: Any,
    caplog: pytest.LogCaptureFixture,
    status: int,
    kind: str,
    message: str,
    hint: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    messages.answers = [(status, {}, refusal(kind, message))]
    error = failure_of(messages.backend(), ask())
    assert str(status) in error.message
    assert hint in error.hint
    assert "\n" not in str(error)
    assert KEY not in str(error) + repr(error) + caplog.text


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_passing_failure_is_tried_again_after_the_time_that_was_asked_for(
    messages: MessagesServer, ask: Any, status: int
) -> None:
    busy = (status, {"retry-after": "0.05"}, refusal("overloaded_error", "Overloaded"))
    messages.answers = [busy, busy, (200, {}, recorded("ok"))]
    before = time.monotonic()
    events = list(messages.backend(retries=2).stream(ask()))
    assert time.monotonic() - before >= 0.1
    assert text_of(events) == "ok"
    bodies = {body for _, _, body in messages.requests}
    assert (len(messages.requests), len(bodies)) == (3, 1)


def test_a_lasting_failure_is_not_tried_again(messages: MessagesServer, ask: Any) -> None:
    messages.answers = [(401, {}, refusal("authentication_error", "no"))]
    failure_of(messages.backend(retries=5), ask())
    assert len(messages.requests) == 1


def test_an_error_in_the_stream_is_told_and_tried_again_before_any_text(
    messages: MessagesServer, ask: Any
) -> None:
    start = recorded().partition(b"event: ping")[0]
    error = {"type": "overloaded_error", "message": "Overloaded"}
    messages.answers = [
        (200, {}, start + event("error", error=error)),
        (200, {}, recorded("ok")),
    ]
    events = list(messages.backend(retries=1).stream(ask()))
    assert text_of(events) == "ok"
    assert any(isinstance(e, Notice) and "Overloaded" in e.message for e in events)


def test_a_limit_above_the_models_is_lowered(messages: MessagesServer, ask: Any) -> None:
    told = "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for c"
    messages.answers = [
        (400, {}, refusal("invalid_request_error", told)),
        (200, {}, recorded("ok")),
    ]
    events = list(messages.backend().stream(ask()))
    assert text_of(events) == "ok"
    assert messages.body(1)["max_tokens"] == 8192
    assert any(isinstance(e, Notice) and "max_tokens" in e.message for e in events)


def test_marks_that_a_server_refuses_are_left_out(messages: MessagesServer, ask: Any) -> None:
    told = "messages.0.content.0.cache_control: Extra inputs are not permitted"
    messages.answers = [
        (400, {}, refusal("invalid_request_error", told)),
        (200, {}, recorded("ok")),
    ]
    events = list(messages.backend().stream(segmented(ask("Why?"), "base")))
    assert text_of(events) == "ok"
    assert messages.body(1)["messages"] == [{"role": "user", "content": "base\nWhy?"}]
    assert messages.body(1)["system"] == [{"type": "text", "text": "Be brief."}]


def test_cancelling_ends_an_answer_that_does_not(messages: MessagesServer, ask: Any) -> None:
    start = recorded("a").partition(b"event: message_delta")[0]
    messages.answers, messages.hang = [(200, {}, start)], True
    cancellation = Cancellation()
    stream = messages.backend().stream(ask(cancellation=cancellation))
    while not isinstance(next(stream), TextDelta):
        pass
    cancellation.throw()
    with soon(), pytest.raises(CancelledError):
        list(stream)


# Settings


def test_without_the_package_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    with pytest.raises(BackendError) as caught:
        create_backend("anthropic", BackendSettings(model="m", api_key="k"))
    assert caught.value.hint == "pip install 'repoctx[anthropic]'"


def test_creating_the_backend_loads_no_heavy_library() -> None:
    code = (
        "import sys; from repoctx.backends.base import BackendSettings;"
        "from repoctx.backends.anthropic import create;"
        "create(BackendSettings(model='m', api_key='k'));"
        "heavy = {'anthropic', 'openai', 'httpx2', 'pydantic'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, env=os.environ)
    assert ran.stderr == b""


def test_a_key_and_a_model_are_wanted() -> None:
    with pytest.raises(BackendError, match="wants a key") as caught:
        create(BackendSettings(model="m"))
    assert "ANTHROPIC_API_KEY" in caught.value.hint
    with pytest.raises(UsageError, match="no model"):
        create(BackendSettings(api_key="k"))
    with pytest.raises(BackendError) as strange:
        create(BackendSettings(model="m", api_key="secret key"))
    assert "secret" not in str(strange.value)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/messages"])
def test_the_apis_own_path_may_stand_in_the_base_url(path: str) -> None:
    url = "https://api.anthropic.com"
    assert anthropic_endpoint("").url == anthropic_endpoint(url + path).url == url


def test_the_vendors_key_is_read_for_its_own_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    own = load_settings(None, {"backend": "anthropic", "model": "m"})
    other = load_settings(
        None, {"backend": "anthropic", "model": "m", "base_url": "https://elsewhere.example"}
    )
    assert backend_settings(own).api_key == KEY
    assert backend_settings(other).api_key == ""


def test_what_is_kept_an_hour_costs_twice_the_input() -> None:
    flags = {"backend": "anthropic", "model": "claude-sonnet-4-5"}
    short = destination_of(load_settings(None, flags))
    long = destination_of(load_settings(None, {**flags, "cache_lifetime": "1h"}))
    assert short.facts is not None
    assert long.facts is not None
    assert (short.terms.lifetime, long.terms.lifetime) == (300, 3600)
    paid = short.facts.input.base
    assert (short.economy.write, long.economy.write) == (1.25 * paid, 2 * paid)


def test_a_lifetime_that_is_not_offered_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="cache_lifetime"):
        load_settings(None, {"cache_lifetime": "2h"})


# The whole pipeline


def test_the_next_question_is_marked_at_the_same_end_and_called_cached(
    messages: MessagesServer, repository: Callable[..., Path]
) -> None:
    root = repository({f"m{n}.py": f"value = {n}\n" * 90 for n in range(9)})
    session = open_session(root, backend="anthropic", model="m", base_url=messages.url)
    assert isinstance(list(session.ask("what is m1?"))[-1], Finished)
    (root / "m3.py").write_text("value = 3\n" * 89 + "value = 4\n")
    events = list(session.ask("and m2?"))
    assert isinstance(events[-1], Finished)
    first, second = (messages.body(number)["messages"][0]["content"] for number in (0, 1))
    assert second[0] == first[0]
    assert second[1]["text"].startswith('<update number="1">')
    assert ["cache_control" in block for block in second] == [True, True, True]
    (estimated,) = (each for each in events if isinstance(each, Estimated))
    assert estimated.endpoint == messages.url
    assert estimated.cached_tokens > 3_000


def test_an_output_limit_is_the_persons(messages: MessagesServer, ask: Any) -> None:
    list(messages.backend().stream(ask(limits=Limits(output_tokens=7))))
    assert messages.body()["max_tokens"] == 7
