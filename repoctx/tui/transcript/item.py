"""Something that stands in the transcript: a question, prose, a code block, a note.

An item is no widget: the toolkit lays out every widget of a screen with each change, and a long
conversation has thousands of items. It knows its rows; the paper draws those that are seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message

from repoctx.tui.transcript.blocks import Block, Row, rows_of


class Item:
    """Blocks, wrapped to the paper's width."""

    look = "text"
    """Names the component class ``paper--…`` with its colours."""
    spaced = True
    """True when a blank line separates it from its neighbours."""
    stops = 0
    """How many things in it can be chosen with the keyboard."""
    bar = ""
    """Drawn at the left of every row."""

    def __init__(self, blocks: Sequence[Block] = ()) -> None:
        self.blocks: Sequence[Block] = blocks
        self.chosen: int | None = None
        """The stop that is chosen."""
        self._rows: list[Row] = []
        self._width = 0
        """That the rows are wrapped to; 0 when they are not."""

    def show(self, blocks: Sequence[Block], unchanged: int = 0) -> None:
        """Hold other blocks; the first ``unchanged`` ones are those it held."""
        self.blocks = blocks
        while self._rows and self._rows[-1].block >= unchanged:
            self._rows.pop()
        if self._width:
            self._rows += rows_of(blocks, self._width, unchanged)

    def rows(self, width: int) -> list[Row]:
        """Return the rows at a width."""
        if width != self._width:
            self._width = width
            self._rows = list(rows_of(self.blocks, width))
        return self._rows

    def drawn(self, number: int) -> Content:
        """Return a block's content with its styles; its text is that of the block."""
        return self.blocks[number].content

    def copied(self, number: int, start: int, end: int | None) -> str | None:
        """Return a part of a block as it was before it was drawn; None for a label."""
        block = self.blocks[number]
        if block.is_label:
            return None
        return ("" if start else block.copied) + block.content.plain[start:end]

    def row_of(self, stop: int) -> int:
        """Return the row, from the item's first, where a stop is."""
        return 0

    def enter(self, stop: int) -> Message | None:
        """Do what Enter or a click does there; the message, if any, goes to the screen."""
        return None

    def stop_at(self, block: int, meta: dict[str, object]) -> int | None:
        """Return the stop under the mouse, where the style has this meta."""
        stop = meta.get("stop")
        return stop if isinstance(stop, int) and 0 <= stop < self.stops else None
