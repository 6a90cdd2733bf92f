"""Run a program of the person's own choice on their terminal, such as their editor."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from repoctx.errors import RepoctxError
from repoctx.sandbox.command import shell_code


def run_on_terminal(command: str, *arguments: str) -> int:
    """Run ``command`` with arguments as a shell would, with the terminal; return its exit code.

    ``command`` must be the person's own words (``$EDITOR``), never a repository's. Its output goes
    to standard error, for standard output is data. Ctrl-C is the program's while it runs.
    """
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'{command} "$@"', command, *arguments], stdout=sys.stderr.fileno()
        )
    except (OSError, ValueError) as error:
        raise RepoctxError(f"cannot run {command}: {error}") from error
    with _without_interrupts():
        return shell_code(process.wait())


@contextmanager
def _without_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
