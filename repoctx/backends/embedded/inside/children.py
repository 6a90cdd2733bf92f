"""A loop that forks a child for each request, several at a time, and reports how each ended."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from .channel import Channel

PASS, FAIL, TIMEOUT, UNFIT = "pass", "fail", "timeout", "unfit"
"""What became of a change: the tests pass; they fail; no end in time; it cannot be tried here."""


class Child:
    """A forked try that is still running."""

    def __init__(
        self, request: dict[str, Any], prepared: Any, pid: int, deadline: float, last: bool
    ) -> None:
        self.request = request
        self.prepared = prepared
        self.pid = pid
        self.deadline = deadline
        """On the monotonic clock, in seconds."""
        self.last = last
        """It runs all tests; the first child of a request runs those that fail."""
        self.said = b""


class Children:
    """Serves requests: ``prepare(request)`` here, then ``attempt(prepared, last)`` in a child.

    What ``prepare`` returns is handed on; a string is an outcome and needs no child.

    A change that passes the failing tests is tried once more, in a new child, with all tests in
    their own order: tests may lean on what earlier ones left behind.
    """

    def __init__(
        self,
        channel: Channel,
        prepare: Callable[[dict[str, Any]], Any],
        attempt: Callable[[Any, bool], str],
        jobs: int,
        full_seconds: float,
    ) -> None:
        self._channel = channel
        self._prepare = prepare
        self._attempt = attempt
        self._jobs = jobs
        self._full_seconds = full_seconds
        self._running: dict[int, Child] = {}
        self._waiting: list[dict[str, Any]] = []

    def serve(self) -> None:
        """Answer requests until the line is closed."""
        open_line = True
        while open_line or self._running or self._waiting:
            while self._waiting and len(self._running) < self._jobs:
                self._begin(self._waiting.pop(0))
            watched = [*self._running, *([self._channel.requests] if open_line else [])]
            for ready in select.select(watched, [], [], self._patience())[0]:
                if ready == self._channel.requests:
                    requests = self._channel.receive()
                    open_line = requests is not None
                    self._waiting += requests or []
                else:
                    self._hear(ready)
            self._expire()

    def _patience(self) -> float:
        now = time.monotonic()
        return max(0.0, min((c.deadline for c in self._running.values()), default=now + 60) - now)

    def _begin(self, request: dict[str, Any]) -> None:
        prepared = self._prepare(request)
        if isinstance(prepared, str):
            self._channel.send({"id": request["id"], "outcome": prepared})
        else:
            self._fork(request, prepared, last=False)

    def _fork(self, request: dict[str, Any], prepared: Any, last: bool) -> None:
        seconds = self._full_seconds if last else request["seconds"]
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            self._run(prepared, writer, seconds, last)
        os.close(writer)
        # Processor time is what a try may use; four times that on the wall allows for a busy
        # machine and for tests that sleep.
        deadline = time.monotonic() + 4 * seconds + 0.5
        self._running[reader] = Child(request, prepared, pid, deadline, last)

    def _run(self, prepared: Any, writer: int, seconds: float, last: bool) -> None:
        """The child's whole life. It leaves by ``_exit``: nothing of the parent may run twice."""
        try:
            self._channel.leave()
            alone()
            limit_cpu(seconds)
            os.write(writer, self._attempt(prepared, last).encode())
        finally:
            os._exit(0)

    def _hear(self, pipe: int) -> None:
        child = self._running[pipe]
        chunk = os.read(pipe, 64)
        child.said += chunk
        if not chunk:
            self._finish(pipe, child.said.decode("ascii", "replace"))

    def _expire(self) -> None:
        now = time.monotonic()
        for pipe in [pipe for pipe, child in self._running.items() if child.deadline <= now]:
            self._finish(pipe, TIMEOUT)

    def _finish(self, pipe: int, outcome: str) -> None:
        child = self._running.pop(pipe)
        os.close(pipe)
        stop(child.pid)
        status = os.waitpid(child.pid, 0)[1]
        if not outcome:
            cpu = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
            outcome = TIMEOUT if cpu else FAIL
        if outcome == PASS and not child.last:
            self._fork(child.request, child.prepared, last=True)
        else:
            self._channel.send({"id": child.request["id"], "outcome": outcome})


def alone() -> None:
    """Lead a process group, so that ``stop`` reaches the children of a try as well."""
    try:
        os.setpgid(0, 0)
    except OSError:  # not every sandbox allows it; at the end it kills everything anyway
        return


def stop(pid: int) -> None:
    """Kill a child of ours and, where it leads one, its process group."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:  # it leads no group, or is over
            continue


def limit_cpu(seconds: float) -> None:
    """Have the kernel end this process after so much more processor time."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
