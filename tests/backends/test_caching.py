"""What each provider's cache needs of a request."""

from __future__ import annotations

from typing import Any

import pytest

from repoctx.backends.caching import NO_CACHE, CacheTerms, cache_terms
from repoctx.backends.endpoint import parse_endpoint

EPHEMERAL = {"cache_control": {"type": "ephemeral"}}
AN_HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
BREAKPOINT = {"prompt_cache_breakpoint": {"mode": "explicit"}}
OPTIONS = {"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}}
OPENROUTER = "https://openrouter.ai/api/v1"


def terms(base_url: str, model: str = "m", **more: Any) -> CacheTerms:
    return cache_terms("openai", parse_endpoint(base_url), model, **more)


@pytest.mark.parametrize(
    "model", ["gpt-5.6", "gpt-5.6-mini", "gpt-6-luna", "gpt-6.1-sol", "GPT-10"]
)
def test_openais_models_with_priced_writes_get_marks_and_keep_half_an_hour(model: str) -> None:
    found = terms("", model)
    assert found.mark == BREAKPOINT
    assert found.fields("k") == {**OPTIONS, "prompt_cache_key": "k"}
    assert found.lifetime == 1800


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-5", "gpt-5.5", "gpt-5-mini", "o3", "gpt-4o"])
def test_openais_older_models_cache_by_themselves_and_are_routed_by_key(model: str) -> None:
    found = terms("https://eu.api.openai.com/v1", model)
    assert not found.mark
    assert found.fields("k") == {"prompt_cache_key": "k"}
    assert found.fields("") == {}


@pytest.mark.parametrize(
    ("model", "mark"),
    [
        ("anthropic/claude-sonnet-5.5", AN_HOUR),
        ("google/gemini-4-argon", EPHEMERAL),
        ("openai/gpt-6-luna", {}),
        ("deepseek/deepseek-v4-pro", {}),
    ],
)
def test_openrouter_hands_marks_through_to_the_vendors_that_take_them(
    model: str, mark: dict[str, Any]
) -> None:
    found = terms(OPENROUTER, model, lifetime="1h")
    assert found.mark == mark
    assert found.fields("k") == {"usage": {"include": True}}
    assert found.lifetime == (3600 if mark == AN_HOUR else 300)


@pytest.mark.parametrize(("lifetime", "mark"), [("5m", EPHEMERAL), ("1h", AN_HOUR)])
def test_anthropics_marks_say_how_long(lifetime: str, mark: dict[str, Any]) -> None:
    found = cache_terms("anthropic", None, "m", lifetime=lifetime)
    assert found.mark == mark
    assert found.lifetime == {"5m": 300, "1h": 3600}[lifetime]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.deepseek.com",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "https://api.moonshot.ai/v1",
        "https://api.moonshot.cn/v1",
        "https://api.x.ai/v1",
        "https://somewhere.example/v1",
        "http://127.0.0.1:8000/v1",
    ],
)
def test_elsewhere_the_cache_is_automatic_and_no_field_is_sent(url: str) -> None:
    found = terms(url)
    assert (found.mark, found.fields("k")) == ({}, {})
    assert found.lifetime > 0


def test_xai_finds_the_server_that_caches_by_a_header() -> None:
    assert terms("https://api.x.ai/v1").headers("k") == {"x-grok-conv-id": "k"}
    assert terms("https://api.x.ai/v1").headers("") == {}
    assert terms("https://api.deepseek.com").headers("k") == {}


def test_only_deepseek_is_primed() -> None:
    assert terms("https://api.deepseek.com/v1").primes
    assert not terms("https://api.moonshot.ai/v1").primes


def test_llama_cpp_is_asked_to_cache_and_to_tell_how_far_it_is() -> None:
    found = terms("http://127.0.0.1:8080/v1", server="llama.cpp")
    assert found.fields("k") == {"cache_prompt": True, "return_progress": True}


def test_ollama_forgets_when_it_unloads_the_model() -> None:
    assert terms("http://localhost:11434/v1", server="ollama").lifetime == 300


def test_anthropics_openai_compatible_endpoint_caches_nothing() -> None:
    assert terms("https://api.anthropic.com/v1") == NO_CACHE


@pytest.mark.parametrize("answerer", ["embedded", "scripted", "exec"])
def test_who_has_no_endpoint_caches_nothing(answerer: str) -> None:
    assert cache_terms(answerer, None) == NO_CACHE
