"""What each provider keeps of a prompt that it has seen, for how long, and what it wants for it.

Sources: the types and notes of the vendors' own SDKs (openai 3.57, anthropic 2.14), and their pages
on prompt caching. Where a vendor promises no time, a short one is assumed: it only makes an
estimate too high.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from repoctx.backends.endpoint import Endpoint

Fields = Mapping[str, Any]
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class CacheTerms:
    """How one provider caches prompts, and what a request must hold for it."""

    lifetime: float
    """Seconds that a prefix stays cached after its last use; 0 when nothing is cached."""
    least: int = 1024
    """Tokens of the shortest prefix that is cached."""
    fixed: Fields = field(default_factory=dict)
    """Fields of every request."""
    key_field: str = ""
    """The field that carries the context's key, by which requests find the server that caches."""
    key_header: str = ""
    """The header that does so."""
    mark: Fields = field(default_factory=dict)
    """What a content block carries at whose end a prefix is to be cached; at most four do."""
    primes: bool = False
    """Only a prefix that ends where an earlier request ended is found again."""

    def fields(self, key: str) -> dict[str, Any]:
        """Return the fields that go beside the messages of a context with this key."""
        return {**self.fixed, **({self.key_field: key} if self.key_field and key else {})}

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers for a context with this key."""
        return {self.key_header: key} if self.key_header and key else {}


NO_CACHE = CacheTerms(0.0)
_UNKNOWN = CacheTerms(5 * _MINUTE)
_OPENAI = CacheTerms(10 * _MINUTE, key_field="prompt_cache_key")
_OPENAI_PRICED = CacheTerms(
    30 * _MINUTE,
    fixed={"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}},
    key_field="prompt_cache_key",
    mark={"prompt_cache_breakpoint": {"mode": "explicit"}},
)
"""Explicit, for each written token is paid: what follows the last mark is not written."""
_OPENROUTER = CacheTerms(5 * _MINUTE, fixed={"usage": {"include": True}})
_BY_HOST = {
    "api.anthropic.com": NO_CACHE,  # its OpenAI-compatible endpoint takes no marks
    "api.deepseek.com": CacheTerms(60 * _MINUTE, least=64, primes=True),
    "generativelanguage.googleapis.com": CacheTerms(5 * _MINUTE, least=4096),
    "api.moonshot.ai": CacheTerms(5 * _MINUTE, least=256),
    "api.moonshot.cn": CacheTerms(5 * _MINUTE, least=256),
    "api.x.ai": CacheTerms(5 * _MINUTE, key_header="x-grok-conv-id"),
}
_OWN_SERVER = CacheTerms(60 * _MINUTE, least=16)
"""vLLM and SGLang keep a prefix until they need its memory."""
_BY_SERVER = {
    "llama.cpp": replace(_OWN_SERVER, fixed={"cache_prompt": True, "return_progress": True}),
    "ollama": replace(_OWN_SERVER, lifetime=5 * _MINUTE),  # then it unloads the model
}
ANTHROPIC_LIFETIMES = {"5m": 5 * _MINUTE, "1h": 60 * _MINUTE}
_VERSION = re.compile(r"gpt-(\d+)(?:\.(\d+))?(?![\d.])")


def cache_terms(
    answerer: str,
    endpoint: Endpoint | None,
    model: str = "",
    *,
    lifetime: str = "5m",
    server: str = "",
) -> CacheTerms:
    """Return the terms of who answers: a backend's name, its endpoint when it has one, its model.

    ``lifetime`` is that of Anthropic's marks, 5m or 1h; ``server`` the kind of a local server.
    """
    if answerer == "anthropic":
        return CacheTerms(ANTHROPIC_LIFETIMES[lifetime], mark=_anthropic_mark(lifetime))
    if endpoint is None or answerer in ("embedded", "scripted", "exec"):
        return NO_CACHE
    if endpoint.is_loopback or server:
        return _BY_SERVER.get(server, _OWN_SERVER)
    if endpoint.is_vendor:
        return _OPENAI_PRICED if _has_priced_writes(model) else _OPENAI
    if endpoint.host == "openrouter.ai":
        return _openrouter(model, lifetime)
    return _BY_HOST.get(endpoint.host, _UNKNOWN)


def _openrouter(model: str, lifetime: str) -> CacheTerms:
    """OpenRouter hands marks through to the vendors that take them, and caches by itself else."""
    if model.startswith(("anthropic/", "~anthropic/")):
        held = ANTHROPIC_LIFETIMES[lifetime]
        return replace(_OPENROUTER, lifetime=held, mark=_anthropic_mark(lifetime))
    if model.startswith(("google/gemini", "~google/gemini")):
        return replace(_OPENROUTER, least=4096, mark=_anthropic_mark("5m"))
    return _OPENROUTER


def _anthropic_mark(lifetime: str) -> Fields:
    longer = {"ttl": lifetime} if lifetime != "5m" else {}
    return {"cache_control": {"type": "ephemeral", **longer}}


def _has_priced_writes(model: str) -> bool:
    """True for OpenAI's models since GPT-5.6, which price what is written and take marks."""
    found = _VERSION.match(model.lower())
    return found is not None and (int(found[1]), int(found[2] or 0)) >= (5, 6)
