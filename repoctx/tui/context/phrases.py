"""What the gauge says beside its bar: phrases, of which the least important give way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from repoctx.sending.glance import Changed, Glance
from repoctx.terminal import counted, one_line
from repoctx.tui.context.figures import dollars, short

_BETWEEN = " · "
_NAMES = {"full": "full", "outline": "outlined", "name": "named", "omitted": "omitted"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A few words."""

    text: str
    weight: int
    """The smallest gives way first."""
    style: str = ""


def phrases_of(glance: Glance) -> Iterator[Phrase]:
    """Yield what a glance says, in the order in which it is read."""
    expected = glance.expected
    yield _tokens(glance)
    levels = (f"{n:,} {name}" for key, name in _NAMES.items() if (n := glance.levels[key]))
    yield Phrase(", ".join(levels), 6)
    if not glance.sends:
        yield Phrase(f"nothing is sent ({one_line(expected.backend)})", 9, "$text-success")
        return
    share = expected.cached_tokens / max(1, expected.input_tokens)
    yield Phrase(f"{int(share * 100)} % cached", 7)
    yield _cost(glance)
    if expected.first_token_seconds is not None:
        yield Phrase(f"first word in {expected.first_token_seconds:.0f} s", 3)
    if glance.redacted:
        yield Phrase(f"{counted(glance.redacted, 'secret')} hidden", 2)


def changes_of(changed: Changed) -> Iterator[Phrase]:
    """Yield how many files differ, when any does."""
    if changed.paths:
        files = counted(len(changed.paths), "file")
        yield Phrase(f"{files} changed, {short(changed.tokens)} tokens", 8, "$text-warning")


def _tokens(glance: Glance) -> Phrase:
    tokens, limit = glance.expected.input_tokens, glance.limit
    if limit is None:
        return Phrase(f"{short(tokens)} tokens", 10, "bold")
    if tokens > limit:
        return Phrase(f"{short(tokens)} tokens, too many for {short(limit)}", 10, "$text-error")
    return Phrase(f"{short(tokens)} of {short(limit)} tokens", 10, "bold")


def _cost(glance: Glance) -> Phrase:
    low, high = glance.expected.cost_low, glance.expected.cost_high
    if low is None or high is None:
        return Phrase("price not known", 5)
    return Phrase(dollars(low, high), 9, "$text-accent")


def flowed(first: Content, phrases: Sequence[Phrase], width: int, lines: int) -> list[Content]:
    """Return the phrases behind ``first`` in so many lines; what finds no room is left out.

    A short phrase may stand before a longer one that only a further line has room for.
    """
    kept = list(phrases)
    while (flow := _flow(first, kept, width, lines)) is None:
        kept.remove(min(kept, key=lambda phrase: phrase.weight))
    return flow


def _flow(
    first: Content, phrases: Sequence[Phrase], width: int, lines: int
) -> list[Content] | None:
    """Return the lines; None when a phrase has no room in any."""
    flow = [first]
    for phrase in phrases:
        words = Content.styled(phrase.text, phrase.style)
        if words.cell_length > width:
            words = words.truncate(width, ellipsis=True)
        for number, line in enumerate(flow):
            between = "" if not line else " " if line is first else _BETWEEN
            if line.cell_length + len(between) + words.cell_length <= width:
                flow[number] = Content.assemble(line, between, words)
                break
        else:
            if len(flow) == lines:
                return None
            flow.append(words)
    return flow
