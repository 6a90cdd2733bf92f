"""Waiting for what another thread or process does: for the effect itself, never without end."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, AnyStr

PATIENCE = 60.0
"""Seconds for what takes a moment on an idle machine."""

AGES = 600
"""Seconds that a process would sleep if it were not killed: nobody waits so long by chance."""


def until(holds: Callable[[], object], what: object) -> None:
    """Return as soon as it holds; fail when it never does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"never within {PATIENCE:g} s: {what}"
        time.sleep(0.02)


def next_line(pipe: IO[AnyStr] | None) -> AnyStr:
    """The next line that a process writes; empty when it has ended, a failure when none comes."""
    assert pipe is not None
    lines: list[AnyStr] = []
    reader = threading.Thread(target=lambda: lines.append(pipe.readline()), daemon=True)
    reader.start()
    reader.join(PATIENCE)
    assert lines, f"not a line within {PATIENCE:g} s"
    return lines[0]


def ends(thread: threading.Thread) -> None:
    """Wait for the end of a thread; fail when it never comes."""
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"still at work after {PATIENCE:g} s: {thread.name}"


def threads(beginning: str) -> list[str]:
    """The names of the threads whose names begin so."""
    return [each.name for each in threading.enumerate() if each.name.startswith(beginning)]


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that is killed in the end, whatever became of the test: leaving waits for it."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def left_behind(note: Path) -> Iterator[None]:
    """A process whose number is noted there outlives what started it; it is killed in the end."""
    try:
        yield
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(note.read_text()), signal.SIGKILL)


@contextmanager
def soon() -> Iterator[None]:
    """What is within ends before the patience does, and so does not wait ``AGES`` for a process."""
    before = time.monotonic()
    yield
    assert time.monotonic() - before < PATIENCE
