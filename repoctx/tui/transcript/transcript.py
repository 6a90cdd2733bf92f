"""All turns, newest at the bottom.

The view follows the end while the person is there, and stays where they scrolled to. Pieces of an
answer are drawn together: a drawing that takes long is followed by a longer pause.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Click
from textual.widgets import Static

from repoctx import events
from repoctx.attachments import apart
from repoctx.backends.base import Message
from repoctx.citations import Exists
from repoctx.events import Event
from repoctx.terminal import counted, printable
from repoctx.tui.transcript.earlier import Earlier, Pair, paired
from repoctx.tui.transcript.paper import Paper
from repoctx.tui.transcript.stage import INTERVAL, Clock
from repoctx.tui.transcript.surface import Pile, Surface
from repoctx.tui.transcript.turn import Turn

_INTERVAL = 1 / 30
"""Seconds between two drawings of the answer, at least."""
_PAUSE = 3
"""Times as long as a drawing took that the next one waits: keys are handled in between."""
_AT_ONCE = 20
"""Stored turns that are drawn; the others on demand."""


class Below(Static):
    """Says that there is more below; a click leads there."""

    DEFAULT_CSS = """
    Below {
        height: 1;
        display: none;
        text-align: center;
        background: $primary-muted;
        color: $text-primary;
    }
    """


class Transcript(Vertical):
    """Draws events; knows nothing of where they come from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "copy_answer", "Copy answer", tooltip="Copy the last answer as Markdown"),
    ]

    def __init__(self, clock: Clock = time.monotonic) -> None:
        super().__init__()
        self.exists: Exists = lambda path: False
        """Which paths of an answer's text may be linked; none until somebody says."""
        self.paper = Paper(clock)
        self._below = Below(markup=False)
        self._turn: Turn | None = None
        self._pending: list[str] = []
        self._scheduled = False
        self._cost = 0.0
        """Seconds that the last drawing took."""
        self._seen = 0
        """Rows that there were when the person left the end."""

    def compose(self) -> ComposeResult:
        """The turns, and what is said when there is more below."""
        yield self.paper
        yield self._below

    def on_mount(self) -> None:
        """Keep the live line going, and look what is below the view."""
        self.set_interval(INTERVAL, self._tick)
        self.watch(self.paper, "scroll_y", self._look_below, init=False)
        self.watch(self.paper, "virtual_size", self._look_below, init=False)

    @property
    def text(self) -> str:
        """All that is drawn, as plain text."""
        return self.paper.text

    @property
    def answer(self) -> str:
        """The last answer as it came."""
        return "" if self._turn is None else self._turn.answer

    def ask(self, text: str, attachments: Sequence[str] = ()) -> None:
        """Begin a turn with the person's question; attachments are named."""
        self._flush()
        self._turn = Turn(self.paper, text, attachments, self._exists)
        self.paper.go_to_end()

    def draw(self, event: Event) -> None:
        """Draw one event of the turn; pieces of the answer soon, with those that follow."""
        if isinstance(event, events.TextDelta):
            self._pending.append(event.text)
            if not self._scheduled:
                self._scheduled = True
                self.set_timer(max(_INTERVAL, _PAUSE * self._cost), self._flush)
            return
        self._flush()
        self._current().draw(event)
        self.paper.changed(self.paper.stage)

    def action_copy_answer(self) -> None:
        """Copy the last answer as the model wrote it, but for what no terminal may see."""
        self._flush()
        if self.answer:
            self.app.copy_to_clipboard(printable(self.answer))
            self.notify("copied the answer", timeout=2)

    def cancelled(self) -> None:
        """Say that the person stopped the question."""
        self._flush()
        self._current().cancelled()

    def replay(self, messages: Sequence[Message]) -> None:
        """Draw a stored conversation in place of what is shown; early turns on demand."""
        self._pending.clear()
        self._turn = None
        self.paper.clear()
        turns = paired(messages)
        if earlier := turns[:-_AT_ONCE]:
            self.paper.add(Earlier(earlier, self._show_earlier).label())
        for pair in turns[-_AT_ONCE:]:
            self._turn = self._replay(self.paper, pair)
        self.paper.go_to_end()

    def _show_earlier(self, earlier: Earlier) -> None:
        """Draw some turns above those that are drawn, on a paper of their own first."""
        pile = Pile()
        for pair in earlier.take(_AT_ONCE):
            self._replay(pile, pair)
        self.paper.take_away(earlier)
        if earlier.left:
            pile.items.insert(0, earlier.label())
        self.paper.put_first(pile.items)

    def _replay(self, surface: Surface, pair: Pair) -> Turn:
        asked, answered = pair
        names, text = apart(asked.content) if asked else ((), "")
        turn = Turn(surface, text, names, self._exists)
        if answered is not None:
            turn.replay(answered.content)
        return turn

    def _exists(self, path: str) -> bool:
        return self.exists(path)

    def _current(self) -> Turn:
        if self._turn is None:
            self.ask("")
        assert self._turn is not None
        return self._turn

    def _flush(self) -> None:
        """Draw what has come of the answer since the last time."""
        self._scheduled = False
        if not self._pending:
            return
        text = "".join(self._pending)
        self._pending.clear()
        began = time.perf_counter()
        self._current().write(text)
        self._cost = time.perf_counter() - began

    # Below the view

    def _look_below(self) -> None:
        height = self.paper.virtual_size.height
        if self.paper.follows:
            self._seen = height
        new = height - self._seen
        self._below.display = new > 0
        if new > 0:
            self._below.update(f"↓ {counted(new, 'new line')} below")

    def _tick(self) -> None:
        if self.paper.stage.is_live:
            self.paper.stage.tick()
            self.paper.changed(self.paper.stage)

    def on_click(self, event: Click) -> None:
        """A click on what is said of the lines below leads there."""
        if event.widget is self._below:
            event.stop()
            self.paper.go_to_end()
