"""What each provider keeps of a prompt that it has seen, and for how long.

Sources: the types and notes of the vendors' own SDKs (openai 3.52, anthropic 2.11), and their pages
on prompt caching. Where a vendor promises no time, a short one is assumed: it only makes an
estimate too high.
"""

from __future__ import annotations

from dataclasses import dataclass

from repoctx.backends.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class CacheTerms:
    """How one provider caches prompts."""

    lifetime: float
    """Seconds that a prefix stays cached after its last use; 0 when nothing is cached."""
    least: int = 1024
    """Tokens of the shortest prefix that is cached."""


NO_CACHE = CacheTerms(0.0)
_MINUTE = 60.0
_OWN_SERVER = CacheTerms(60 * _MINUTE, least=16)
"""vLLM, SGLang and llama.cpp keep a prefix until they need its memory."""
_UNKNOWN = CacheTerms(5 * _MINUTE)
_BY_HOST = {
    "api.openai.com": CacheTerms(10 * _MINUTE),
    "api.anthropic.com": CacheTerms(5 * _MINUTE),
    "api.deepseek.com": CacheTerms(60 * _MINUTE, least=64),
    "generativelanguage.googleapis.com": CacheTerms(5 * _MINUTE, least=4096),
}


def cache_terms(answerer: str, endpoint: Endpoint | None) -> CacheTerms:
    """Return the terms of who answers: a backend's name, and its endpoint when it has one."""
    if endpoint is None or answerer in ("embedded", "scripted", "exec"):
        return NO_CACHE
    if endpoint.is_loopback:
        return _OWN_SERVER
    return _BY_HOST.get(endpoint.host, _UNKNOWN)
