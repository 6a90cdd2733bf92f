"""What the person asked, and what they attached."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message

from repoctx.terminal import one_line, printable
from repoctx.tui.transcript.blocks import Block
from repoctx.tui.transcript.item import Item
from repoctx.tui.viewer.highlighting import without_tabs

_SHOWN = 12
"""Lines of a long question that are seen until it is unfolded."""


class Question(Item):
    """A long one is folded."""

    look = "question"
    bar = "▌"

    def __init__(self, text: str, attachments: Sequence[str] = ()) -> None:
        super().__init__()
        lines = printable(text.replace("\r\n", "\n")).strip("\n").split("\n")
        self._all = [Block(Content(without_tabs(line))) for line in lines]
        self._attached = [
            Block(Content(f"+ {one_line(name)}").stylize("not bold dim"), is_label=True)
            for name in attachments
        ]
        self.stops = int(len(self._all) > _SHOWN + 1)
        self._is_folded = bool(self.stops)
        self._fold()

    def drawn(self, number: int) -> Content:
        """The line that unfolds it is marked when it is chosen."""
        content = super().drawn(number)
        is_last = number == len(self.blocks) - 1 - len(self._attached)
        return content.stylize("reverse") if self.chosen == 0 and is_last else content

    def enter(self, stop: int) -> Message | None:
        """Fold or unfold."""
        self._is_folded = not self._is_folded
        self._fold()
        return None

    def stop_at(self, block: int, meta: dict[str, object]) -> int | None:
        """A click anywhere unfolds a long one."""
        return 0 if self.stops and self._is_folded else None

    def _fold(self) -> None:
        shown = self._all
        if self._is_folded:
            more = f"… {len(shown) - _SHOWN:,} more lines"
            shown = [*shown[:_SHOWN], Block(Content(more).stylize("not bold"), is_label=True)]
        self.show([*shown, *self._attached])
