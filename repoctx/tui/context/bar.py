"""A bar of block characters in proportion: each part has a sign of its own beside its colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from repoctx.sending.glance import Glance

_FREE = ("·", "$text-disabled")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of tokens in a request."""

    name: str
    tokens: int
    sign: str
    style: str


def parts_of(glance: Glance) -> tuple[Part, ...]:
    """Return what the request consists of, in the order in which it is sent."""
    expected, spoken = glance.expected, glance.spoken
    cached = min(expected.cached_tokens, expected.base_tokens)
    fresh = "base, to be sent" if glance.sends else "repository, read here"
    return (
        Part("base, probably cached", cached, "█", "$success"),
        Part(fresh, expected.base_tokens - cached, "▓", "$primary"),
        Part("updates", expected.update_tokens, "▒", "$warning"),
        Part(
            "instructions and conversation",
            spoken.instructions + spoken.conversation,
            "░",
            "$text-secondary",
        ),
        Part("question and attachments", spoken.question, "▚", "$accent"),
    )


def bar(parts: Sequence[Part], limit: int | None, width: int) -> Content:
    """Return the bar; a part that is there at all has at least one cell of it."""
    whole = sum(part.tokens for part in parts)
    full = max(whole, limit or 0, 1)
    cells = list(_cells([part.tokens for part in parts], full, width))
    pieces = [(part.sign * count, part.style) for part, count in zip(parts, cells, strict=True)]
    sign, style = _FREE
    return Content.assemble(*pieces, (sign * (width - sum(cells)), style))


def _cells(tokens: Sequence[int], full: int, width: int) -> Iterator[int]:
    """Yield the cells of each part; together they are never more than the width."""
    ends = 0
    taken = 0
    for place, count in enumerate(tokens):
        ends += count
        waiting = sum(1 for later in tokens[place + 1 :] if later)
        cells = round(width * ends / full) - taken
        cells = min(max(cells, 1 if count else 0), max(0, width - taken - waiting))
        cells = cells if count else 0
        taken += cells
        yield cells
