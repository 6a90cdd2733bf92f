"""The worker's roles.

``warm``: the tests are collected and the repository's modules imported once; a change swaps the
code of live functions in a forked child. Fast, and fit for changes inside functions.
``fresh``: only the test runner is imported; each forked child collects and imports everything, with
the changed source. Slower, and fit for every change.
``command``: the check is run as a command of its own for each change. The slowest.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from . import sources
from .baseline import Test, measure
from .channel import Channel
from .children import FAIL, PASS, UNFIT, Children
from .commands import CommandWorker
from .loading import collect, preload
from .suites import Suite
from .tracing import LineTracer
from .whole import Whole

_NO_PROGRAM = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, OSError)
"""What ``compile`` raises for text that is none, and reading a file that a test has removed."""


def main() -> None:
    """Serve repoctx as the JSON object in ``sys.argv[1]`` says."""
    config = json.loads(sys.argv[1])
    channel = Channel()
    sys.path[0] = config["path0"]
    os.chdir(config["folder"])
    preload(config["kind"], config["modules"])
    worker = Worker(config, channel)
    if config["role"] == "warm":
        collect(config["kind"], config["arguments"], worker.serve_warm)
        channel.send({"ready": False})
    elif config["role"] == "command":
        limit = config["measure_seconds"]
        CommandWorker(channel, config["root"], config["arguments"][0]).serve(limit)
    else:
        worker.serve_fresh()
    os._exit(0)


class _UntilFailure:
    """Watches a try, which ends at the first failure."""

    good = True

    def started(self, index: int) -> None:
        return

    def ended(self, index: int, passed: bool) -> bool:
        self.good = self.good and passed
        return self.good


class Worker:
    """What both roles share."""

    def __init__(self, config: dict[str, Any], channel: Channel) -> None:
        self._config = config
        self._channel = channel
        self._root: str = config["root"]

    def serve_warm(self, suite: Suite) -> None:
        """Measure the tests, report them, and try changes until the line is closed."""
        if not suite.loaded or not suite.names:
            return
        tests = self._measure(suite)
        paths = sorted({path for test in tests for path in test.lines})
        sources.find_functions(self._root, paths)
        failing = [index for index, test in enumerate(tests) if not test.passed]
        failing.sort(key=lambda index: (tests[index].hung, tests[index].seconds, index))

        def prepare(request: dict[str, Any]) -> Any:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # a change may be doubtful Python
                    return sources.swaps(sources.Change(self._root, request)) or UNFIT
            except _NO_PROGRAM:
                return FAIL

        def attempt(found: sources.Swaps, last: bool) -> str:
            return _try(suite, failing, last) if sources.swap(found) else UNFIT

        seconds = sum(test.seconds for test in tests if not test.hung)
        self._serve(prepare, attempt, 2 * seconds + 10)
        os._exit(0)

    def serve_fresh(self) -> None:
        """Try changes, each with imports of its own.

        ``whole`` takes the check as one test, for a program or for tests that cannot be collected,
        and measures it first; otherwise the failing tests are known by name.
        """
        whole = Whole(self._config["kind"], self._config["arguments"])
        if self._config["whole"]:
            self._measure(whole)

        def prepare(request: dict[str, Any]) -> Any:
            change = sources.Change(self._root, request)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    compile(change.applied(), change.file, "exec")
            except _NO_PROGRAM:
                return FAIL
            return change

        def attempt(change: sources.Change, last: bool) -> str:
            sources.override(change)
            return _try(whole, [0], last) if self._config["whole"] else self._try_named(last)

        self._serve(prepare, attempt, self._config["full_seconds"])

    def _serve(
        self,
        prepare: Callable[[dict[str, Any]], Any],
        attempt: Callable[[Any, bool], str],
        full_seconds: float,
    ) -> None:
        gc.collect()
        gc.freeze()  # what all children share need not be copied for a collection
        Children(self._channel, prepare, attempt, self._config["jobs"], full_seconds).serve()

    def _try_named(self, last: bool) -> str:
        known = set(self._config["failing"])
        outcomes: list[str] = []

        def use(suite: Suite) -> None:
            failing = [index for index, name in enumerate(suite.names) if name in known]
            if failing and suite.loaded:
                outcomes.append(_try(suite, failing, last))

        with contextlib.suppress(SystemExit):  # unittest's way to end
            collect(self._config["kind"], self._config["arguments"], use)
        return outcomes[0] if outcomes else FAIL

    def _measure(self, suite: Suite) -> list[Test]:
        tracer = LineTracer(self._root, self._config["excluded"])
        limits = (self._config["test_seconds"], self._config["measure_seconds"])
        tests = measure(suite, self._channel, tracer, *limits)
        self._channel.send({"ready": True, "modules": _installed(self._root), **_summary(tests)})
        return tests


def _try(suite: Suite, failing: list[int], last: bool) -> str:
    """Run the failing tests, or at last all of them in their own order."""
    watcher = _UntilFailure()
    suite.run(list(range(len(suite.names))) if last else failing, watcher)
    return PASS if watcher.good else FAIL


def _summary(tests: list[Test]) -> dict[str, Any]:
    """Per line, by how many failing and passing tests it is run; and the tests themselves."""
    lines: dict[str, dict[int, list[int]]] = {}
    for test in tests:
        for path, numbers in test.lines.items():
            counts = lines.setdefault(path, {})
            for number in numbers:
                counts.setdefault(number, [0, 0])[1 if test.passed else 0] += 1
    described = [[test.name, test.file, test.passed, test.seconds, test.hung] for test in tests]
    return {"tests": described, "lines": lines}


def _installed(root: str) -> list[str]:
    """Loaded modules that are not the repository's: a fresh worker may import them early."""
    names = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and not os.path.realpath(file).startswith(root + os.sep) and "." not in name:
            names.append(name)
    return [name for name in names if not name.startswith("_repoctx")]
