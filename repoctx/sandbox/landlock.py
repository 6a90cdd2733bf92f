"""Confinement by Landlock and seccomp, for machines where bubblewrap cannot make namespaces.

The files stay where they are: the command may read the system's programs and the folders it was
given, write its scratch folder, and open nothing else. It can make no socket, signal no process
outside, leave its process group, or change limits or metadata. Weaker than bubblewrap in three
ways: it can learn that a path exists and how large it is (stat is not guarded); /tmp and /proc are
closed rather than private; and the scratch folder's size is watched, not fixed, so a fast writer
overshoots a little before it is killed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from repoctx.errors import RefusedError
from repoctx.sandbox import rules, seccomp
from repoctx.sandbox.enter import Entry, stranger_id
from repoctx.sandbox.job import Job, inner_environment
from repoctx.sandbox.process import Confined, threads_of_user
from repoctx.sandbox.readable import SYSTEM, interpreter_folders, shown

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def landlock() -> Landlock:
    """Return Landlock when this kernel's is new enough; raises ``RefusedError`` when it is not."""
    version = rules.version() if os.uname().sysname == "Linux" else 0
    if version < rules.NEEDED_VERSION or not seccomp.supported():
        raise RefusedError(
            f"Landlock needs Linux 6.12 or later (interface {rules.NEEDED_VERSION},"
            f" this kernel has {version or 'none'})."
        )
    return Landlock()


@dataclass(frozen=True, slots=True)
class Landlock:
    """Runs jobs under Landlock's rules, in the scratch folder itself."""

    name: ClassVar[str] = "Landlock"

    def seen(self, job: Job) -> Path:
        """Return the scratch folder: nothing can be shown elsewhere without namespaces."""
        return Path(os.path.realpath(job.scratch))

    def start(self, job: Job) -> Confined:
        """Start the job; the scratch folder is written directly."""
        folder, uid = self.seen(job), stranger_id()
        home = tempfile.mkdtemp(prefix=".home-", dir=folder)
        if uid is not None:
            _give(folder, uid)
        readable = (*SYSTEM, *shown((*interpreter_folders(), *job.readable)))
        entry = Entry(str(folder), _rlimits(job), uid, readable, (str(folder),), _DEVICES)
        process = subprocess.Popen(
            entry.command(job.argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=inner_environment(job, home),
            cwd="/",
            start_new_session=True,
        )
        return Confined(process, lambda: _stop(process), job.bounds, folder)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the supervisor in ``enter``, which kills the group; killing it would free the group."""
    process.terminate()
    process.wait()


def _rlimits(job: Job) -> dict[str, int]:
    """The kernel counts the processes of a user, not of a sandbox: add those there are."""
    limits = job.bounds.rlimits()
    if os.geteuid() != 0:
        limits["RLIMIT_NPROC"] += threads_of_user()
    return limits


def _give(folder: Path, uid: int) -> None:
    os.chown(folder, uid, uid)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), uid, uid, follow_symlinks=False)
