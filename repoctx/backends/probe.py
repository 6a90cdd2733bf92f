"""What a server on this machine tells about itself: which it is, and how much its model holds.

Only servers on loopback and on Ollama's own port are asked, never a hosted one. A silent
one is given two seconds, and nothing here fails a question: what is not told is not known.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from repoctx.backends.endpoint import Endpoint
from repoctx.backends.untrusted import array, count, mapping
from repoctx.errors import RefusedError

Kind: TypeAlias = Literal["", "ollama", "llama.cpp", "vllm", "sglang"]

_SECONDS = 2.0
"""For all that is asked: a server on the same machine answers within milliseconds."""
_FRESH = 10.0
"""Seconds that an answer is remembered: one question asks several times, a person may restart."""
_MOST = 4 << 20
"""Bytes of one answer; Ollama shows a model's whole licence and tokenizer settings."""
_OLLAMA_PORT = 11434
_ANSWER = 4_000
"""Tokens of an answer, for which a raised context leaves room."""
_OWNERS: dict[str, Kind] = {"llamacpp": "llama.cpp", "vllm": "vllm", "sglang": "sglang"}
_NUM_CTX = re.compile(r"^num_ctx\s+([0-9]{1,9})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was asked; empty for one that was not, or did not answer."""

    kind: Kind = ""
    window: int | None = None
    """Tokens of prompt and answer together; None when it does not tell."""

    @property
    def cuts(self) -> bool:
        """True for a server that reads a part of a long prompt and says nothing."""
        return self.kind == "ollama"

    def check_fit(self, model: str, tokens: int, answer: int | None) -> None:
        """Raise RefusedError when a server that would cut the prompt has no room for it."""
        needed = tokens + (answer or 0)
        if self.cuts and self.window is not None and needed > self.window:
            raise RefusedError(
                f"Ollama gives {model} a context of {self.window:,} tokens and would cut the"
                f" request, which needs {needed:,}",
                how_to_raise(needed + _ANSWER),
            )


def how_to_raise(needed: int) -> str:
    """Return how to give a model at Ollama a context of so many tokens."""
    room = 1 << (needed - 1).bit_length()
    return (
        f"raise it: OLLAMA_CONTEXT_LENGTH={room} ollama serve, or PARAMETER num_ctx {room} in the"
        " Modelfile; or send less with --budget"
    )


UNKNOWN = Server()
_known: dict[tuple[str, str], tuple[float, Server]] = {}


def probe(endpoint: Endpoint | None, model: str, key: str = "") -> Server:
    """Return what the server tells about itself and the model, asked at most every 10 seconds."""
    if endpoint is None or not (endpoint.is_loopback or _port(endpoint) == _OLLAMA_PORT):
        return UNKNOWN
    now, place = time.monotonic(), (endpoint.url, model)
    at, server = _known.get(place, (-_FRESH, UNKNOWN))
    if now - at >= _FRESH:
        server = _asked(_Door(endpoint, key, now + _SECONDS), model)
        _known[place] = (now, server)
    return server


def _asked(door: _Door, model: str) -> Server:
    try:
        if isinstance(mapping(door.ask("/api/version")).get("version"), str):
            return Server("ollama", _ollama_window(door, model))
        entry = _entry(mapping(door.ask("/v1/models")).get("data"), model)
        kind = _OWNERS.get(str(entry.get("owned_by")), "")
        window = count(entry.get("max_model_len")) or None
        if kind == "llama.cpp":
            window = _llama_cpp_window(mapping(door.ask("/props")))
        return Server(kind, window)
    except OSError:  # nothing listens, or it does not answer in time
        return UNKNOWN


def _ollama_window(door: _Door, model: str) -> int | None:
    """The context that the model will have: what is set for it, else what it was loaded with.

    None before it is loaded where nothing is set, for then the server decides by its memory. No
    compatible API can ask for another.
    """
    shown = mapping(door.ask("/api/show", {"model": model}))
    told = _NUM_CTX.search(str(shown.get("parameters", "")))
    window = int(told[1]) if told else _loaded(door.ask("/api/ps"), model)
    info = mapping(shown.get("model_info"))
    trained = count(*(v for k, v in info.items() if k.endswith(".context_length")))
    return min(window, trained) if window and trained else window


def _loaded(running: Any, model: str) -> int | None:
    names = {model, f"{model}:latest"}
    for entry in array(mapping(running).get("models")):
        if mapping(entry).get("name") in names or mapping(entry).get("model") in names:
            return count(mapping(entry).get("context_length")) or None
    return None


def _llama_cpp_window(props: dict[str, Any]) -> int | None:
    """The context of one slot; llama.cpp divides the whole among them."""
    each = mapping(props.get("default_generation_settings")).get("n_ctx")
    return count(each, props.get("n_ctx")) or None


def _entry(models: Any, model: str) -> dict[str, Any]:
    """The model's entry in a list of models; the only one where the name does not matter."""
    entries = [mapping(entry) for entry in array(models)]
    named = next((entry for entry in entries if entry.get("id") == model), None)
    return named or (entries[0] if len(entries) == 1 else {})


class _Door:
    """Asks one server for JSON, until a moment."""

    def __init__(self, endpoint: Endpoint, key: str, end: float) -> None:
        parts = urlsplit(endpoint.url)
        self._secure = parts.scheme == "https"
        self._host, self._port = endpoint.host, _port(endpoint)
        self._root = parts.path.removesuffix("/v1")
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._end = end

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON that the server answers; None for anything else.

        Raises OSError when nothing listens or the time is over.
        """
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._left())
        content = None if body is None else json.dumps(body)
        headers = {**self._headers, **({"content-type": "application/json"} if body else {})}
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, self._root + path, content, headers)
            response = connection.getresponse()
            return json.loads(self._read(connection, response)) if response.status == 200 else None
        except (http.client.HTTPException, ValueError, RecursionError):
            return None
        finally:
            connection.close()

    def _read(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> bytes:
        content = b""
        while piece := response.read1(1 << 16):
            content += piece
            if len(content) > _MOST:
                raise ValueError("too long")
            if connection.sock is not None:
                connection.sock.settimeout(self._left())
        return content

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _port(endpoint: Endpoint) -> int:
    parts = urlsplit(endpoint.url)
    return parts.port or (443 if parts.scheme == "https" else 80)
