"""Search for a small edit that makes a failing check pass, in the sandbox.

Generate and validate, as GenProg (Le Goues et al., TSE 2012) and TBar (Liu et al., ISSTA 2019) do:
find suspicious lines by running the tests, try general edits there, keep what passes all tests, and
confirm it with the real command.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from repoctx.backends.base import CheckFailure
from repoctx.backends.embedded.candidates import Candidate
from repoctx.backends.embedded.check import (
    Check,
    Interpreter,
    interpreter,
    plain_command,
    understand,
)
from repoctx.backends.embedded.evidence import Evidence, from_failure, from_report
from repoctx.backends.embedded.proposal import Found, no_repair, proposal, ranked
from repoctx.backends.embedded.scratch import Files, scratch_files
from repoctx.backends.embedded.search import STAGE, Tally, distinct, search
from repoctx.backends.embedded.trial import Trial
from repoctx.backends.embedded.worker import Setting, Worker, start
from repoctx.events import Event, Progress
from repoctx.packer.walk import Snapshot
from repoctx.sandbox import Bounds, Confinement

SECONDS = 60.0
"""Wall-clock time of a search at most; a request may allow less."""
_MOST_CONFIRMED = 5
"""Candidates that are tried with the real command before giving up."""
_SLOW_SECONDS = (1.0, 8.0)
"""Processor time for the failing tests in the further looks at candidates that took too long."""
_MEASURE_SHARE = 0.4
"""Of the time, for running the tests before any change."""

_MOST_OUTSIDE = 2000
"""Candidates outside functions that are kept for later."""
_WARM_SHARE = 0.9
"""Of the time, until which functions are mended; what is left is for code outside functions."""

Steps: TypeAlias = Generator[Event, None, Evidence | None]


@dataclass(slots=True)
class Repair:
    """One search, from the failing check to the reply."""

    snapshot: Snapshot
    failure: CheckFailure
    confinement: Confinement
    cancelled: Callable[[], bool]
    seconds: float = SECONDS
    prefix: str = ""
    """What the paths in the reply begin with, where several roots are read as one."""
    jobs: int = field(default_factory=lambda: max(1, min(4, os.cpu_count() or 1)))
    _began: float = field(default_factory=time.monotonic)
    _seen: set[tuple[str, int, str]] = field(default_factory=set)

    def run(self) -> Generator[Event, None, str]:
        """Search, yielding progress; return the reply in Markdown. Raises ``CancelledError``."""
        yield Progress(STAGE, 0, None, "candidates", "reading the check")
        tally = Tally(self._began + self.seconds)
        with scratch_files(self.snapshot) as files:
            evidence, best = None, list[Candidate]()
            for check in self._readings():
                if evidence is None and (python := interpreter(check, self.snapshot.root)):
                    setting = self._setting(check, python)
                    evidence = yield from self._searched(files, setting, tally)
                    best = yield from self._confirmed(files, setting, tally)
        seconds = time.monotonic() - self._began
        if not best:
            return no_repair(self.failure.command, tally, evidence, seconds, self.prefix)
        command, rivals = self.failure.command, tuple(best[1:])
        return proposal(Found(best[0], rivals, command, tally.tried, seconds, self.prefix))

    @property
    def _command(self) -> str:
        """The check's command, to be run at the root."""
        folder, command = self.failure.folder, self.failure.command
        return f"cd {shlex.quote(folder)} && {command}" if folder else command

    def _readings(self) -> Iterator[Check]:
        """How the check may be taken: as tests that can be loaded, else as a mere command."""
        command = self._command
        check = understand(command, self.snapshot.root)
        if check is not None:
            yield check
        yield plain_command(command)

    def _setting(self, check: Check, python: Interpreter) -> Setting:
        test_seconds, measure_seconds = max(1.0, self.seconds / 20), self.seconds * _MEASURE_SHARE
        root = self.snapshot.root
        return Setting(
            self.confinement, check, python, root, self.jobs, test_seconds, measure_seconds
        )

    def _searched(self, files: Files, setting: Setting, tally: Tally) -> Steps:
        """Search with the check taken in one way; None when it says nothing that way."""
        kind = setting.check.kind
        if kind == "command":
            return (yield from self._with_command(files, setting, tally))
        loaded = kind != "script"
        if loaded:
            loaded, evidence = yield from self._with_tests(files, setting, tally)
        return evidence if loaded else (yield from self._with_whole(files, setting, tally))

    def _with_tests(
        self, files: Files, setting: Setting, tally: Tally
    ) -> Generator[Event, None, tuple[bool, Evidence | None]]:
        """Search with the tests loaded; False when they cannot be."""
        later: list[Candidate] = []
        with self._worker(files, setting, tally, {"role": "warm"}) as worker:
            report = yield from self._first_report(worker, tally)
            if not report["ready"]:
                return False, None
            evidence = from_report(self.snapshot, report, script=False)
            if evidence is not None:
                yield from self._search_warm(worker, evidence, tally, later)
        if evidence is not None and later and not tally.over:
            names = {"failing": evidence.failing, "modules": evidence.modules}
            with self._worker(files, setting, tally, {"role": "fresh"} | names) as worker:
                seconds = evidence.quick_seconds + 2  # it imports everything anew
                yield from search(worker, iter(later), tally, seconds, tally.deadline, self.jobs)
        return True, evidence

    def _worker(
        self, files: Files, setting: Setting, tally: Tally, config: dict[str, Any]
    ) -> AbstractContextManager[Worker]:
        left = max(1.0, tally.deadline - time.monotonic()) + 10
        bounds = Bounds(seconds=left, cpu_seconds=int(left))
        defaults = {"modules": [], "failing": [], "whole": False, "full_seconds": self.seconds / 2}
        return _started(files, setting, defaults | config, bounds, self.cancelled)

    def _first_report(self, worker: Worker, tally: Tally) -> Generator[Event, None, dict[str, Any]]:
        """Wait until the tests have run once."""
        while not tally.over:
            reports = worker.reports(0.5)
            if reports is None:
                break
            for report in reports:
                if "ready" in report:
                    return report
            yield Progress(STAGE, 0, None, "candidates", "running the tests once")
        return {"ready": False}

    def _search_warm(
        self, worker: Worker, evidence: Evidence, tally: Tally, later: list[Candidate]
    ) -> Iterator[Event]:
        """Try what can be tried by swapping code; ``later`` gets the candidates that cannot."""
        outside: list[Candidate] = []
        inside = _inside(evidence.candidates(), outside)
        until = self._began + self.seconds * _WARM_SHARE
        yield from self._search(worker, inside, tally, evidence.quick_seconds, until)
        for seconds in _SLOW_SECONDS:
            if not tally.plausible and seconds > evidence.quick_seconds:
                slow, tally.slow = tally.slow, []
                tally.tried -= len(slow)
                yield from search(worker, iter(slow), tally, seconds, until, self.jobs)
        later += [*tally.unfit, *distinct(outside, self._seen)]
        tally.unfit = []

    def _with_whole(self, files: Files, setting: Setting, tally: Tally) -> Steps:
        """Search with the check as one test: a program, or tests that cannot even be loaded."""
        config = {"role": "fresh", "whole": True}
        with self._worker(files, setting, tally, config) as worker:
            report = yield from self._first_report(worker, tally)
            if not report["ready"]:
                return None
            evidence = from_report(self.snapshot, report, script=setting.check.kind == "script")
            if evidence is not None:
                seconds = max(2.0, evidence.quick_seconds)
                yield from self._search(worker, evidence.candidates(), tally, seconds)
            return evidence

    def _with_command(self, files: Files, setting: Setting, tally: Tally) -> Steps:
        """Search with the command run for each try, where its output says where to look."""
        evidence = from_failure(self.snapshot, self.failure.output)
        if evidence is None:
            return None
        with self._worker(files, setting, tally, {"role": "command"}) as worker:
            report = yield from self._first_report(worker, tally)
            seconds = report.get("seconds", 0.0)
            if not report.get("exit_code") or not isinstance(seconds, float):
                return None
            seconds = max(1.0, 3 * seconds)
            yield from self._search(worker, evidence.candidates(), tally, seconds)
        return evidence

    def _search(
        self,
        worker: Worker,
        found: Iterator[Candidate],
        tally: Tally,
        seconds: float,
        until: float = float("inf"),
    ) -> Iterator[Event]:
        queue = distinct(found, self._seen)
        return search(worker, queue, tally, seconds, until, self.jobs)

    def _confirmed(
        self, files: Files, setting: Setting, tally: Tally
    ) -> Generator[Event, None, list[Candidate]]:
        """Return the candidates that pass, those that the real command refutes left out."""
        trial = Trial(
            self.confinement, self._command, self.snapshot.root, files,
            setting.check, setting.interpreter, self.cancelled,
        )  # fmt: skip
        best = ranked(tally.plausible)
        for _ in range(min(_MOST_CONFIRMED, len(best))):
            yield Progress(STAGE, tally.tried, None, "candidates", "confirming")
            if trial.passes(best[0], max(30.0, self.seconds)):
                return best
            best.pop(0)
        return []


def _inside(found: Iterator[Candidate], outside: list[Candidate]) -> Iterator[Candidate]:
    """Yield the candidates inside functions; ``outside`` gets the others that come before them."""
    for candidate in found:
        if candidate.in_function():
            yield candidate
        elif len(outside) < _MOST_OUTSIDE:
            outside.append(candidate)


@contextmanager
def _started(
    files: Files,
    setting: Setting,
    config: dict[str, Any],
    bounds: Bounds,
    cancelled: Callable[[], bool],
) -> Iterator[Worker]:
    """Give a worker on its own copy of the files; both go when the ``with`` block ends."""
    with files.copy() as scratch, start(setting, scratch, config, bounds, cancelled) as worker:
        yield worker
