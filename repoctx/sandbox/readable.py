"""What of this machine a confined command may read: the system's programs and what is named."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterable
from pathlib import Path

SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt",
    "/nix/store", "/gnu/store",
)  # fmt: skip
"""Programs, libraries and their settings. Not /home, /root, /var, /run, /srv, /mnt or /sys."""
PACKAGE = Path(__file__).resolve().parent.parent
"""This package, whose scripts run inside."""


def interpreter_folders() -> tuple[Path, ...]:
    """Return what our own interpreter needs to start inside."""
    return (Path(os.path.realpath(sys.base_prefix)), PACKAGE)


def shown(folders: Iterable[Path]) -> list[str]:
    """Return the folders to show beside ``SYSTEM``: existing, absolute, none beneath another.

    A folder that is the home or lies above it would show what must stay hidden: it is left out.
    """
    homes = [os.path.realpath(home) for home in (str(Path.home()), *_account(), "/root", "/home")]
    kept: list[str] = []
    for folder in sorted({os.path.abspath(folder) for folder in folders}):
        hidden = any(_within(home, os.path.realpath(folder)) for home in homes)
        if hidden or not os.path.exists(folder):
            continue
        if not any(_within(folder, other) for other in (*kept, *SYSTEM)):
            kept.append(folder)
    return kept


def _account() -> list[str]:
    """The home of the user's account, which HOME need not name."""
    try:
        return [pwd.getpwuid(os.getuid()).pw_dir]
    except KeyError:  # a container's user has no account
        return []


def is_system(folder: Path) -> bool:
    """True for a system folder, one beneath it, or one above it."""
    path = os.path.abspath(folder)
    return any(_within(path, other) or _within(other, path) for other in (*SYSTEM, "/proc", "/dev"))


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
