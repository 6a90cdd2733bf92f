"""Run the real check in the sandbox, on a copy of the files with a change in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from repoctx.backends.embedded.candidates import Candidate
from repoctx.backends.embedded.check import Check, Interpreter
from repoctx.backends.embedded.scratch import Files
from repoctx.backends.embedded.worker import environment_for
from repoctx.sandbox import Bounds, CommandResult, Confinement, Job, run


@dataclass(frozen=True, slots=True)
class Trial:
    """How the check's own command is run confined."""

    confinement: Confinement
    command: str
    root: Path
    files: Files
    check: Check
    interpreter: Interpreter
    cancelled: Callable[[], bool]

    def run(self, changed: Mapping[str, str], seconds: float) -> CommandResult:
        """Run the command with some files changed; ``changed`` is path to whole text.

        Raises ``CancelledError``.
        """
        bounds = Bounds(seconds=seconds, cpu_seconds=max(1, int(seconds)))
        argv, folders = ("/bin/sh", "-c", self.command), self.interpreter.folders
        with self.files.copy(changed) as scratch:
            job = Job(argv, scratch, self.root, folders, bounds=bounds)
            seen = self.confinement.seen(job)
            environment = environment_for(self.check, self.interpreter, self.root, seen)
            job = Job(argv, scratch, self.root, folders, environment, bounds)
            return run(self.confinement, job, cancelled=self.cancelled)

    def passes(self, candidate: Candidate, seconds: float) -> bool:
        """True when the command succeeds with this candidate's edits in place."""
        source = candidate.source
        return self.run({source.path: source.applied(candidate.edits)}, seconds).exit_code == 0
