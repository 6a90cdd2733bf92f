"""All turns, newest at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import VerticalScroll
from textual.widgets import Markdown, Static

from repoctx import events
from repoctx.backends.base import Message
from repoctx.events import Event
from repoctx.terminal import printable


class Transcript(VerticalScroll):
    """Draws events; knows nothing of where they come from."""

    def ask(self, text: str) -> None:
        """Begin a turn with the person's question."""
        self.mount(Static(printable(text), markup=False))

    def replay(self, turns: Sequence[Message]) -> None:
        """Draw a conversation that was kept."""
        for turn in turns:
            self.mount(Static(printable(turn.content), markup=False))

    def draw(self, event: Event) -> None:
        """Draw one event of the turn."""
        if isinstance(event, events.TextDelta):
            self.mount(Markdown(printable(event.text)))
