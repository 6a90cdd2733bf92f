"""A code block: highlighted as it comes into view, folded or not, with a line above it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message
from textual.style import Style

from repoctx.terminal import counted, one_line, printable
from repoctx.tui.transcript.blocks import Block, rows_of
from repoctx.tui.transcript.item import Item
from repoctx.tui.viewer.highlighting import (
    Highlighted,
    column_of,
    language_of_fence,
    without_tabs,
)

_HEAD = 40
"""Rows that the first line takes at most, however narrow the screen is."""
_COPY = Style.from_meta({"copy": True})


class Code(Item):
    """Its first block says what it is and is all that is seen while it is folded."""

    look = "code"
    stops = 1

    def __init__(self, language: str, *, spaced: bool = True) -> None:
        super().__init__()
        self.spaced = spaced
        self.is_folded = False
        self._language = one_line(language)[:24]
        self._title = ""
        self._source: list[str] = []
        self._plain: list[str] = []
        self._all: list[Block] = [self._head()]
        self._colours = Highlighted(self._plain, language_of_fence(language))
        self.show(self._all)

    @property
    def text(self) -> str:
        """What is copied: the code, with what no terminal may see escaped."""
        return "\n".join(self._source) + "\n"

    @property
    def size(self) -> str:
        """Its number of lines, in words."""
        return counted(len(self._source), "line")

    def write(self, lines: Sequence[str]) -> None:
        """Hold these lines; those that it held, but the last, are their beginning."""
        kept = max(0, len(self._source) - 1)
        del self._source[kept:], self._plain[kept:], self._all[kept + 1 :]
        for line in map(printable, lines[kept:]):
            self._source.append(line)
            self._plain.append(without_tabs(line))
            self._all.append(Block(Content(self._plain[-1]), " ", " ", anywhere=True))
        self._colours.changed_from(kept)
        self._show(kept + 1)

    def entitle(self, title: str, *, folded: bool) -> None:
        """Say what it is, and fold it or not."""
        self._title = title
        self.is_folded = folded
        self._show(1)

    def enter(self, stop: int) -> Message | None:
        """Fold what is unfolded, and the other way round."""
        self.is_folded = not self.is_folded
        self._show(1)
        return None

    def stop_at(self, block: int, meta: dict[str, object]) -> int | None:
        """The whole first line can be clicked."""
        return 0 if block == 0 else None

    def drawn(self, number: int) -> Content:
        """A line with its colours."""
        if number == 0:
            head = self._all[0].content
            return head.stylize("reverse") if self.chosen == 0 else head
        return self._colours.line(number - 1)

    def copied(self, number: int, start: int, end: int | None) -> str | None:
        """The tabs that the line has, not the spaces that are drawn."""
        if number == 0:
            return None
        line = self._source[number - 1]
        return line[column_of(line, start) : None if end is None else column_of(line, end)]

    def _show(self, unchanged: int) -> None:
        self._all[0] = self._head()
        self.show(self._all[:1] if self.is_folded else self._all, unchanged)
        if self._width:
            head = list(rows_of(self._all[:1], self._width))
            self._rows[: sum(row.block == 0 for row in self._rows[:_HEAD])] = head

    def _head(self) -> Block:
        sign = "▸" if self.is_folded else "▾"
        words = " · ".join(filter(None, (self._title, self._language, self.size)))
        copy = Content("copy").stylize("underline").stylize(_COPY)
        head = Content.assemble(f"{words}  ", copy).stylize_before("$text-muted")
        return Block(head, f"{sign} ", "  ", is_label=True)
