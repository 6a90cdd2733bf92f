"""Watching a folder of the test's own, and waiting for what it tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from repoctx.watch import Changes, Scope, Watcher
from tests.waiting import PATIENCE

Watch = Callable[..., Watcher]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens every few seconds happens sooner, so that tests are quick."""
    monkeypatch.setattr("repoctx.watch.gathering.QUIET", 0.1)
    monkeypatch.setattr("repoctx.watch.gathering.LONGEST", 1.0)
    monkeypatch.setattr("repoctx.watch.watcher._GRACE", 0.3)
    monkeypatch.setattr("repoctx.watch.polling._INTERVAL", 0.2)
    monkeypatch.setattr("repoctx.watch.inotify.Inotify.interval", 0.2)
    monkeypatch.setattr("repoctx.watch.observer.Observed.interval", 0.2)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A function that watches a folder until the test ends."""
    with ExitStack() as stack:

        def begin(root: Path, scope: Callable[[], Scope] = Scope) -> Watcher:
            return stack.enter_context(Watcher(root, scope))

        yield begin


def told(watcher: Watcher, enough: Callable[[Changes], bool]) -> Changes:
    """All that the watcher tells until it is enough; fails when it never is."""
    everything = Changes()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (changes := watcher.wait(0.5)) is not None:
            everything = Changes(
                everything.paths | changes.paths,
                everything.everything or changes.everything,
                everything.history or changes.history,
            )
            if enough(everything):
                return everything
    pytest.fail(f"after {PATIENCE} s only this was told: {everything}")


def paths_told(watcher: Watcher, *paths: str) -> Changes:
    """What is told until these paths are among it."""
    return told(watcher, lambda changes: changes.paths >= set(paths))
