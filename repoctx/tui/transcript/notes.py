"""What happened beside the answer, a line or a few each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from repoctx import events, wording
from repoctx.events import Event
from repoctx.terminal import one_line
from repoctx.tui.transcript.blocks import Block
from repoctx.tui.transcript.item import Item

Weight = Literal["note", "warn", "error", "good", "plain"]

_SIGNS: dict[Weight, str] = {"note": "·", "warn": "!", "error": "✗", "good": "✓", "plain": " "}
"""Said beside the colour, for those who do not see it."""
_SMALL = 12
"""Lines of a diff or an output that is shown at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is said."""

    text: str
    weight: Weight = "note"


@dataclass(frozen=True, slots=True)
class Attached:
    """Several lines that belong to the line before them, to be folded."""

    title: str
    language: str
    text: str
    folded: bool


class Note(Item):
    """Lines of one weight."""

    spaced = False

    def __init__(self, line: Line) -> None:
        self.weight = self.look = line.weight
        self._said = [_signed(line)]
        super().__init__(self._said)

    def add(self, line: Line) -> None:
        """Say another line of the same weight."""
        self._said.append(_signed(line))
        self.show(self._said, unchanged=len(self._said) - 1)


def _signed(line: Line) -> Block:
    return Block(Content(one_line(line.text)), f"{_SIGNS[line.weight]} ", "  ")


def said(event: Event) -> Iterator[Line | Attached]:
    """Yield what is drawn of an event, in the words of the command line."""
    match event:
        case events.Packed():
            yield Line(wording.packed(event))
        case events.Estimated():
            yield Line(wording.estimated(event))
        case events.Usage() if event.input or event.output:
            yield Line(wording.usage(event))
            if gap := wording.gap(event):
                yield Line(gap, "warn")
        case events.Spent() if event.month or event.unpriced:
            yield Line(wording.spent(event))
        case events.Notice():
            yield Line(event.message, "warn")
        case events.EditProposed():
            yield Attached(wording.proposed(event), "diff", event.diff, folded=True)
            for flag in event.flags:
                yield Line(f"careful: {flag}", "warn")
        case events.Conflict():
            yield from _conflict(event)
        case events.Applied():
            yield Line(wording.applied(event), "good")
        case events.CheckRan():
            yield from _check(event)
        case events.Finished() if event.message:
            yield Line(event.message, "error" if event.exit_code else "good")
        case events.Failed():
            yield Line(event.message, "error")
            if event.hint:
                yield Line(f"hint: {event.hint}", "plain")


def _conflict(event: events.Conflict) -> Iterator[Line | Attached]:
    yield Line(wording.conflict(event), "error")
    if event.hint:
        yield Line(f"hint: {event.hint}", "plain")
    if detail := event.detail.strip("\n"):
        long = detail.count("\n") >= _SMALL
        yield Attached("the edit beside the file", "diff", detail, folded=long)


def _check(event: events.CheckRan) -> Iterator[Line | Attached]:
    if event.passed:
        yield Line(wording.checked(event), "good")
        return
    yield Line(wording.checked(event), "error")
    if lines := wording.shown_output(event):
        long = len(lines) > _SMALL
        yield Attached("output of the check", "", "\n".join(lines), folded=long)
