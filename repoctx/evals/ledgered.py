"""The product's own way: each question goes through a real ledger, at a clock of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from repoctx.evals.prompts import Count, Piece, document_pieces, said
from repoctx.packer.ledger import Economy, Ledger
from repoctx.packer.pack import Pack

PACE = 60.0
"""Seconds between two questions: every cache keeps a prefix for longer."""
_LINE = _DESTINATION = "replay"


class Ledgered:
    """Asks through a ledger in a folder; a context manager."""

    def __init__(self, state: Path, economy: Economy, room: int | None, count: Count) -> None:
        self._ledger = Ledger(state)
        self._economy = economy
        self._room = room
        self._count = count
        self._now = 0.0
        self._base: list[Piece] = []
        self.rebases = 0
        """New bases since the first."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ledger.close()

    def ask(self, pack: Pack) -> Sequence[Piece]:
        """Return what the product sends of the repository; it is remembered as sent."""
        self._now += PACE
        with closing(
            self._ledger.prepare(
                _LINE, pack, self._economy, _DESTINATION, room=self._room, at=self._now
            )
        ) as prepared:
            if prepared.reason:
                self.rebases += bool(self._base)
                self._base = document_pieces(pack, pack.documents, self._count)
            updates = [said("".join(s.chunks()), s.tokens) for s in prepared.segments[1:]]
            prepared.sent(_DESTINATION, at=self._now)
        return (*self._base, *updates)
