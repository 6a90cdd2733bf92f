"""A check that is just a command: a changed file is written, the command run, the file restored."""

from __future__ import annotations

import os
import time
from typing import Any

from .channel import Channel
from .children import FAIL, PASS, Children
from .sources import Change


class CommandWorker:
    """Tries one change after another in the one copy of the files that there is."""

    def __init__(self, channel: Channel, root: str, command: str) -> None:
        self._channel = channel
        self._root = root
        self._command = command
        self._changed: tuple[str, bytes] | None = None

    def serve(self, limit: float) -> None:
        """Run the command as it is, report how it ends, and try changes; ``limit`` in seconds."""
        began = time.monotonic()
        code = self._run()
        seconds = time.monotonic() - began
        self._channel.send({"ready": True, "exit_code": code, "seconds": seconds})
        Children(self._channel, self._prepare, self._attempt, 1, limit).serve()

    def _prepare(self, request: dict[str, Any]) -> Any:
        """Put the last change back and this one in; the last try is over, however it ended."""
        if self._changed is not None:
            _write(*self._changed)
        change = Change(self._root, request)
        with open(change.file, "rb") as stream:
            self._changed = (change.file, stream.read())
        try:
            compile(change.applied(), change.file, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return FAIL
        _write(change.file, change.applied().encode())
        return change

    def _attempt(self, change: Change, last: bool) -> str:
        if last:  # it was the whole check already
            return PASS
        return FAIL if self._run() else PASS

    def _run(self) -> int:
        return os.spawnv(os.P_WAIT, "/bin/sh", ["/bin/sh", "-c", self._command])


def _write(file: str, content: bytes) -> None:
    """Replace the file: what the command made of the old one, a link say, is not followed."""
    with open(file + ".repoctx", "wb") as stream:
        stream.write(content)
    os.replace(file + ".repoctx", file)
