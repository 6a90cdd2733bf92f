"""A check taken as one test: a Python program, or tests that cannot be collected one by one."""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import sys
import types

from .loading import collect
from .suites import Suite, Watcher


class Whole:
    """Runs the whole check in this process; once only."""

    loaded = True

    def __init__(self, kind: str, arguments: list[str]) -> None:
        self._kind = kind
        self._arguments = arguments
        self.names = ["the whole check"]
        self.files = [os.path.abspath(arguments[0]) if kind == "script" else ""]

    def run(self, order: list[int], watcher: Watcher) -> None:
        """Run it and tell how it ended; ``order`` is ``[0]``."""
        watcher.started(0)
        succeeds = self._program if self._kind == "script" else self._tests
        watcher.ended(0, succeeds())

    def _tests(self) -> bool:
        every = _Every()
        with contextlib.suppress(SystemExit):  # unittest's way to end
            collect(self._kind, self._arguments, every.use)
        return every.good

    def _program(self) -> bool:
        """Run the program as ``__main__``; it succeeds when it exits with 0."""
        sys.argv = list(self._arguments)
        main = types.ModuleType("__main__")
        main.__file__ = self._arguments[0]
        sys.modules["__main__"] = main
        loader = importlib.machinery.SourceFileLoader("__main__", os.path.abspath(sys.argv[0]))
        try:
            exec(loader.source_to_code(loader.get_data(loader.path), loader.path), vars(main))
        except SystemExit as stop:
            return stop.code is None or stop.code == 0
        except BaseException:  # noqa: BLE001 - any other end of the program is a failure
            return False
        return True


class _Every:
    """Runs all tests of a suite up to the first failure."""

    good = False

    def use(self, suite: Suite) -> None:
        self.good = suite.loaded
        if self.good:
            suite.run(list(range(len(suite.names))), self)

    def started(self, index: int) -> None:
        return

    def ended(self, index: int, passed: bool) -> bool:
        self.good = self.good and passed
        return self.good
