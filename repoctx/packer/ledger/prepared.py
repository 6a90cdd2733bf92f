"""What a request sends of the repository, as values: with its text, and in sizes alone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the context that stays as it is; a cache mark may stand at its end."""

    chunks: Callable[[], Iterator[str]]
    """Yields the text in pieces; each call starts anew and gives the same."""
    escaped: Callable[[], Iterator[bytes]]
    """The same as it stands inside a JSON string, in UTF-8."""
    size: int
    """Bytes of ``escaped``."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one request would send of the repository, in tokens."""

    base: int
    updates: int
    """Their number."""
    update_tokens: int
    cached: int
    """At the beginning: the destination has seen these within the cache's lifetime."""
    reason: str
    """Why a new base would be sent; empty when the old one is kept."""

    @property
    def tokens(self) -> int:
        """Of base and updates."""
        return self.base + self.update_tokens


@dataclass(slots=True)
class Prepared:
    """What one request sends of the repository."""

    segments: tuple[Segment, ...]
    """The base, then the updates in order."""
    cached: int
    """Tokens at the beginning that the destination has seen within the cache's lifetime."""
    reason: str
    """Why a new base is sent; empty when the old one is kept."""
    fresh: int
    """Tokens that a new pack would have."""
    _commit: Callable[[str, float], None] = field(repr=False)
    _release: Callable[[], None] = field(repr=False)

    @property
    def tokens(self) -> int:
        """Of all segments."""
        return sum(segment.tokens for segment in self.segments)

    @property
    def outlook(self) -> Outlook:
        """The same without the text."""
        base, *updates = (segment.tokens for segment in self.segments)
        return Outlook(base, len(updates), sum(updates), self.cached, self.reason)

    def sent(self, destination: str, at: float | None = None) -> None:
        """Remember that all of it was sent there; what cannot be remembered is sent again."""
        with suppress(sqlite3.Error, OSError):
            self._commit(destination, time.time() if at is None else at)

    def close(self) -> None:
        """Free the base's file, and delete one that was written and never sent."""
        self._release()


@dataclass(frozen=True, slots=True)
class Standing:
    """The sizes of a line, in tokens."""

    base: int
    updates: int
    """Their number."""
    update_tokens: int
    destinations: dict[str, tuple[int, float]]
    """The last update that each has seen, and when (seconds since the epoch)."""
