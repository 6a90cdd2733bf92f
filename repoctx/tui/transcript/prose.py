"""Prose of an answer: Markdown whose citations open the file at the line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content, Span
from textual.message import Message
from textual.style import Style

from repoctx.citations import Exists
from repoctx.tui.transcript.item import Item
from repoctx.tui.transcript.markdown import Page, page
from repoctx.tui.viewer import OpenPlace


class Prose(Item):
    """Every place that it cites can be chosen."""

    def __init__(self, exists: Exists) -> None:
        super().__init__()
        self._exists = exists
        self._page = Page()

    def write(self, lines: Sequence[str]) -> None:
        """Hold this Markdown in place of what it held."""
        self._page = page("\n".join(lines), self._exists)
        self.stops = len(self._page.places)
        self.show(self._page.blocks)

    def drawn(self, number: int) -> Content:
        """The chosen place is marked."""
        content = super().drawn(number)
        if self.chosen is None:
            return content
        marks = [
            Span(span.start, span.end, "reverse")
            for span in content.spans
            if isinstance(span.style, Style) and span.style.meta.get("stop") == self.chosen
        ]
        return content.add_spans(marks) if marks else content

    def row_of(self, stop: int) -> int:
        """Where the place is written."""
        for number, block in enumerate(self.blocks):
            for span in block.content.spans:
                if isinstance(span.style, Style) and span.style.meta.get("stop") == stop:
                    rows = (row.block == number and row.end > span.start for row in self._rows)
                    return next((at for at, here in enumerate(rows) if here), 0)
        return 0

    def enter(self, stop: int) -> Message | None:
        """Open the place."""
        place = self._page.places[stop]
        return OpenPlace(place.path, max(1, place.line), place.last)
