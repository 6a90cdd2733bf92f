"""What goes over the wire for the caches of hosted providers, byte for byte.

The server is real and on loopback; it stands as the proxy before the vendors' names.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from repoctx.backends.base import Backend, Request, Segment
from repoctx.events import Notice, Progress, TextDelta, Usage


def segment(text: str) -> Segment:
    content = json.dumps(text, ensure_ascii=False)[1:-1].encode()
    return Segment(lambda: iter((text,)), lambda: iter((content,)), len(content), len(text))


def segmented(request: Request, *texts: str, tokens: int = 9, cached: int = 0) -> Request:
    context = replace(
        request.context,
        segments=tuple(map(segment, texts)),
        key="0f1e",
        tokens=tokens,
        cached=cached,
    )
    return replace(request, context=context)


@pytest.fixture
def at(server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that makes a backend for a vendor's name."""
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))

    def make(host: str, model: str = "m", **more: Any) -> Backend:
        backend: Backend = server.backend(base_url=f"http://{host}/v1", model=model, **more)
        return backend

    return make


def notices(events: list[Any]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def test_priced_writes_are_marked_at_the_ends_of_base_update_and_question(
    server: Any, at: Any, ask: Any
) -> None:
    request = segmented(ask("Why?"), "<é>\n", "up 1", "up 2")
    list(at("api.openai.com", "gpt-6-luna").stream(request))
    mark = '"prompt_cache_breakpoint":{"mode": "explicit"}'
    assert server.requests[0].body.decode() == (
        '{"model": "gpt-6-luna", "stream": true, "stream_options": {"include_usage": true}, '
        '"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}, "prompt_cache_key": "0f1e", '
        '"messages": [{"role":"system","content":[{"type":"text","text":"Be brief.",'
        + mark
        + "}]},"
        '{"role":"user","content":[{"type":"text","text":"<é>\\n",' + mark + "},"
        '{"type":"text","text":"up 1"},{"type":"text","text":"up 2",' + mark + "},"
        '{"type":"text","text":"\\nWhy?",' + mark + "}]}]}"
    )


def test_models_with_free_writes_get_a_key_and_plain_strings(
    server: Any, at: Any, ask: Any
) -> None:
    list(at("api.openai.com", "gpt-4.1").stream(segmented(ask("Why?"), "base", "up")))
    assert server.requests[0].json == {
        "model": "gpt-4.1",
        "stream": True,
        "stream_options": {"include_usage": True},
        "prompt_cache_key": "0f1e",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "baseup\nWhy?"},
        ],
    }


def test_apart_from_the_marks_each_prompt_is_a_prefix_of_the_next_one(
    server: Any, at: Any, ask: Any
) -> None:
    backend = at("openrouter.ai", "anthropic/claude-sonnet-5.5")
    list(backend.stream(segmented(ask("One?"), "base", "up")))
    turns: tuple[tuple[str, str], ...] = (("user", "One?"), ("assistant", "1."))
    list(backend.stream(segmented(ask("Two?", turns), "base", "up")))
    turns = (*turns, ("user", "Two?"), ("assistant", "2."))
    list(backend.stream(segmented(ask("Three?", turns), "base", "up")))
    mark = ',"cache_control":{"type": "ephemeral"}'
    bodies = [seen.body.decode() for seen in server.requests]
    assert [body.count(mark) for body in bodies] == [4, 4, 4]
    one, two, three = (body.replace(mark, "").removesuffix("]}") for body in bodies)
    assert two.startswith(one)
    assert three.startswith(two)
    assert server.requests[0].json["usage"] == {"include": True}


def test_xai_gets_the_key_as_a_header(server: Any, at: Any, ask: Any) -> None:
    list(at("api.x.ai", api_key="secret").stream(segmented(ask(), "base")))
    assert server.requests[0].headers["x-grok-conv-id"] == "0f1e"
    list(at("api.deepseek.com").stream(segmented(ask(), "base")))
    assert "x-grok-conv-id" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("refusal", "gone"),
    [
        ("Unknown parameter: 'prompt_cache_options'.", "prompt_cache_options"),
        ("Unrecognized request argument supplied: prompt_cache_key", "prompt_cache_key"),
        ("messages[0].content[0].prompt_cache_breakpoint: unknown", "prompt_cache_breakpoint"),
    ],
)
def test_what_a_server_refuses_by_name_is_left_out_and_told(
    server: Any, at: Any, ask: Any, answering: Any, refusal: str, gone: str
) -> None:
    body = json.dumps({"error": {"message": refusal}}).encode()
    server.answers = [answering(body, status=400), answering(server.stream("ok"))]
    backend = at("api.openai.com", "gpt-6-luna")
    events = list(backend.stream(segmented(ask(), "base")))
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "ok"
    (notice,) = notices(events)
    assert gone in notice
    assert gone in server.requests[0].body.decode()
    assert gone not in server.requests[1].body.decode()

    assert notices(list(backend.stream(segmented(ask(), "base")))) == []
    assert gone not in server.requests[2].body.decode()


def test_a_server_that_refuses_everything_is_asked_once_for_each_part(
    server: Any, at: Any, ask: Any, answering: Any
) -> None:
    parts = "prompt_cache_options", "prompt_cache_key", "prompt_cache_breakpoint", "stream_options"
    server.answers = [
        answering(json.dumps({"error": {"message": f"unknown {part}"}}).encode(), status=400)
        for part in (*parts, "model")
    ]
    with pytest.raises(Exception, match="unknown model"):
        list(at("api.openai.com", "gpt-6-luna").stream(segmented(ask(), "base")))
    assert len(server.requests) == 5
    assert server.requests[4].json == {
        "model": "gpt-6-luna",
        "stream": True,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "base\nWhat is it?"},
        ],
    }


# DeepSeek


def test_a_new_base_is_sent_ahead_up_to_the_question_and_its_use_is_told(
    server: Any, at: Any, ask: Any, answering: Any
) -> None:
    ahead = {"prompt_tokens": 20_000, "completion_tokens": 1, "prompt_cache_miss_tokens": 20_000}
    asked = {"prompt_tokens": 20_009, "completion_tokens": 5, "prompt_cache_hit_tokens": 19_968}
    server.answers = [
        answering(server.stream("x", finish="length", usage=ahead)),
        answering(server.stream("ok", usage=asked)),
    ]
    request = segmented(ask("Why?"), "base", tokens=20_000)
    events = list(at("api.deepseek.com", prime_cache=True).stream(request))
    assert [e for e in events if isinstance(e, Usage)] == [
        Usage(20_000, 1),
        Usage(20_009, 5, cached=19_968),
    ]
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "ok"
    assert notices(events) == []
    first, second = (seen.json for seen in server.requests)
    assert first["max_tokens"] == 1
    assert "max_tokens" not in second
    assert first["messages"][0] == second["messages"][0]
    assert first["messages"][1]["content"] == "base\n"
    assert second["messages"][1]["content"] == "base\nWhy?"


@pytest.mark.parametrize(
    ("host", "prime", "tokens", "cached"),
    [
        ("api.deepseek.com", False, 20_000, 0),
        ("api.deepseek.com", True, 20_000, 19_000),
        ("api.deepseek.com", True, 900, 0),
        ("api.moonshot.ai", True, 20_000, 0),
    ],
    ids=["not asked for", "cached already", "small", "another provider"],
)
def test_nothing_is_sent_ahead_where_it_does_not_pay(
    server: Any, at: Any, ask: Any, host: str, prime: bool, tokens: int, cached: int
) -> None:
    request = segmented(ask(), "base", tokens=tokens, cached=cached)
    list(at(host, prime_cache=prime).stream(request))
    assert len(server.requests) == 1


def test_a_base_that_cannot_be_sent_ahead_does_not_fail_the_question(
    server: Any, at: Any, ask: Any, answering: Any
) -> None:
    server.answers = [answering(b"{}", status=418), answering(server.stream("ok"))]
    request = segmented(ask(), "base", tokens=20_000)
    events = list(at("api.deepseek.com", prime_cache=True).stream(request))
    assert "sent ahead" in notices(events)[0]
    assert TextDelta("ok") in events


# llama.cpp


def test_llama_cpp_tells_how_far_it_has_read(server: Any, ask: Any, answering: Any) -> None:
    server.pages["/v1/models"] = {"data": [{"id": "m", "owned_by": "llamacpp"}]}
    progress = {"total": 4000, "cache": 1000, "processed": 2500, "time_ms": 12}
    broken = {"total": "x", "processed": []}
    body = b"".join(
        server.event({"choices": [], "prompt_progress": each}) for each in (progress, broken, 3)
    )
    end = {"choices": [], "timings": {"cache_n": 1000, "prompt_n": 3000, "predicted_n": 2}}
    answer = server.stream("ok").removesuffix(b"data: [DONE]\n\n") + server.event(end)
    server.answers = [answering(body + answer + b"data: [DONE]\n\n")]
    events = list(server.backend().stream(ask()))
    assert Progress("reading prompt", 2500, 4000, "tokens", "1,000 cached") in events
    assert events[-1] == Usage(4000, 2, cached=1000)
    sent = server.requests[0].json
    assert (sent["cache_prompt"], sent["return_progress"]) == (True, True)
