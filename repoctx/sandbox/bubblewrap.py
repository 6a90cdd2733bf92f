"""Confinement by bubblewrap: a file system of its own, with nothing of the person's in it.

The command sees the system's programs read-only, the folders it was given read-only, and three
bounded tmpfs: its copy of the files, /tmp and /dev/shm. No other path exists inside: not the home,
not /run with its sockets. It has its own process, network (an empty one), IPC and host names, and
dies with us. ``enter`` drops the last rights inside, before the command starts.

Started as root, it runs as a user id that nobody has, so the kernel's checks against the machine's
files are those for a stranger. Started as a person, a user namespace shows it the id 65534, but
the kernel's checks are still those for the person: what protects the person's files then is that
they are not mounted.

https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar

from repoctx.errors import RefusedError
from repoctx.sandbox.bounds import MEBIBYTE
from repoctx.sandbox.enter import Entry, stranger_id
from repoctx.sandbox.job import Job, inner_environment
from repoctx.sandbox.process import Confined
from repoctx.sandbox.readable import SYSTEM, interpreter_folders, is_system, shown

_TMP = 64 * MEBIBYTE
_NEUTRAL_PLACE = Path("/work")
"""Where the files are shown when their real place is one that the system itself needs."""


def bubblewrap() -> Bubblewrap:
    """Return bubblewrap as found on PATH; raises ``RefusedError`` when it is not there."""
    program = shutil.which("bwrap")
    if program is None:
        raise RefusedError("bubblewrap (bwrap) is not installed.")
    return Bubblewrap(program)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Runs jobs with the given ``bwrap`` program."""

    program: str
    name: ClassVar[str] = "bubblewrap"

    def seen(self, job: Job) -> Path:
        """Return the job's own place, or /work when that place is a system folder."""
        place = Path(os.path.abspath(job.place))
        return _NEUTRAL_PLACE if is_system(place) or place == Path("/tmp") else place

    def start(self, job: Job) -> Confined:
        """Start the job; its files are copied into the sandbox first."""
        place = self.seen(job)
        entry = Entry(str(place), job.bounds.rlimits(), stranger_id())
        reader, writer = os.pipe()
        try:
            with packed(job.scratch) as tree:
                command = entry.command(job.argv, tree.fileno())
                process = subprocess.Popen(
                    [self.program, "--info-fd", str(writer), *_walls(job, place), "--", *command],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=(tree.fileno(), writer),
                    env=inner_environment(job, "/tmp"),
                    cwd="/",
                )
        finally:
            os.close(writer)
        return Confined(process, _Stop(process, _first_process(reader)), job.bounds)


@dataclass(slots=True)
class _Stop:
    """Kills process 1 of the sandbox: the kernel then kills the others before it is reaped."""

    process: subprocess.Popen[bytes]
    first: int | None
    """A pidfd of process 1; None when the sandbox did not come up or is gone."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        with self._lock:
            if self.first is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self.first, signal.SIGKILL)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)
                os.close(self.first)
                self.first = None
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def packed(scratch: Path) -> Iterator[IO[bytes]]:
    """Give the folder's content as an unnamed tar file, at its start; links are kept as links."""
    with tempfile.TemporaryFile() as tree:
        with tarfile.open(fileobj=tree, mode="w") as archive:
            for name in sorted(os.listdir(scratch)):
                archive.add(scratch / name, arcname=name)
        tree.seek(0)
        yield tree


def _walls(job: Job, place: Path) -> list[str]:
    """Bubblewrap's options: what exists inside, in the order in which it is mounted."""
    options = ["--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid"]
    options += ["--unshare-net", "--unshare-uts", "--unshare-cgroup-try", *_rights()]
    options += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for folder in SYSTEM:
        if os.path.islink(folder):
            options += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            options += [*_parents(folder), "--ro-bind", folder, folder]
    options += [*_tmpfs(_TMP, "/tmp"), *_tmpfs(_TMP, "/dev/shm")]
    folders = shown((*interpreter_folders(), *job.readable))
    above = [folder for folder in folders if place.is_relative_to(folder)]
    options += [word for folder in above for word in _bound(folder)]
    options += [*_parents(str(place)), *_tmpfs(job.bounds.disk, str(place))]
    options += [word for folder in folders if folder not in above for word in _bound(folder)]
    return [*options, "--remount-ro", "/", "--chdir", "/"]


def _bound(folder: str) -> list[str]:
    words = []
    for part in _open_parts(folder):
        words += [*_parents(part), "--ro-bind", part, part]
    return words


def _rights() -> list[str]:
    """Root keeps three capabilities, with which ``enter`` becomes a stranger and drops them."""
    if os.geteuid() != 0:
        return ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    kept = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    return ["--cap-drop", "ALL", *(word for name in kept for word in ("--cap-add", name))]


def _open_parts(folder: str) -> list[str]:
    """The folder, or what is in it when its own mode (0700) would keep a stranger out.

    Only root's jobs run as one; ``mktemp -d`` makes such folders, and environments lie in them.
    """
    if os.geteuid() != 0 or not os.path.isdir(folder) or os.stat(folder).st_mode & 0o005 == 0o005:
        return [folder]
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def _tmpfs(size: int, path: str) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


def _parents(path: str) -> list[str]:
    """Folders above a mount point; bubblewrap would make them readable to root alone."""
    parents = [str(parent) for parent in reversed(Path(path).parents)][1:]
    made = [p for p in parents if p not in (*SYSTEM, "/tmp", "/dev")]
    return [word for parent in made for word in ("--perms", "0755", "--dir", parent)]


def _first_process(reader: int) -> int | None:
    """Read bubblewrap's report; return a pidfd of the sandbox's process 1, None if it has none."""
    report = b""
    with open(reader, "rb", buffering=0) as pipe:
        while not report.endswith(b"}\n") and (chunk := pipe.read(4096)):
            report += chunk
    try:
        return os.pidfd_open(json.loads(report)["child-pid"])
    except (ValueError, ProcessLookupError):  # nothing came up, or it is already over
        return None
