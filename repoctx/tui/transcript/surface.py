"""Where items are put: the paper, or a pile that is put on the paper later."""

from __future__ import annotations

import time
from typing import Protocol

from repoctx.tui.transcript.item import Item
from repoctx.tui.transcript.stage import Stage


class Surface(Protocol):
    """Takes items; the live line is always below them."""

    @property
    def stage(self) -> Stage:
        """The live line."""

    def add(self, item: Item) -> None:
        """Put an item at the end."""

    def take_away(self, item: Item) -> None:
        """Take an item away."""

    def changed(self, item: Item) -> None:
        """Take note that an item has other rows."""


class Pile:
    """Items that nobody sees yet."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.stage = Stage(time.monotonic)

    def add(self, item: Item) -> None:
        """Put an item at the end."""
        self.items.append(item)

    def take_away(self, item: Item) -> None:
        """Take an item away."""
        self.items.remove(item)

    def changed(self, item: Item) -> None:
        """Nothing is drawn, so nothing is drawn anew."""
