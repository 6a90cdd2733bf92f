"""A command to run confined, and what every sandbox offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from repoctx.sandbox.bounds import Bounds
from repoctx.sandbox.process import Confined


@dataclass(frozen=True, slots=True)
class Job:
    """A command to run confined, and the copy of the files that it may write."""

    argv: tuple[str, ...]
    scratch: Path
    """A folder made for this job, best in /tmp itself; it or a copy of it is all that the command
    can write. Landlock gives it to another user when repoctx runs as root."""
    place: Path
    """Where the command should see those files: the repository's real root, so that absolute
    paths and editable installs mean the copy. Landlock cannot do that; ask ``Confinement.seen``."""
    readable: tuple[Path, ...] = ()
    """Folders outside the system's own to show read-only: an interpreter's, a virtual
    environment's. The home folder itself and whatever lies above it are never shown."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to a minimal environment; nothing of the person's is inherited."""
    bounds: Bounds = field(default_factory=Bounds)


class Confinement(Protocol):
    """One way of running a job so that it cannot harm or read what is not its own."""

    @property
    def name(self) -> str:
        """``bubblewrap`` or ``Landlock``."""
        ...

    def seen(self, job: Job) -> Path:
        """Return the path at which the command sees its files; also its working folder."""
        ...

    def start(self, job: Job) -> Confined:
        """Start the job with pipes on its standard input and output."""
        ...


def inner_environment(job: Job, home: str) -> dict[str, str]:
    """Return the whole environment of the command: a fixed one, then what the job adds."""
    fixed = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return fixed | dict(job.environment)
