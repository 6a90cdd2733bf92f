"""What the kinds of check have in common: a list of tests that can be run in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


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


def collect(kind: str, arguments: list[str], use: Use) -> None:
    """Collect the tests as the check's own command would and hand them to ``use``.

    Returns without calling it when they cannot be collected.
    """
    if kind == "pytest":
        from .pytests import collect_pytest

        collect_pytest(arguments, use)
    elif kind == "unittest":
        from .unittests import collect_unittest

        collect_unittest(arguments, use)


def preload(kind: str, modules: list[str]) -> Any:
    """Import the test runner and other modules early, so that every fork has them."""
    wanted = {"pytest": ["pytest"], "unittest": ["unittest.main"]}.get(kind, [])
    for name in [*wanted, *modules]:
        try:
            __import__(name)
        except BaseException:  # noqa: BLE001 - whatever a module does at import: not our business
            continue
