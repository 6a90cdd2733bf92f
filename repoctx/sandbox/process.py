"""A confined process while it runs: its pipes, its end, and a watch on what it uses."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from repoctx.sandbox.bounds import Bounds

_WATCH_SECONDS = 0.25


@dataclass(slots=True)
class Confined:
    """A running command; leaving the ``with`` block kills every process of it."""

    process: subprocess.Popen[bytes]
    """``stdin`` and ``stdout`` are pipes; standard error joins the output."""
    stop: Callable[[], None]
    """Kills every process of the command and returns when they are gone; may be called twice."""
    bounds: Bounds
    folder: Path | None = None
    """The writable folder when its size has to be watched from outside."""
    stopped: str = ""
    """Why the watch killed it: ``memory``, ``disk`` or ``time``; empty otherwise."""
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="repoctx-sandbox-watch", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self.stop()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _watch(self) -> None:
        deadline = time.monotonic() + self.bounds.seconds
        while not self._done.wait(_WATCH_SECONDS / (5 if self.folder else 1)):
            self.stopped = self._excess(deadline)
            if self.stopped:
                self.stop()
                return

    def _excess(self, deadline: float) -> str:
        if time.monotonic() > deadline:
            return "time"
        if resident_bytes(self.process.pid) > self.bounds.resident:
            return "memory"
        if self.folder is not None and folder_bytes(self.folder) > self.bounds.disk:
            return "disk"
        return ""


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants; shared pages count again."""
    page, total, waiting = os.sysconf("SC_PAGE_SIZE"), 0, [pid]
    while waiting:
        folder = f"/proc/{waiting.pop()}"
        try:
            total += int(Path(folder, "statm").read_text().split()[1]) * page
            for task in os.listdir(f"{folder}/task"):
                waiting += map(int, Path(folder, "task", task, "children").read_text().split())
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return total


def folder_bytes(folder: Path) -> int:
    """Return the bytes on disk beneath a folder, links not followed."""
    total, waiting = 0, [os.fspath(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total


def threads_of_user() -> int:
    """Return how many threads this user has on the machine."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == os.geteuid():
                total += len(os.listdir(f"/proc/{name}/task"))
    return total
