"""Tests of ``python -m unittest``, collected by its own command line."""

from __future__ import annotations

import sys
import unittest
import unittest.main
from collections.abc import Iterator
from typing import Any

from .suites import Use, Watcher


def collect_unittest(arguments: list[str], use: Use) -> None:
    """Let unittest read its arguments and load the tests; then ``use`` them in place of a run."""

    class Runner:
        def run(self, tests: unittest.TestSuite) -> Any:
            use(UnittestSuite(tests))
            return unittest.TestResult()

    runner: Any = Runner()
    unittest.main(module=None, argv=["python -m unittest", *arguments], testRunner=runner)


class UnittestSuite:
    """Test cases by their order in the loaded suite."""

    def __init__(self, tests: unittest.TestSuite) -> None:
        self._cases = list(_flat(tests))
        self.names = [case.id() for case in self._cases]
        modules = [sys.modules.get(type(case).__module__) for case in self._cases]
        self.files = [getattr(module, "__file__", None) or "" for module in modules]
        self.loaded = not any(type(case).__module__ == "unittest.loader" for case in self._cases)

    def run(self, order: list[int], watcher: Watcher) -> None:
        """Run the cases in one suite, so that class and module fixtures work."""
        cases = [self._cases[index] for index in order]
        indices = {id(self._cases[index]): index for index in order}
        unittest.TestSuite(cases).run(_Result(indices, watcher))


class _Result(unittest.TestResult):
    def __init__(self, indices: dict[int, int], watcher: Watcher) -> None:
        super().__init__()
        self._indices = indices
        self._watcher = watcher
        self._good = True

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        self._good = True
        self._watcher.started(self._indices[id(test)])

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        if not self._watcher.ended(self._indices[id(test)], self._good):
            self.stop()

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        self._good = False
        if id(test) not in self._indices:  # a class's or module's fixture: its tests never start
            for index in self._indices.values():
                self._watcher.started(index)
                self._watcher.ended(index, False)
            self.stop()

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        self._good = False

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802 - unittest's name
        self._good = False

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._good = False


def _flat(tests: Any) -> Iterator[unittest.TestCase]:
    for test in tests:
        if isinstance(test, unittest.TestCase):
            yield test
        else:
            yield from _flat(test)
