"""The OpenAI-compatible backend against a real server: what is sent, what comes back."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from repoctx.backends.base import BackendError, BackendSettings, Limits
from repoctx.backends.openai import create
from repoctx.errors import UsageError
from repoctx.events import FirstToken, Notice, Progress, TextDelta, Usage
from tests.waiting import soon


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def notices_of(events: list[Any]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def usage_of(events: list[Any]) -> Usage:
    (usage,) = (event for event in events if isinstance(event, Usage))
    return usage


# What is sent, what comes back


def test_an_answer_comes_as_a_stream_of_events(server: Any, ask: Any) -> None:
    events = list(server.backend().stream(ask()))
    kinds = [type(event) for event in events if not isinstance(event, Progress)]
    assert kinds == [FirstToken, TextDelta, TextDelta, Usage]
    assert text_of(events) == "Hello, world."
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert stages[0] == "upload"
    assert stages[-1] == "waiting"


def test_the_request_holds_instructions_repository_and_question(server: Any, ask: Any) -> None:
    list(server.backend().stream(ask("Why?")))
    (seen,) = server.requests
    assert seen.path == "/v1/chat/completions"
    assert seen.json == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "<file>\nx = 1\n</file>\n\nWhy?"},
        ],
    }


def test_each_prompt_is_a_prefix_of_the_next_one(server: Any, ask: Any) -> None:
    backend = server.backend()
    list(backend.stream(ask("One?")))
    list(backend.stream(ask("Two?", (("user", "One?"), ("assistant", "1.")))))
    first, second = (seen.body.removesuffix(b"]}") for seen in server.requests)
    assert second.startswith(first)


def test_upload_progress_ends_with_the_size_of_the_body(server: Any, ask: Any) -> None:
    request = ask(context=("é" * 50_000,) * 4)
    uploads = [e for e in server.backend().stream(request) if getattr(e, "stage", "") == "upload"]
    assert [e.done for e in uploads] == sorted({e.done for e in uploads})
    assert uploads[-1].done == uploads[-1].total == len(server.requests[0].body)
    assert len(uploads) > 5


def test_bytes_that_are_not_text_are_sent_as_replacement_characters(server: Any, ask: Any) -> None:
    list(server.backend().stream(ask(context=("caf\udce9",))))
    assert server.requests[0].json["messages"][1]["content"].startswith("caf\ufffd")


def test_an_output_limit_is_sent_under_the_name_that_servers_know(server: Any, ask: Any) -> None:
    list(server.backend().stream(ask(limits=Limits(output_tokens=7))))
    assert server.requests[0].json["max_tokens"] == 7


def test_only_the_named_headers_are_sent(
    server: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "http://leaked.invalid")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Leaked: leaked\nAuthorization: leaked")
    list(server.backend().stream(ask()))
    seen = server.requests[0]
    assert "leaked" not in repr(seen)
    assert set(seen.headers) == {
        *("host", "content-type", "content-length", "accept", "accept-encoding", "user-agent")
    }


def test_the_configured_key_is_the_bearer(server: Any, ask: Any) -> None:
    list(server.backend(api_key="k-1\n").stream(ask()))
    assert server.requests[0].headers["authorization"] == "Bearer k-1"


def test_a_server_on_this_machine_is_never_reached_through_a_proxy(
    server: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert text_of(list(server.backend().stream(ask()))) == "Hello, world."


def test_another_server_is_reached_through_the_proxy_of_the_environment(
    server: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    list(server.backend(base_url="http://model.invalid/v1").stream(ask()))
    assert server.requests[0].path == "http://model.invalid/v1/chat/completions"


# Usage


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({"prompt_tokens": 90, "completion_tokens": 5}, Usage(90, 5)),
        (
            {
                "prompt_tokens": 90,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 20},
            },
            Usage(90, 5, cached=64, written=20),
        ),
        (
            {
                "prompt_tokens": 90,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 80,
                "prompt_cache_miss_tokens": 10,
            },
            Usage(90, 5, cached=80),
        ),
    ],
    ids=["plain", "openai", "deepseek"],
)
def test_the_servers_usage_is_reported(
    server: Any, ask: Any, answering: Any, reported: Any, expected: Usage
) -> None:
    server.answers = [answering(server.stream("ok", usage=reported))]
    assert usage_of(list(server.backend().stream(ask()))) == expected


def test_without_usage_our_own_counts_are_marked_as_such(server: Any, ask: Any) -> None:
    usage = usage_of(list(server.backend().stream(ask("four", tokens=100))))
    assert usage == Usage(100 + 3 + 1, 4, reported=False)


def test_a_prompt_that_the_server_cut_is_told(server: Any, ask: Any, answering: Any) -> None:
    usage = {"prompt_tokens": 4096, "completion_tokens": 5}
    server.answers = [answering(server.stream("ok", usage=usage))]
    (notice,) = notices_of(list(server.backend().stream(ask(tokens=50_000))))
    assert "4,096" in notice
    assert "do not trust" in notice


def test_stream_options_are_left_out_where_the_server_rejects_them(
    server: Any, ask: Any, answering: Any
) -> None:
    refusal = b'{"error": {"message": "Extra inputs are not permitted: stream_options"}}'
    server.answers = [answering(refusal, status=400), answering(server.stream("ok"))]
    assert text_of(list(server.backend().stream(ask()))) == "ok"
    assert "stream_options" not in server.requests[1].json


def test_the_limits_name_changes_where_the_server_asks_for_another(
    server: Any, ask: Any, answering: Any
) -> None:
    refusal = b'{"error": {"message": "max_tokens: use max_completion_tokens instead"}}'
    server.answers = [answering(refusal, status=400), answering(server.stream("ok"))]
    list(server.backend().stream(ask(limits=Limits(output_tokens=7))))
    assert server.requests[1].json["max_completion_tokens"] == 7
    assert "max_tokens" not in server.requests[1].json


# Shapes of an answer


def test_a_whole_json_answer_is_taken_as_well(server: Any, ask: Any, answering: Any) -> None:
    body = b'{"choices": [{"message": {"content": "whole"}}], "usage": {"prompt_tokens": 3}}'
    server.answers = [answering(body)]
    events = list(server.backend().stream(ask()))
    assert text_of(events) == "whole"
    assert usage_of(events).input == 3


def test_reasoning_is_progress_and_no_part_of_the_answer(
    server: Any, ask: Any, answering: Any
) -> None:
    thought = server.event({"choices": [{"delta": {"reasoning_content": "hmm " * 400}}]})
    server.answers = [answering(thought + server.stream("ok"))]
    events = list(server.backend().stream(ask()))
    assert text_of(events) == "ok"
    assert Progress("thinking", 1600, None, "characters") in events


def test_an_answer_cut_by_the_models_limit_is_told(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(server.stream("half", finish="length"))]
    events = list(server.backend().stream(ask()))
    assert text_of(events) == "half"
    assert "cut short" in notices_of(events)[0]


def test_a_content_filter_is_an_error(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(server.stream("half", finish="content_filter"))]
    with pytest.raises(BackendError, match="content filter"):
        list(server.backend().stream(ask()))


def test_a_complete_answer_does_not_wait_for_a_server_that_never_closes(
    server: Any, ask: Any, answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repoctx.backends.openai._USAGE_SECONDS", 0.1)
    body = server.stream("ok").removesuffix(b"data: [DONE]\n\n")
    server.answers = [answering(body, hang=True)]
    with soon():
        assert text_of(list(server.backend().stream(ask()))) == "ok"


# Settings


def test_openais_own_endpoint_wants_a_key() -> None:
    with pytest.raises(BackendError, match="wants a key") as caught:
        create(BackendSettings(model="m"))
    assert "OPENAI_API_KEY" in caught.value.hint


@pytest.mark.parametrize("key", ["k 1", "k\x1b1", "clé"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(BackendError) as caught:
        create(BackendSettings(model="m", api_key=key))
    assert key not in str(caught.value)


def test_a_model_must_be_named() -> None:
    with pytest.raises(UsageError, match="no model"):
        create(BackendSettings(base_url="http://localhost:1/v1"))


def test_creating_a_backend_loads_no_heavy_library() -> None:
    code = (
        "import sys; from repoctx.backends.base import BackendSettings;"
        "from repoctx.backends.openai import create;"
        "create(BackendSettings(model='m', base_url='http://localhost:1'));"
        "sys.exit(' '.join({'openai', 'httpx2', 'pydantic'} & set(sys.modules)) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, env=os.environ)
    assert ran.stderr == b""
