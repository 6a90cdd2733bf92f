"""The tests as they are: which fail, how long each takes, and which lines each runs."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from typing import Any

from .channel import Channel
from .children import alone, stop
from .suites import Suite
from .tracing import LineTracer

_GRACE_SECONDS = 2.0
"""For a test that ignores its alarm, before its process is killed."""


class Test:
    """One test and what it did before any change."""

    def __init__(self, name: str, file: str) -> None:
        self.name = name
        self.file = file
        self.passed = False
        self.hung = False
        self.seconds = 0.0
        self.lines: dict[str, list[int]] = {}


class Hung(BaseException):
    """Raised inside a test that takes too long; not an ``Exception``, which tests may catch."""


class _Recorder:
    """Runs in the forked child and writes what each test did as a JSON line."""

    def __init__(self, pipe: int, tracer: LineTracer, seconds: float) -> None:
        self._pipe = pipe
        self._tracer = tracer
        self._seconds = seconds
        self._begun = 0.0
        self._longest = 0.0
        self._hung = False
        signal.signal(signal.SIGALRM, self._alarm)

    def _alarm(self, number: int, frame: Any) -> None:
        # The next one that hangs may not take as long: a fix would be no slower than the others.
        self._seconds = min(self._seconds, max(0.5, 4 * self._longest))
        self._hung = True
        raise Hung

    def started(self, index: int) -> None:
        self._write({"started": index})
        self._hung = False
        self._begun = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        self._tracer.start()

    def ended(self, index: int, passed: bool) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0)
        lines = self._tracer.stop()
        seconds = time.perf_counter() - self._begun
        if not self._hung:
            self._longest = max(self._longest, seconds)
        report = {"ended": index, "passed": passed and not self._hung, "hung": self._hung}
        self._write({**report, "seconds": seconds, "lines": lines})
        return True

    def _write(self, report: dict[str, Any]) -> None:
        data = memoryview(json.dumps(report).encode() + b"\n")
        while data:
            data = data[os.write(self._pipe, data) :]


def measure(
    suite: Suite, channel: Channel, tracer: LineTracer, seconds: float, total: float
) -> list[Test]:
    """Run every test once, in forked children; ``seconds`` bounds a test, ``total`` all of them.

    A test that ends its process, or ignores the alarm, is marked as hung and the next child starts
    after it. Tests that there was no time for count as passed and have no lines.
    """
    tests = [Test(name, suite.files[index]) for index, name in enumerate(suite.names)]
    deadline, following = time.monotonic() + total, 0
    while following < len(tests) and time.monotonic() < deadline:
        order = list(range(following, len(tests)))
        last = _measure_some(suite, channel, tracer, tests, order, (seconds, deadline))
        following = max(last, following) + 1
    for test in tests[following:]:
        test.passed = True
    return tests


def _measure_some(
    suite: Suite,
    channel: Channel,
    tracer: LineTracer,
    tests: list[Test],
    order: list[int],
    limits: tuple[float, float],
) -> int:
    """Fork a child that runs the tests in order; return the last index that it got to."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            channel.leave()
            alone()
            suite.run(order, _Recorder(writer, tracer, limits[0]))
        finally:
            os._exit(0)
    os.close(writer)
    running, last = -1, order[0]
    for report in _reports(reader, limits):
        if "started" in report:
            running = last = report["started"]
        else:
            _note(tests[report["ended"]], report)
            running = -1
    if running >= 0:
        tests[running].hung = True
    stop(pid)
    os.waitpid(pid, 0)
    return last


def _note(test: Test, report: dict[str, Any]) -> None:
    test.passed = report["passed"]
    test.hung = report["hung"]
    test.seconds = report["seconds"]
    test.lines = report["lines"]


def _reports(reader: int, limits: tuple[float, float]) -> Any:
    """Yield the child's reports until it ends, is silent for too long, or the time is up."""
    buffer = b""
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while True:
            wait = min(limits[0] + _GRACE_SECONDS, max(0.0, limits[1] - time.monotonic()))
            if not select.select([pipe], [], [], wait)[0]:
                return
            chunk = pipe.read(1 << 16)
            if not chunk:
                return
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                yield json.loads(line)
