"""Two lines beneath the prompt: what the next question sends, and what that costs."""

from __future__ import annotations

import time
from collections.abc import Iterator

from textual.content import Content
from textual.events import Click, Resize
from textual.timer import Timer
from textual.widgets import Static

from repoctx.events import Progress
from repoctx.sending.glance import Changed, Glance
from repoctx.terminal import one_line
from repoctx.tui.context.bar import bar, parts_of
from repoctx.tui.context.details import Details
from repoctx.tui.context.phrases import Phrase, changes_of, flowed, phrases_of

_LINES = 2
_SHARE = 4
"""Of the width, the bar takes one part of so many."""
_PATIENCE = 1.0
"""Seconds before work that goes on is told."""
_TOOLTIP = "What the next question sends; click for all of it"


class Gauge(Static):
    """The budget bar, and words beside it."""

    DEFAULT_CSS = """
    Gauge { height: auto; max-height: 2; padding: 0 1; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.tooltip = _TOOLTIP
        self._glance: Glance | None = None
        self._changed = Changed()
        self._note = ""
        self._problem = ""
        self._work: Progress | None = None
        self._since = 0.0
        self._clock: Timer | None = None

    @property
    def text(self) -> str:
        """What is drawn, without colours."""
        return "\n".join(line.plain for line in self._lines())

    def on_mount(self) -> None:
        """Begin to tell how long work takes."""
        self._clock = self.set_interval(0.5, self._draw, pause=True)

    def show(self, glance: Glance, changed: Changed = Changed()) -> None:  # noqa: B008 - frozen
        """Draw a glance, and what differs from the one at the last question."""
        self._glance, self._changed, self._problem = glance, changed, ""
        self._draw()

    def show_work(self, progress: Progress | None) -> None:
        """Tell that a glance is being made, or that none is any more."""
        if self._work is None and progress is not None:
            self._since = time.monotonic()
        self._work = progress
        if self._clock is not None:
            (self._clock.pause if progress is None else self._clock.resume)()
        if progress is None:
            self._draw()

    def show_problem(self, problem: str) -> None:
        """Say why there is no glance: the question would fail as well."""
        self._problem = one_line(problem)
        self._draw()

    def show_note(self, note: str) -> None:
        """Say something that stays true, for example why nothing is watched; empty for nothing."""
        self._note = one_line(note)
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Give each phrase the room that there is now."""
        self._draw()

    def on_click(self, event: Click) -> None:
        """Open the details."""
        if self._glance is not None:
            self.app.push_screen(Details(self._glance, self._changed, self._note))

    def _draw(self) -> None:
        self.update(Content("\n").join(self._lines()))

    def _lines(self) -> list[Content]:
        width = self.content_size.width
        if not width:
            return []
        first = Content("")
        if self._glance is not None:
            first = bar(parts_of(self._glance), self._glance.limit, max(8, width // _SHARE))
        return flowed(first, list(self._phrases()), width, _LINES)

    def _phrases(self) -> Iterator[Phrase]:
        if self._problem:
            yield Phrase(self._problem, 12, "$text-error")
        if self._work is not None and time.monotonic() - self._since >= _PATIENCE:
            yield Phrase(self._working(self._work), 11, "$text-muted")
        if self._glance is None:
            return
        yield from phrases_of(self._glance)
        yield from changes_of(self._changed)
        if self._note:
            yield Phrase(self._note, 1, "$text-muted")

    def _working(self, work: Progress) -> str:
        seconds = time.monotonic() - self._since
        how_far = f" {work.done:,} of {work.total:,} {work.unit}" if work.total else ""
        return f"{work.stage}{how_far}, {seconds:.0f} s"
