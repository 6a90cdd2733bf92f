"""Gather what many threads report until it is quiet, so that a storm is told once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from repoctx.watch.changes import Changes

QUIET = 0.2
"""Seconds without an event after which a change is taken to be over."""

LONGEST = 2.0
"""Seconds after which a change that does not end is told all the same."""

MOST_PATHS = 20_000
"""Beyond it the paths are forgotten and everything may have changed: memory stays bounded."""


class Gathering:
    """What happened since it was last taken; any thread may report and any thread may take."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._paths: set[str] = set()
        self._everything = False
        self._history = False
        self._first = 0.0
        self._last = 0.0
        self._empty = True
        self.stopped = False

    def path(self, path: str) -> None:
        """A path may have changed; one that ends in ``/``, with all that is in it."""
        with self._condition:
            if len(self._paths) < MOST_PATHS:
                self._paths.add(path)
            elif path not in self._paths:
                self._everything = True
            self._touch()

    def history(self) -> None:
        """Git's HEAD or index may have changed."""
        with self._condition:
            self._history = True
            self._touch()

    def everything(self) -> None:
        """Events were lost."""
        with self._condition:
            self._everything = True
            self._touch()

    def stop(self) -> None:
        """End every wait, now and later."""
        with self._condition:
            self.stopped = True
            self._condition.notify_all()

    def wait(self, seconds: float, is_busy: Callable[[], bool] = lambda: False) -> bool:
        """Wait for a report, then for quiet; False after ``seconds`` without any, or a stop.

        While ``is_busy`` something is still at work, and more will come.
        """
        with self._condition:
            self._condition.wait_for(lambda: self.stopped or not self._empty, seconds)
            while not self.stopped and not self._empty:
                now = time.monotonic()
                due = min(self._last + QUIET, self._first + LONGEST)
                if now >= due and not is_busy():
                    return True
                self._condition.wait(due - now if due > now else QUIET)
            return False

    def take(self) -> Changes:
        """Return what was reported, and forget it."""
        with self._condition:
            paths = frozenset() if self._everything else frozenset(self._paths)
            changes = Changes(paths, self._everything, self._history)
            self._paths.clear()
            self._everything = self._history = False
            self._empty = True
            return changes

    def _touch(self) -> None:
        self._last = time.monotonic()
        if self._empty:
            self._first, self._empty = self._last, False
            self._condition.notify_all()
