"""The repository's files by tokens, each at its level."""

from __future__ import annotations

from textual.containers import Vertical


class ContextPanel(Vertical):
    """The tree at the side."""
