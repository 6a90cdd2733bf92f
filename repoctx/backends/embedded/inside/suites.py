"""What the kinds of check have in common: a list of tests that can be run in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Watcher(Protocol):
    """Told about each test; may end the run."""

    def started(self, index: int) -> None:
        """Test ``index`` begins."""

    def ended(self, index: int, passed: bool) -> bool:
        """Test ``index`` is over; False ends the run."""


class Suite(Protocol):
    """The tests that a check selects."""

    names: list[str]
    files: list[str]
    """The file of each test, empty when it is not known."""
    loaded: bool
    """False when a module of tests could not even be imported."""

    def run(self, order: list[int], watcher: Watcher) -> None:
        """Run the tests with these indices, in this order."""


Use = Callable[[Suite], None]
"""What to do with the tests once they are collected; it may fork, and does not return normally."""
