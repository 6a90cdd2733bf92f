"""Run the user's own check as a shell would: in the repository, with the user's rights."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.sandbox.command import TIMED_OUT, CommandResult, Tail, follow, shell_code

_GRACE_SECONDS = 1.0
"""Between asking a command to stop (SIGTERM) and stopping it (SIGKILL)."""


def run_check(
    command: str,
    cwd: Path,
    *,
    timeout: float = 600,
    on_output: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CommandResult:
    """Run ``/bin/sh -c command`` in ``cwd``; standard input is empty, output goes to the listener.

    The command has its own session, and every process of it is killed after ``timeout`` seconds,
    on cancellation (``CancelledError``) and on any exception, KeyboardInterrupt among them.
    """
    started = time.monotonic()
    tail = Tail(on_output)
    process = _start(command, cwd)
    finished = False
    try:
        finished = follow(process, tail, timeout, cancelled)
    finally:
        if not finished:
            _kill_group(process)
        if process.stdout is not None:
            process.stdout.close()
    code = shell_code(process.wait()) if finished else TIMED_OUT
    return CommandResult(code, time.monotonic() - started, tail.text(), not finished)


def _start(command: str, cwd: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise RepoctxError(f"The check could not be started in {cwd}: {error.strerror}.") from error


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to stop, then make it; the leader's exit does not end the others."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
