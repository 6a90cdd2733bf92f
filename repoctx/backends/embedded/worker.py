"""repoctx's end of the line to the worker inside the sandbox."""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from repoctx.backends.embedded.candidates import Candidate
from repoctx.backends.embedded.check import Check, Interpreter
from repoctx.errors import CancelledError
from repoctx.sandbox import Bounds, Confined, Confinement, Job

Outcome: TypeAlias = Literal["pass", "fail", "timeout", "unfit"]

_BOOT = Path(__file__).resolve().parent / "inside" / "boot.py"
_LONGEST_LINE = 64 << 20
"""Bytes of one report; the first holds the coverage of all tests."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a check is run in the sandbox; the same for every worker of one repair."""

    confinement: Confinement
    check: Check
    interpreter: Interpreter
    root: Path
    """The repository's real root; inside, the copy stands in its place if it can."""
    jobs: int
    test_seconds: float
    """For one test before any change."""
    measure_seconds: float
    """For all tests before any change."""

    def job(self, scratch: Path, config: dict[str, Any], bounds: Bounds) -> Job:
        """Return the job of a worker that works in ``scratch``."""
        job = Job(("true",), scratch, self.root, self.interpreter.folders, bounds=bounds)
        seen = self.confinement.seen(job)
        folder = os.path.normpath(seen / self.check.folder)
        arguments = list(self.check.arguments)
        config = config | {
            "kind": self.check.kind,
            "arguments": arguments,
            "root": str(seen),
            "folder": folder,
            "path0": os.path.normpath(os.path.join(folder, self.check.path0)),
            "excluded": self._installed(),
            "jobs": self.jobs,
            "test_seconds": self.test_seconds,
            "measure_seconds": self.measure_seconds,
        }
        command = [self.interpreter.executable, *self.check.flags, str(_BOOT), json.dumps(config)]
        environment = environment_for(self.check, self.interpreter, self.root, seen)
        folders = self.interpreter.folders
        return Job(tuple(command), scratch, self.root, folders, environment, bounds)

    def _installed(self) -> list[str]:
        """What is not to be changed; not an environment in which the repository itself lies."""
        folders = self.interpreter.folders
        return [str(path) for path in folders if not self.root.is_relative_to(path.resolve())]


@dataclass(slots=True)
class Worker:
    """A started worker; use it as a context manager, which ends it."""

    confined: Confined
    cancelled: Callable[[], bool]
    asked: int = 0
    """Tries so far."""
    _buffer: bytes = b""
    noise: str = ""
    """What it printed that is no report: how its interpreter failed to start, say."""
    _selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)

    def __enter__(self) -> Self:
        self.confined.__enter__()
        assert self.confined.process.stdout is not None
        self._selector.register(self.confined.process.stdout, selectors.EVENT_READ)
        return self

    def __exit__(self, *details: Any) -> None:
        self._selector.close()
        self.confined.__exit__(*details)

    def ask(self, candidate: Candidate, seconds: float) -> int:
        """Have a candidate tried; return the number of the try, which its report will have.

        ``seconds`` of processor time are for the failing tests.
        """
        self.asked += 1
        first, last, text = candidate.unit()
        request = {
            "id": self.asked,
            "path": candidate.source.path,
            "first": first,
            "last": last,
            "text": text,
            "seconds": seconds,
        }
        assert self.confined.process.stdin is not None
        try:
            self.confined.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.confined.process.stdin.flush()
        except BrokenPipeError:  # it is over; ``reports`` will say so
            pass
        return self.asked

    def reports(self, seconds: float) -> list[dict[str, Any]] | None:
        """Wait for reports at most so long; None when the worker is over.

        Raises ``CancelledError`` soon after the request was cancelled.
        """
        deadline = time.monotonic() + seconds
        while True:
            if self.cancelled():
                raise CancelledError("The search for a repair was cancelled.")
            left = deadline - time.monotonic()
            if self._selector.select(min(0.1, max(0.0, left))):
                assert self.confined.process.stdout is not None
                chunk = os.read(self.confined.process.stdout.fileno(), 1 << 16)
                if not chunk or len(self._buffer) > _LONGEST_LINE:
                    return None
                found = self._lines(chunk)
                if found:
                    return found
            elif left <= 0:
                return []

    def _lines(self, chunk: bytes) -> list[dict[str, Any]]:
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        found = []
        for line in lines:
            try:
                report = json.loads(line)
            except (ValueError, RecursionError):  # no report, or one made to hurt
                report = None
            if isinstance(report, dict):
                found.append(report)
            else:
                self.noise = (self.noise + line.decode("utf-8", "replace") + "\n")[-2000:]
        return found


def start(setting: Setting, scratch: Path, config: dict[str, Any], bounds: Bounds,
          cancelled: Callable[[], bool]) -> Worker:  # fmt: skip
    """Start a worker on its own copy of the files."""
    return Worker(setting.confinement.start(setting.job(scratch, config, bounds)), cancelled)


def environment_for(
    check: Check, interpreter: Interpreter, root: Path, seen: Path
) -> dict[str, str]:
    """Return the variables for a run of the check: its own, and the interpreter first on PATH."""
    programs = os.path.dirname(interpreter.executable)
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "TZ") if name in os.environ}
    if os.path.exists(os.path.join(interpreter.prefix, "pyvenv.cfg")):
        kept["VIRTUAL_ENV"] = interpreter.prefix
    path = f"{programs}:/usr/local/bin:/usr/bin:/bin"
    fixed = {"PATH": path, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    return moved(kept | check.environment, root, seen) | fixed


def moved(environment: dict[str, str], root: Path, seen: Path) -> dict[str, str]:
    """Let variables that name the repository's root name the copy."""
    return {name: value.replace(str(root), str(seen)) for name, value in environment.items()}
