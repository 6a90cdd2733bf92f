"""One line beneath the prompt: tokens by level, cache and cost of the next question."""

from __future__ import annotations

from textual.widgets import Static


class Gauge(Static):
    """The budget bar."""
