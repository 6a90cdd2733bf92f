"""The one live line of a turn: what is going on now, how far it is, and for how long."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.content import Content

from repoctx import wording
from repoctx.events import Progress
from repoctx.terminal import one_line, printable
from repoctx.tui.transcript.blocks import Block
from repoctx.tui.transcript.item import Item

Clock = Callable[[], float]
"""Seconds that only grow."""

INTERVAL = 0.1
"""Seconds between two drawings, however fast progress is reported."""
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_BAR = 20
_OUTPUT = 6
"""Lines of a running check's output that are seen."""
_KEPT = 4_000
"""Characters of that output."""
_WORTH_SAYING = 1.0
"""Seconds; a stage that took less leaves no line behind."""


class Stage(Item):
    """No rows while nothing is going on."""

    look = "note"
    spaced = False

    def __init__(self, clock: Clock = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._progress: Progress | None = None
        self._since = 0.0
        self._output = ""
        self._characters = 0
        self._first: float | None = None

    def advance(self, progress: Progress) -> str:
        """Show a stage's state; return what is left to say of another stage that it ends."""
        left = ""
        if self._progress is None or self._progress.stage != progress.stage:
            left = self.end()
            self._since, self._output = self._clock(), ""
        new = self._progress is None
        self._progress = progress
        if progress.stage == "check":
            self._output = (self._output + progress.detail)[-_KEPT:]
        if new:
            self.tick()
        return left

    def answering(self, characters: int, first: float | None = None) -> str:
        """Show that the answer streams and how long it is; ``first`` is its wait."""
        left = ""
        if not self._is_answering:
            left = self.advance(Progress("answering", 0, None))
        self._first = self._first if first is None else first
        self._characters = characters
        return left

    def end(self) -> str:
        """Hide; return what is worth keeping of the stage in one line."""
        ended, self._progress = self._progress, None
        self.show(())
        took = self._clock() - self._since
        if ended is None or ended.stage == "check":
            return ""
        if ended.stage == "answering":
            characters, first = self._characters, self._first
            self._characters, self._first = 0, None
            return wording.answered(characters, took, first) if characters else ""
        if took < _WORTH_SAYING:
            return ""
        words = f"{ended.stage} {wording.amount(ended)}".strip()
        return f"{words}: {wording.elapsed(took)}"

    @property
    def _is_answering(self) -> bool:
        return self._progress is not None and self._progress.stage == "answering"

    @property
    def is_live(self) -> bool:
        """True while something is going on."""
        return self._progress is not None

    def tick(self) -> None:
        """Draw what is known by now."""
        progress = self._progress
        if progress is None:
            return
        took = self._clock() - self._since
        words = self._rate(took) if self._is_answering else _words(progress)
        head = f"{words}  {wording.elapsed(took)}"
        lines = printable(self._output.replace("\r\n", "\n")).expandtabs(4).splitlines()
        output = (Block(Content(line[:400]), "  ", "  ") for line in lines[-_OUTPUT:])
        sign = f"{_SPINNER[int(took / INTERVAL) % len(_SPINNER)]} "
        self.show([Block(Content(one_line(head)), sign, "  ", is_label=True), *output])

    def _rate(self, took: float) -> str:
        rate = f", {self._characters / took:,.0f} a second" if took >= INTERVAL else ""
        return f"answering: {self._characters:,} characters{rate}"


def _words(progress: Progress) -> str:
    bar = ""
    if progress.total:
        full = round(_BAR * min(1.0, progress.done / progress.total))
        share = min(1.0, progress.done / progress.total)
        bar = "━" * full + "─" * (_BAR - full) + f" {share:.0%}"
    detail = "" if progress.stage == "check" else progress.detail.strip()[:60]
    return "  ".join(filter(None, (progress.stage, bar, wording.amount(progress), detail)))
