"""What one request took: who asked, who answered, the tokens, the money and the time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bill:
    """One request that a backend answered, or that failed after it told its usage."""

    repository: str
    """The key of its roots, as ``repository_key`` writes it."""
    conversation: str
    """The same for all questions of one conversation."""
    backend: str
    endpoint: str
    """The URL without a key; empty for a command, whose arguments may be secret."""
    model: str
    input: int
    """Tokens; includes ``cached`` and ``written``."""
    cached: int
    written: int
    output: int
    fresh: int
    """Tokens that the model had to read anew, as far as is known."""
    cost: float | None
    """US dollars; None when the price is not known or the server told no usage."""
    saved: float | None
    """US dollars that the cache saved; None where ``cost`` is."""
    seconds: float | None
    """From the request to the first piece of the answer; None when there was none."""
    at: float
    """Seconds since the epoch."""


def repository_key(roots: Iterable[Path]) -> str:
    """Return the name of these roots together, whatever their order: their real paths."""
    return "\0".join(sorted(os.path.realpath(root) for root in roots))
