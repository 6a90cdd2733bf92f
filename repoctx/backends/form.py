"""How one request is put, and how it is put more simply for a server that refuses a part by name.

Caching needs fields and marks that not every server takes. Whatever is optional is left out once
the server has named it in a refusal, and the question goes on without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from repoctx.backends.base import Limits, Tool
from repoctx.backends.caching import CacheTerms

_LIMITS = ("max_tokens", "max_completion_tokens")
_TOO_MANY = re.compile(r"max_tokens: [0-9]+ > ([0-9]{1,9})\b")
_ALIASES = {"stream_options": ("stream_options", "include_usage")}


@dataclass(frozen=True, slots=True)
class Form:
    """All of a request but its messages, and the mark that these carry."""

    fields: dict[str, Any]
    optional: frozenset[str]
    """Names of fields, and of the mark, without which the server can answer as well."""
    mark: dict[str, Any] = field(default_factory=dict)
    """What the blocks carry at whose ends a prefix is cached; empty for plain strings."""
    mended: bool = False
    """True when the output limit was changed once: it is not changed back."""

    def without(self, names: Iterable[str]) -> Form:
        """Return the form without these optional parts."""
        gone = self.optional & set(names)
        fields = {name: value for name, value in self.fields.items() if name not in gone}
        mark = {name: value for name, value in self.mark.items() if name not in gone}
        return replace(self, fields=fields, mark=mark, optional=self.optional - gone)

    def simpler(self, status: int, text: str) -> tuple[Form, frozenset[str]] | None:
        """Return the form without what the refusal names, and the names; None for other errors."""
        if status not in (400, 422):
            return None
        named = frozenset(name for name in self.optional if _names(text, name))
        if not named and self.mark and _wants_strings(text):
            named = frozenset(self.mark)
        if named:
            return self.without(named), named
        return self._other_limit(text)

    def _other_limit(self, text: str) -> tuple[Form, frozenset[str]] | None:
        """The limit under its other name, or as high as the server allows."""
        name = next((limit for limit in _LIMITS if limit in self.fields), "")
        if not name or self.mended:
            return None
        other = _LIMITS[1 - _LIMITS.index(name)]
        most = _TOO_MANY.search(text)
        fields = dict(self.fields)
        if most:
            fields[name] = int(most[1])
        elif other in text:
            fields[other] = fields.pop(name)
        else:
            return None
        return replace(self, fields=fields, mended=True), frozenset({name})


def chat_form(
    model: str,
    is_vendor: bool,
    limits: Limits,
    terms: CacheTerms,
    key: str,
    tools: Iterable[Tool] = (),
) -> Form:
    """Return the form of a chat completion at a provider that caches by these terms."""
    fields = {"model": model, "stream": True}
    optional = {"stream_options": {"include_usage": True}, **terms.fields(key)}
    limit = {}
    if limits.output_tokens is not None:
        # OpenAI's newer models refuse max_tokens; many local servers know nothing else.
        limit = {_LIMITS[is_vendor]: limits.output_tokens}
    names = frozenset({*optional, *terms.mark})
    offered = {"tools": list(map(_function, tools))} if tools else {}
    return Form({**fields, **optional, **limit, **offered}, names, dict(terms.mark))


def _function(tool: Tool) -> dict[str, Any]:
    fields = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": fields}


def left_out(host: str, names: Iterable[str]) -> str:
    """Return what to tell when these parts are left out, or changed."""
    return f"{host} does not take {' and '.join(sorted(names))} as sent: asking again without"


def _names(text: str, name: str) -> bool:
    aliases = _ALIASES.get(name, (name,))
    return any(re.search(rf"(?<![A-Za-z_]){alias}(?![A-Za-z_])", text) for alias in aliases)


def _wants_strings(text: str) -> bool:
    """True for the refusal of content in blocks, as servers of plain text put it."""
    return re.search(r"content\b.{0,80}\bstring", text, re.IGNORECASE | re.DOTALL) is not None
