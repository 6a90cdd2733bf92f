"""The values of watching: what is watched, and what may have changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GIT_FILES = frozenset({"HEAD", "index", "logs/HEAD", "info/exclude"})
"""What changes in a git folder when HEAD, the index or the ignored files do; the rest is churn."""

GIT_FOLDERS = ("", "logs/", "info/")
"""Where those lie in the git folder."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of a root is worth watching."""

    skipped: frozenset[str] = frozenset()
    """Folders, each ending in ``/``, that are not watched, nor anything in them."""
    git_folder: Path | None = None
    """Where HEAD and the index are; None outside git."""

    def reaches(self, path: str) -> bool:
        """True when neither the path nor a folder that it lies in is skipped or is git's own."""
        if path in self.skipped or path == ".git/":
            return False
        end = path.find("/")
        while end >= 0:
            folder = path[: end + 1]
            if folder in self.skipped or folder.endswith("/.git/") or folder == ".git/":
                return False
            end = path.find("/", end + 1)
        return True


@dataclass(frozen=True, slots=True)
class Changes:
    """What may have changed since the last time; a walk tells what really has."""

    paths: frozenset[str] = frozenset()
    """Relative to the root, decoded with surrogateescape; ``a/`` stands for all that is in it."""
    everything: bool = False
    """True when events were lost: any other path may have changed too."""
    history: bool = False
    """True when git's HEAD, its index or its list of ignored files changed."""
