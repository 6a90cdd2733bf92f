"""Tests of pytest, collected by its own command line; pytest is the check's, not ours."""

from __future__ import annotations

from typing import Any

from .suites import Use, Watcher

_QUIET = ["--capture=no", "-p", "no:cacheprovider", "--assert=plain"]
"""Captured output would pile up in one file that all forks share."""


def collect_pytest(arguments: list[str], use: Use) -> None:
    """Let pytest read its arguments and collect; then ``use`` the tests in place of its loop."""
    import pytest  # type: ignore[import-not-found,unused-ignore]  # only where the check has it

    class Loop:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session: Any) -> bool:
            if not session.testsfailed:
                use(PytestSuite(session.items))
            return True

    pytest.main([*arguments, *_QUIET], plugins=[Loop()])


class PytestSuite:
    """Collected items by their order."""

    loaded = True

    def __init__(self, items: list[Any]) -> None:
        self._items = list(items)
        for item in items:  # nobody reads why a try fails; saying it took most of its time
            item.repr_failure = item._repr_failure_py = _unsaid
            item.location  # noqa: B018 - computed once here and not in every child
        self.names = [item.nodeid for item in items]
        self.files = [str(getattr(item, "path", getattr(item, "fspath", ""))) for item in items]

    def run(self, order: list[int], watcher: Watcher) -> None:
        """Run the items with their fixtures; skipped and expected failures count as passed."""
        from _pytest.runner import runtestprotocol

        for place, index in enumerate(order):
            following = self._items[order[place + 1]] if place + 1 < len(order) else None
            watcher.started(index)
            reports = runtestprotocol(self._items[index], nextitem=following, log=False)
            if not watcher.ended(index, not any(report.failed for report in reports)):
                return


def _unsaid(*arguments: Any, **options: Any) -> str:
    return ""
