"""What can go wrong at a server: one line and a hint, never a silent half of an answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from repoctx.backends.base import BackendError, Limits
from repoctx.events import Notice, TextDelta
from tests.waiting import PATIENCE, soon


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def notices_of(events: list[Any]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def until_error(stream: Iterator[Any]) -> tuple[list[Any], BackendError | None]:
    events = []
    try:
        for event in stream:
            events.append(event)
    except BackendError as error:
        return events, error
    return events, None


def test_cut_at_any_byte_an_answer_is_whole_or_an_error(
    server: Any, ask: Any, answering: Any
) -> None:
    body = server.stream("é1", "2")
    for cut in range(0, len(body), 11):
        server.answers = [answering(body, cut=cut, reset=cut % 2 == 0)]
        events, error = until_error(server.backend().stream(ask()))
        if error:
            assert "broke" in error.message
        else:
            assert text_of(events) == "é12"
            assert cut > body.index(b'"finish_reason": "stop"')


@pytest.mark.parametrize(
    ("status", "body", "message", "hint"),
    [
        (401, b'{"error": {"message": "bad key k-secret"}}', "401: bad key [key]", "api_key_env"),
        (403, b'{"detail": "no"}', "403: no", "may not use"),
        (404, b'{"error": "model \'m\' not found"}', "404: model 'm' not found", "--model"),
        (413, b"", "413: nothing more", "--budget"),
        (418, b"<html>tea</html>", "418: (a web page)", "check the model"),
        (400, b'[{"error": {"message": "no\\nno"}}]', "400: no no", "check the model"),
    ],
)
def test_a_refusal_is_one_line_and_a_hint(
    server: Any, ask: Any, answering: Any, status: int, body: bytes, message: str, hint: str
) -> None:
    server.answers = [answering(body, status=status)]
    with pytest.raises(BackendError) as caught:
        list(server.backend(api_key="k-secret", retries=3).stream(ask()))
    assert caught.value.message == f"{server.url} answered {message}"
    assert hint in caught.value.hint
    assert len(server.requests) == 1


def test_a_refusal_of_any_length_is_shown_in_300_characters(
    server: Any, ask: Any, answering: Any
) -> None:
    server.answers = [answering(endless=b"x" * 10_000, status=400)]
    with soon(), pytest.raises(BackendError, match="400: xxx") as caught:
        list(server.backend().stream(ask()))
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "error",
    [
        {"message": "This model's maximum context length is 65536 tokens. However, you requested"
         " 70086 tokens (70082 in the messages, 4 in the completion)"},
        {"type": "exceed_context_size_error", "message": "the request exceeds the available"
         " context size, try increasing it", "n_prompt_tokens": 70086, "n_ctx": 65536},
        {"message": "prompt is too long: 70086 tokens > 65536 maximum"},
        {"message": "The input token count (70086) exceeds the maximum number of tokens allowed"
         " (65536)."},
    ],
    ids=["vllm", "llama.cpp", "anthropic", "gemini"],
)  # fmt: skip
def test_over_the_window_the_hint_says_which_budget_fits(
    server: Any, ask: Any, answering: Any, error: Any
) -> None:
    server.answers = [answering(json.dumps({"error": error}).encode(), status=400)]
    with pytest.raises(BackendError) as caught:
        list(server.backend().stream(ask(tokens=70_000)))
    assert "65,536" in caught.value.hint
    assert "--budget 58900" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'data: {"choices": [{]}\n\n', "no JSON"),
        (b"<!doctype html><title>Sign in</title>", "web page"),
        (b'{"choices": [', "no JSON"),
        (b'{"error": {"message": "no such model"}}', "no such model"),
        (b'data: {"error": {"message": "out of memory"}}\n\n', "out of memory"),
        (b'event: error\ndata: {"message": "out of memory"}\n\n', "out of memory"),
        (b"", "broke off"),
        (b": ping\n\n", "broke off"),
        (b"data: [" + b"[" * 100_000 + b"\n\n", "no JSON"),
        (b"data: " + b"x" * (9 << 20), "too large"),
    ],
)
def test_an_answer_that_is_none_is_an_error(
    server: Any, ask: Any, answering: Any, body: bytes, message: str
) -> None:
    server.answers = [answering(body)]
    with pytest.raises(BackendError, match=message):
        list(server.backend().stream(ask()))


@pytest.mark.parametrize(
    "chunk",
    ["null", "3", "[]", '{"choices": 3}', '{"choices": [3]}', '{"choices": [{"delta": "x"}]}',
     '{"choices": [{"delta": {"content": 3}}]}', '{"usage": "x"}',
     '{"usage": {"prompt_tokens": -1}}'],
)  # fmt: skip
def test_chunks_of_any_shape_do_no_harm(server: Any, ask: Any, answering: Any, chunk: str) -> None:
    server.answers = [answering(f"data: {chunk}\n\n".encode() + server.stream("ok"))]
    assert text_of(list(server.backend().stream(ask()))) == "ok"


def test_nothing_listens(ask: Any, server: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # and kept, so that no other server gets it meanwhile
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(BackendError, match="nothing listens") as caught:
            list(server.backend(base_url=url).stream(ask()))
    assert "running" in caught.value.hint


def test_a_host_without_an_address(ask: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(BackendError, match="cannot be looked up"):
        list(server.backend(base_url="http://model.invalid/v1", retries=1).stream(ask()))


@pytest.mark.parametrize("proxy", ["nonsense://h", "socks5://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used(
    ask: Any, server: Any, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(BackendError, match="set up") as caught:
        list(server.backend().stream(ask()))
    assert "ALL_PROXY" in caught.value.hint


def test_a_server_without_tls(ask: Any, server: Any) -> None:
    with pytest.raises(BackendError, match="TLS"):
        list(server.backend(base_url=server.url.replace("http:", "https:")).stream(ask()))


def test_a_silent_server(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(before_headers=True)]
    with soon(), pytest.raises(BackendError, match=r"silent for 0\.2 seconds"):
        list(server.backend(timeout=0.2, retries=3).stream(ask()))


def test_a_request_has_its_own_time_limit(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(endless=b": ping\n\n")]
    with pytest.raises(BackendError, match=r"within 2 seconds"):
        list(server.backend().stream(ask(limits=Limits(seconds=2))))
    assert server.left.wait(PATIENCE)


def test_an_endless_answer_ends_at_the_output_limit(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(endless=server.delta("word " * 10))]
    with soon():
        events = list(server.backend().stream(ask(limits=Limits(output_tokens=10))))
    assert len(text_of(events)) == 160
    assert "cut short" in notices_of(events)[0]
    assert server.left.wait(PATIENCE)


def test_a_redirect_is_not_followed(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(status=307, headers={"Location": "http://elsewhere.invalid/v1"})]
    with pytest.raises(BackendError, match=r"redirects to http://elsewhere\.invalid"):
        list(server.backend().stream(ask()))
    assert len(server.requests) == 1
