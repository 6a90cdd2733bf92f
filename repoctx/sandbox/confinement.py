"""The choice of a sandbox: bubblewrap, else Landlock, else a refusal."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from repoctx.errors import RefusedError, RepoctxError
from repoctx.sandbox.bubblewrap import bubblewrap
from repoctx.sandbox.command import TIMED_OUT, CommandResult, Tail, follow, shell_code
from repoctx.sandbox.job import Confinement, Job
from repoctx.sandbox.landlock import landlock
from repoctx.sandbox.process import Confined

_HINT = (
    "install bubblewrap (apt, dnf or pacman install bubblewrap) and allow unprivileged user"
    " namespaces, or use Linux 6.12 or later with Landlock; without one nothing unknown is run"
)


def confinement() -> Confinement:
    """Return a sandbox that was just seen to work on this machine.

    Raises ``RefusedError`` with the reasons when none does.
    """
    reasons = []
    finders: tuple[Callable[[], Confinement], ...] = (bubblewrap, landlock)
    for find in finders:
        try:
            found = find()
            verify(found)
        except RefusedError as error:
            reasons.append(error.message)
        else:
            return found
    raise RefusedError("There is no sandbox on this machine: " + " ".join(reasons), _HINT)


def verify(found: Confinement) -> None:
    """Run an empty program in the sandbox; raises ``RefusedError`` when that does not work."""
    with tempfile.TemporaryDirectory(prefix="repoctx-probe-") as folder:
        job = Job(("/bin/sh", "-c", ":"), Path(folder), Path(folder))
        try:
            result = run(found, job)
        except (OSError, RepoctxError) as error:
            raise RefusedError(f"{found.name} does not start: {error}.") from error
        if result.exit_code:
            lines = result.output.strip().splitlines() or [f"exit code {result.exit_code}"]
            raise RefusedError(f"{found.name} does not work: {lines[-1][:200]}.")


def run(
    found: Confinement,
    job: Job,
    *,
    stdin: bytes = b"",
    on_output: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CommandResult:
    """Run a job to its end; ``stdin`` is at most 64 KiB.

    Raises ``CancelledError``; every process of the job is gone when this returns or raises.
    """
    started, tail = time.monotonic(), Tail(on_output)
    with found.start(job) as confined:
        if confined.process.stdin is not None:
            _send(confined, stdin)
        finished = follow(confined.process, tail, job.bounds.seconds, cancelled)
        timed_out = not finished or confined.stopped == "time"
    code = TIMED_OUT if timed_out else shell_code(confined.process.wait())
    return CommandResult(code, time.monotonic() - started, tail.text(), timed_out)


def _send(confined: Confined, content: bytes) -> None:
    assert confined.process.stdin is not None
    try:
        confined.process.stdin.write(content)
        confined.process.stdin.close()
    except BrokenPipeError:  # it ended without reading
        return
