"""Which settings there are: their defaults, what they mean, and what values make sense."""

from __future__ import annotations

import re
import shlex
from typing import Any

from repoctx.config.suited import AUTO
from repoctx.errors import UsageError
from repoctx.patches.formats import CHOICES

DEFAULTS: dict[str, Any] = {
    "backend": "",
    "model": "",
    "base_url": "",
    "api_key": "",
    "api_key_env": "",
    "command": (),
    "recording": "",
    "record": "",
    "reply_format": "auto",
    "encoding": "o200k_base",
    "budget": None,
    "data_limit": 65_536,
    "attach_limit": 10_000_000,
    "max_cost": None,
    "ask_above": None,
    "output_tokens": None,
    "timeout": 600.0,
    "answer_timeout": 3600.0,
    "retries": 3,
    "cache_lifetime": "5m",
    "prime_cache": False,
    "upload": "length",
    "rounds": 3,
    "keepalive": 0,
    "concurrency": 4,
    "check_timeout": 600.0,
    "commit_hooks": "refuse",
    "local_only": False,
    "syntax_guard": True,
    "redact": True,
    "allow_secrets": (),
    "models": {},
    "workspaces": {},
}

DESCRIPTIONS = {
    "backend": "who answers: embedded, openai, anthropic, exec, scripted, or a plugin's name",
    "model": "the model's name at the endpoint",
    "base_url": "an OpenAI-compatible endpoint; empty for the vendor's own",
    "api_key": "the key itself (user file only, mode 0600; api_key_env is better)",
    "api_key_env": "the environment variable that holds the key",
    "command": "exec: the command and its arguments",
    "recording": "scripted: the file of recorded replies",
    "record": "scripted: the backend whose replies are recorded",
    "reply_format": "the edit format that a model is asked for; auto for what suits it",
    "encoding": "the tokenizer that counts: o200k_base or cl100k_base",
    "budget": "the most tokens of repository text to send",
    "data_limit": "bytes; larger data files are shown as head and shape; 0 for always in full",
    "attach_limit": "bytes that one attachment may have, and standard input",
    "max_cost": "US dollars; a dearer question is refused before it is sent",
    "ask_above": "US dollars; before a dearer question is sent you are asked",
    "output_tokens": "the most tokens of an answer",
    "timeout": "seconds without a byte from the server",
    "answer_timeout": "seconds that a whole answer may take",
    "retries": "further tries after a passing failure",
    "cache_lifetime": "how long Anthropic keeps what is cached: 5m, or 1h at a higher price",
    "prime_cache": "DeepSeek: send a new base ahead, so that the second question finds it cached",
    "upload": "how a request is sent: length says its size first, chunked does not",
    "rounds": "tries to make the check pass",
    "keepalive": "the most pings of --keep-alive; 0 for as many as can pay",
    "concurrency": "parts of a repository that ask --whole asks at once",
    "check_timeout": "seconds that the check command may run",
    "commit_hooks": "--commit where git would run hooks, filters or sign: refuse, run, or skip",
    "local_only": "refuse every endpoint that is not on this machine",
    "syntax_guard": "what no longer parses goes back to the model, and in the end needs your yes",
    "redact": "replace secrets by placeholders before anything is sent",
    "allow_secrets": "what is no secret: password:1a2b3c4d, kind:jwt or path:tests/**",
    "models": "your own models: prices (US dollars per million tokens), windows, reply_format",
    "workspaces": "folders that -C @name reads as one, each a list of paths",
}

_ENTRIES = {
    "allow_secrets": re.compile(r"path:\S.*|kind:[a-z0-9-]{1,60}|[a-z0-9-]{1,60}:[0-9a-f]{8}"),
}
_CHOICES = {
    "cache_lifetime": ("5m", "1h"),
    "upload": ("length", "chunked"),
    "commit_hooks": ("refuse", "run", "skip"),
    "reply_format": (AUTO, *CHOICES),
}
_OPTIONAL: dict[str, type] = {
    "budget": int,
    "max_cost": float,
    "ask_above": float,
    "output_tokens": int,
}


def parsed(name: str, text: str, variable: str) -> Any:
    """Return a text (of a variable or an argument) as the setting's own type."""
    kind = _type(name)
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
                text.lower()
            ]
        if kind is tuple:
            return tuple(shlex.split(text))
        return kind(text)
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{variable}={text!r} makes no sense", DESCRIPTIONS[name]) from None


def checked(name: str, value: Any, origin: str) -> Any:
    """Return the value in the setting's own type; UsageError for another type or below zero."""
    kind = _type(name)
    if kind is tuple and isinstance(value, list):
        value = tuple(value)
    if kind is float and type(value) is int:
        value = float(value)
    negative = isinstance(value, int | float) and value < 0
    strange = isinstance(value, tuple) and not all(_is_entry(name, each) for each in value)
    unknown = name in _CHOICES and value not in _CHOICES[name]
    if type(value) is not kind or negative or strange or unknown:
        shown = "…" if name == "api_key" else repr(value)
        choices = f": {', '.join(_CHOICES[name])}" if unknown else ""
        hint = f"{DESCRIPTIONS[name]}{choices}"
        raise UsageError(f"{origin}: {name} = {shown} makes no sense", hint)
    return value


def _is_entry(name: str, value: object) -> bool:
    pattern = _ENTRIES.get(name)
    return type(value) is str and (pattern is None or pattern.fullmatch(value) is not None)


def _type(name: str) -> type:
    return type(DEFAULTS[name]) if DEFAULTS[name] is not None else _OPTIONAL[name]
