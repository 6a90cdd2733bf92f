"""What running a command gives, and how its output is followed while it runs."""

from __future__ import annotations

import codecs
import os
import selectors
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from repoctx.errors import CancelledError

OUTPUT_KEPT = 200_000
"""Characters of output kept: the end, where a test runner says what failed."""
TIMED_OUT = 124
"""The exit code of a command that was stopped for time, as timeout(1) gives it."""
_TICK = 0.05
_DRAIN_SECONDS = 0.5
"""How long to read on after the command ended while something else holds its output open."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A command that ended or was stopped."""

    exit_code: int
    """As a shell gives it: 128 + n after signal n, 124 after a timeout."""
    seconds: float
    output: str
    """The end of standard output and error together, at most 200,000 characters."""
    timed_out: bool

    @property
    def command_missing(self) -> bool:
        """True when the shell could not find or run the command itself (exit codes 126, 127)."""
        return self.exit_code in (126, 127) and not self.timed_out


@dataclass(slots=True)
class Tail:
    """The last part of a text that arrives in pieces of bytes."""

    on_output: Callable[[str], None] | None = None
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _pieces: deque[str] = field(default_factory=deque)
    _length: int = 0

    def feed(self, chunk: bytes) -> None:
        """Decode a piece, hand it to the listener, and forget what is too old."""
        text = self._decoder.decode(chunk)
        if not text:
            return
        self._pieces.append(text)
        self._length += len(text)
        while self._length - len(self._pieces[0]) >= OUTPUT_KEPT:
            self._length -= len(self._pieces.popleft())
        if self.on_output is not None:
            self.on_output(text)

    def text(self) -> str:
        """Return the end of everything fed, at most ``OUTPUT_KEPT`` characters."""
        return "".join(self._pieces)[-OUTPUT_KEPT:]


def follow(
    process: subprocess.Popen[bytes],
    tail: Tail,
    seconds: float,
    cancelled: Callable[[], bool] | None,
) -> bool:
    """Feed the process's output to the tail until it ends; False when ``seconds`` ran out first.

    Raises ``CancelledError`` when ``cancelled()`` turns true. The process is not stopped here.
    """
    if process.stdout is None:
        raise ValueError("the process needs a pipe for its output")
    deadline, ended = time.monotonic() + seconds, None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if cancelled is not None and cancelled():
                raise CancelledError("The command was cancelled.")
            ready = bool(selector.select(_TICK)) if selector.get_map() else _sleep()
            if ready and not _read(process.stdout.fileno(), tail):
                selector.unregister(process.stdout)
            if process.poll() is not None:
                ended = ended or time.monotonic()
                if not ready or time.monotonic() - ended > _DRAIN_SECONDS:
                    return True
    return process.poll() is not None


def shell_code(returncode: int) -> int:
    """Return the exit code that a shell would show for ``Popen.returncode``."""
    return 128 - returncode if returncode < 0 else returncode


def _read(descriptor: int, tail: Tail) -> bool:
    chunk = os.read(descriptor, 1 << 16)
    tail.feed(chunk)
    return bool(chunk)


def _sleep() -> bool:
    time.sleep(_TICK)
    return False
