"""What went wrong between us and a server -> one line and a hint, and whether it may pass.

Server texts are hostile: they are cut, put on one line and freed of the key, not believed.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from repoctx.backends.base import BackendError, BackendSettings
from repoctx.backends.endpoint import Endpoint

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_SHOWN = 300
_MOST_WAIT = 120.0
"""Seconds that a server may ask us to wait before a further try; beyond, the person decides."""

_OVER_WINDOW = (
    "context length",
    "context window",
    "context size",
    "context_length",
    "context_size",
    "prompt is too long",
    "prompt too long",
    "input token count",
    "maximum prompt length",
    "too many tokens",
    "too many input tokens",
)
_TOOLS = re.compile(r"(?<![a-z])(?:tools?|functions?)(?![a-z])", re.I)
_NO_TOOLS = frozenset({400, 404, 422, 500, 501})
"""404 is OpenRouter's, where no endpoint of a model takes tools; 500 llama.cpp's, without Jinja."""
_WINDOW = re.compile(
    r"(?:maximum|max|limit|available|window|n_ctx)[^0-9]{0,40}([0-9][0-9,]{0,15})"
    r"|([0-9][0-9,]{0,15})(?: tokens)? maximum"
)
_NUMBER = re.compile(r"[0-9][0-9,]{0,15}")

_HINTS = {
    401: "check the key: the environment variable of the endpoint, or api_key_env",
    402: "the account has no credit left: look at the provider's billing page",
    403: "this key may not use this model or region: check it at the provider",
    404: "check --model and base_url (most base URLs end in /v1)",
    413: "the request is too large for the server: send less with --budget",
    429: "wait a little, or look at the provider's rate limits",
}


class PassingError(BackendError):
    """A failure that may be over at the next try."""

    retry_after = 0.0
    """Seconds that the server asked to wait; 0 when it said nothing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer that is no 2xx."""

    status: int
    headers: Mapping[str, str]
    """With lower-case names."""
    body: bytes
    """Its beginning."""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def error(self) -> Any:
        """What the body says is wrong: a JSON value, or text."""
        try:
            value = json.loads(self.text)
        except (ValueError, RecursionError):
            return "(a web page)" if self.text.lstrip()[:1] == "<" else self.text
        value = value[0] if isinstance(value, list) and value else value
        return value.get("error") or value if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Failures:
    """Turns failures of one request into errors that a person can act on."""

    endpoint: Endpoint
    settings: BackendSettings
    context_tokens: int
    """Of the repository text that was sent."""

    def refused(self, refusal: Refusal) -> BackendError:
        """Return the error for an HTTP answer that is no 2xx."""
        status = refusal.status
        if 300 <= status < 400:
            place = self._clean(refusal.headers.get("location", "nowhere"))
            return BackendError(
                f"{self.endpoint.url} redirects to {place}",
                "nothing was sent there; set base_url to it if you trust it",
            )
        text = self._clean(_message(refusal.error))
        what = f"{self.endpoint.url} answered {status}: {text or 'nothing more'}"
        if status in (400, 413, 422, 500) and _is_over_window(refusal.error):
            return BackendError(what, self._budget_hint(refusal.error))
        if self._is_about_tools(status, refusal.error):
            return BackendError(what, self._without_tools())
        return self._of_status(status, what, refusal.error, _retry_after(refusal.headers))

    def reported(self, error: Any) -> BackendError:
        """Return the error for an error object inside a 200 answer."""
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) else 500 if _is_overloaded(error) else 400
        what = f"{self.endpoint.url} reports: {self._clean(_message(error)) or 'an error'}"
        if _is_over_window(error):
            return BackendError(what, self._budget_hint(error))
        if self._is_about_tools(status, error):
            return BackendError(what, self._without_tools())
        return self._of_status(status, what, error, 0.0)

    def network(self, error: BaseException) -> BackendError:
        """Return the error for a connection that could not be made, or broke."""
        shown, causes = self.endpoint.url, list(_causes(error))
        for cause in causes:
            if isinstance(cause, socket.gaierror):
                kind = PassingError if cause.errno == socket.EAI_AGAIN else BackendError
                return kind(f"{shown}: the host's name cannot be looked up", _HINT_NAME)
            if isinstance(cause, ssl.SSLError):
                reason = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
                return BackendError(f"{shown}: TLS: {reason}", _HINT_TLS)
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            return PassingError(f"{shown}: nothing listens there", _HINT_DOWN)
        if any(isinstance(cause, TimeoutError) for cause in causes):
            return self._timeout(causes)
        reason = next((self._clean(str(c)) for c in reversed(causes) if str(c)), "")
        return PassingError(f"{shown}: the connection broke: {reason}", "try again")

    def cut(self, characters: bool) -> BackendError:
        """Return the error for an answer that stopped before its end."""
        what = f"{self.endpoint.url}: the answer broke off before its end"
        if characters:
            return BackendError(what, "ask again; nothing was changed")
        return PassingError(what, "try again")

    def early(self) -> BackendError:
        """Return the error for an answer to a question that the server did not read to its end."""
        what = f"{self.endpoint.url} answered before it had the whole question"
        return PassingError(what, "do not trust such an answer; a proxy may limit the size")

    def _timeout(self, causes: list[BaseException]) -> BackendError:
        if any("Connect" in type(cause).__name__ for cause in causes):
            return PassingError(f"{self.endpoint.url}: no connection in time", _HINT_DOWN)
        return BackendError(
            f"{self.endpoint.url}: silent for {self.settings.timeout:g} seconds",
            "a long prompt takes long to read: raise `timeout` in the user configuration",
        )

    def _of_status(self, status: int, what: str, error: Any, wait: float) -> BackendError:
        hint = _HINTS.get(status, "")
        if status in _PASSING and "insufficient_quota" not in _codes(error):
            if wait > _MOST_WAIT:
                return BackendError(what, f"the server asks to wait {wait:.0f} seconds")
            passing = PassingError(what, hint or "the server is in trouble: try again later")
            passing.retry_after = wait
            return passing
        if "insufficient_quota" in _codes(error):
            hint = _HINTS[402]
        return BackendError(what, hint or "the server does not accept the request: check the model")

    def _is_about_tools(self, status: int, error: Any) -> bool:
        """True when tools were offered, and the server speaks of them in what it refuses."""
        text = " ".join([_message(error)[: 20 * _SHOWN], *_codes(error)])
        return self.settings.offers_tools and status in _NO_TOOLS and bool(_TOOLS.search(text))

    def _without_tools(self) -> str:
        entry = f'reply_format under [models."{self._clean(self.settings.model)}"]'
        return f"ask without tools: repoctx config reply_format search_replace, or {entry}"

    def _budget_hint(self, error: Any) -> str:
        window, asked = _window(error)
        if not window or asked <= window:
            return "the prompt is over the model's window: send less with --budget"
        # The server counts with its own tokenizer: scale ours, and leave a tenth for the answer.
        budget = int(self.context_tokens * (window / asked) * 0.9) // 100 * 100
        over = f"the window is {window:,} tokens, the request needs {asked:,}"
        return f"{over}: send less, with --budget {budget}" if budget > 0 else over

    def _clean(self, text: str) -> str:
        """One line of at most 300 characters, without the key."""
        key = self.settings.api_key.strip()
        line = " ".join(text[: 20 * _SHOWN].split())
        line = line.replace(key, "[key]") if key else line
        return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


_HINT_NAME = "check base_url and the network"
_HINT_DOWN = "is the server running, and is base_url right?"
_HINT_TLS = "check the clock and base_url; SSL_CERT_FILE names a private authority's certificate"


def _message(error: Any) -> str:
    if isinstance(error, dict):
        for name in ("message", "detail", "error", "error_description", "msg"):
            if error.get(name):
                return _message(error[name])
        return json.dumps(error)[: 2 * _SHOWN]
    if isinstance(error, list):
        return "; ".join(map(_message, error[:3]))
    return str(error)


def _codes(error: Any) -> set[str]:
    """The machine-readable names of an error."""
    names = (error.get(name) for name in ("code", "type")) if isinstance(error, dict) else ()
    return {str(name) for name in names if name}


def _is_over_window(error: Any) -> bool:
    text = " ".join([_message(error)[: 20 * _SHOWN], *_codes(error)]).lower()
    return any(words in text for words in _OVER_WINDOW)


def _is_overloaded(error: Any) -> bool:
    text = " ".join([_message(error)[:_SHOWN], *_codes(error)]).lower()
    return any(word in text for word in ("overloaded", "server_error", "internal", "unavailable"))


def _window(error: Any) -> tuple[int, int]:
    """The window and the tokens asked for, as the error says; 0 for what it does not say."""
    if isinstance(error, dict) and type(error.get("n_ctx")) is int:  # llama.cpp
        asked = error.get("n_prompt_tokens")
        return error["n_ctx"], asked if type(asked) is int else 0
    text = _message(error)[: 20 * _SHOWN].lower()
    found = _WINDOW.search(text)
    window = _number(found[1] or found[2]) if found else 0
    return window, max((_number(number) for number in _NUMBER.findall(text)), default=0)


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait by ``retry-after-ms`` or ``Retry-After`` (RFC 9110, 10.2.3); else 0."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        return seconds if 0 < seconds < float("inf") else 0.0
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, moment.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, outermost first."""
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
