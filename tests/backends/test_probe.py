"""Local servers are asked what they are; Ollama's cutting is refused, never trusted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import Limits
from repoctx.backends.endpoint import parse_endpoint
from repoctx.backends.probe import UNKNOWN, Server, probe
from repoctx.errors import RefusedError
from repoctx.events import Applied, Estimated, Failed, Finished, Usage
from repoctx.session import Question, accept_all, open_session
from tests.waiting import soon

Make = Callable[..., Path]
EDIT = "a.py\n```\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n"


def ollama(
    server: Any, set_to: int | None = None, loaded: int | None = None, trained: int = 262_144
) -> None:
    parameters = 'stop                           "<|im_end|>"'
    if set_to:
        parameters = f"num_ctx                        {set_to}\n{parameters}"
    info = {"general.architecture": "qwen3", "qwen3.context_length": trained}
    running = [{"name": "m:latest", "model": "m:latest", "context_length": loaded}]
    server.pages |= {
        "/api/version": {"version": "0.14.0"},
        "/api/show": {"parameters": parameters, "model_info": info},
        "/api/ps": {"models": running if loaded else []},
    }


def probed(server: Any, model: str = "m") -> Server:
    return probe(parse_endpoint(server.url), model)


# What servers tell


@pytest.mark.parametrize(
    ("set_to", "loaded", "trained", "window"),
    [
        (None, None, 262_144, None),
        (None, 4096, 262_144, 4096),
        (65_536, None, 262_144, 65_536),
        (65_536, 4096, 262_144, 65_536),
        (65_536, None, 32_768, 32_768),
    ],
    ids=["not loaded", "loaded", "set", "set, loaded by another", "more than trained"],
)
def test_ollama_tells_the_context_that_a_model_will_have(
    server: Any, set_to: int | None, loaded: int | None, trained: int, window: int | None
) -> None:
    ollama(server, set_to, loaded, trained)
    assert probed(server) == Server("ollama", window)


@pytest.mark.parametrize(
    "props", [{"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1}, {"n_ctx": 8192}]
)
def test_llama_cpp_tells_the_context_of_a_slot(server: Any, props: Any) -> None:
    server.pages["/v1/models"] = {"data": [{"id": "some.gguf", "owned_by": "llamacpp"}]}
    server.pages["/props"] = props
    assert probed(server) == Server("llama.cpp", 8192)


@pytest.mark.parametrize("kind", ["vllm", "sglang"])
def test_vllm_and_sglang_tell_the_length_of_each_model(server: Any, kind: str) -> None:
    server.pages["/v1/models"] = {
        "data": [
            {"id": "other", "owned_by": kind, "max_model_len": 1},
            {"id": "m", "owned_by": kind, "max_model_len": 131_072},
        ]
    }
    assert probed(server) == Server(kind, 131_072)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "page",
    [None, [], "text", {"data": 3}, {"data": [3, None]}, {"data": [{"max_model_len": "x"}]}, 7],
)
def test_what_makes_no_sense_is_not_known(server: Any, page: Any) -> None:
    server.pages["/v1/models"] = server.pages["/props"] = server.pages["/api/version"] = page
    assert probed(server) == UNKNOWN


def test_a_hosted_endpoint_is_never_asked(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("looked up"))
    assert probe(parse_endpoint("http://model.invalid/v1"), "m") == UNKNOWN
    assert probe(None, "m") == UNKNOWN


def test_where_nothing_listens_nothing_is_known() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # and kept, so that no other server gets it meanwhile
        port = free.getsockname()[1]
        assert probe(parse_endpoint(f"http://127.0.0.1:{port}/v1"), "m") == UNKNOWN


def test_a_silent_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repoctx.backends.probe._SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = parse_endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        with soon():
            assert probe(endpoint, "m") == UNKNOWN


def test_one_question_asks_a_server_once(server: Any, repository: Make) -> None:
    ollama(server, set_to=100_000)
    session = open_session(repository({"a.py": "x = 1\n"}), model="m", base_url=server.url)
    assert isinstance(list(session.ask("what?"))[-1], Finished)
    assert server.asked == ["/api/version", "/api/show"]


# The window that is told


def test_a_repository_is_fitted_into_the_window_that_the_server_tells(
    server: Any, repository: Make
) -> None:
    entry = {"id": "m", "owned_by": "vllm", "max_model_len": 8_000}
    server.pages["/v1/models"] = {"data": [entry]}
    root = repository({f"m{n}.py": f"def f{n}():\n    return {n}\n" * 200 for n in range(20)})
    events = list(open_session(root, model="m", base_url=server.url).ask("what does f3 return?"))
    assert isinstance(events[-1], Finished)
    (estimated,) = (event for event in events if isinstance(event, Estimated))
    assert estimated.window == 8_000
    assert 4_000 < estimated.input_tokens <= 7_000


# Ollama


def test_a_request_that_ollama_would_cut_is_refused_before_it_is_sent(
    server: Any, repository: Make
) -> None:
    ollama(server, loaded=4096)
    root = repository({f"m{n}.py": f"value = {n}\n" * 400 for n in range(9)})
    events = list(open_session(root, model="m", base_url=server.url).ask("what?"))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.exit_code == 5
    assert "4,096" in failed.message
    assert "num_ctx 32768" in failed.hint
    assert not server.requests
    (estimated,) = (event for event in events if isinstance(event, Estimated))
    assert estimated.window == 4096


def test_room_for_the_answer_that_is_asked_for_counts(server: Any, ask: Any) -> None:
    ollama(server, set_to=4096)
    list(server.backend().stream(ask(tokens=3000)))
    with pytest.raises(RefusedError):
        list(server.backend().stream(ask(tokens=3000, limits=Limits(output_tokens=1200))))


def test_an_answer_about_a_part_of_what_was_sent_is_not_used(
    server: Any, repository: Make, answering: Any
) -> None:
    ollama(server)  # not loaded, nothing set: nobody can tell before
    usage = {"prompt_tokens": 2048, "completion_tokens": 9}
    server.answers = [answering(server.stream(EDIT, usage=usage))]
    root = repository({"a.py": "x = 1\n", "b.py": "y = 1\n" * 4000})
    session = open_session(root, model="m", base_url=server.url)
    events = list(session.ask(Question("make it 2", review=accept_all)))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.exit_code == 5
    assert "2,048" in failed.message
    assert "num_ctx" in failed.hint
    assert not [event for event in events if isinstance(event, Applied)]
    assert (root / "a.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("backend", ["openai", "anthropic"])
def test_ollama_is_recognised_behind_each_of_its_apis(
    server: Any, repository: Make, backend: str
) -> None:
    ollama(server, set_to=4096)
    root = repository({"a.py": "x = 1\n" * 4000})
    session = open_session(root, backend=backend, model="m", base_url=server.url)
    failed = list(session.ask("what?"))[-1]
    assert isinstance(failed, Failed)
    assert (failed.exit_code, len(server.requests)) == (5, 0)


def test_an_answer_about_all_of_it_is_used(server: Any, ask: Any, answering: Any) -> None:
    ollama(server)
    usage = {"prompt_tokens": 46_000, "completion_tokens": 9}
    server.answers = [answering(server.stream("ok", usage=usage))]
    assert list(server.backend().stream(ask(tokens=50_000)))[-1] == Usage(46_000, 9)


def test_the_key_is_never_told(server: Any, ask: Any) -> None:
    ollama(server, set_to=10)
    with pytest.raises(RefusedError) as caught:
        list(server.backend(api_key="secret-key").stream(ask(tokens=50_000)))
    assert "secret-key" not in str(caught.value)
