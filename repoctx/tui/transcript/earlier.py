"""A stored conversation in pairs, and the line that stands for those not drawn yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from textual.content import Content

from repoctx.backends.base import Message
from repoctx.terminal import counted
from repoctx.tui.transcript.blocks import Block
from repoctx.tui.transcript.item import Item

if TYPE_CHECKING:
    from textual.message import Message as Posted

Pair: TypeAlias = tuple[Message | None, Message | None]
"""A question and its answer; one of them may be missing."""


class Earlier(Item):
    """Stands for stored turns."""

    look = "note"
    stops = 1

    def __init__(self, turns: list[Pair], show: Callable[[Earlier], None]) -> None:
        super().__init__()
        self._turns = turns
        self._show_some = show

    def take(self, count: int) -> list[Pair]:
        """Return the last of the turns, which it stands for no longer."""
        some = self._turns[-count:]
        del self._turns[-count:]
        return some

    @property
    def left(self) -> int:
        """How many turns it stands for."""
        return len(self._turns)

    def label(self) -> Earlier:
        """Say how many there are."""
        more = f"▲ {counted(self.left, 'earlier turn')}: a click or Enter shows some"
        self.show([Block(Content(more), is_label=True)])
        return self

    def drawn(self, number: int) -> Content:
        """Marked when it is chosen."""
        content = super().drawn(number)
        return content.stylize("reverse") if self.chosen == 0 else content

    def enter(self, stop: int) -> Posted | None:
        """Have some of them drawn."""
        self._show_some(self)
        return None

    def stop_at(self, block: int, meta: dict[str, object]) -> int | None:
        """All of it can be clicked."""
        return 0


def paired(messages: Sequence[Message]) -> list[Pair]:
    """Return each question with its answer."""
    pairs: list[Pair] = []
    for message in messages:
        if message.role == "user":
            pairs.append((message, None))
        elif pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], message)
        else:
            pairs.append((None, message))
    return pairs
