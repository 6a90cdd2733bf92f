"""Watch by comparing: every few seconds all files are looked at, none is opened."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from repoctx.watch.changes import GIT_FILES, Scope
from repoctx.watch.folders import visit_folders
from repoctx.watch.gathering import Gathering

_INTERVAL = 2.0
_SHARE = 10  # the time between two looks is this many times what one costs

_Signature = tuple[int, ...]
"""Size, times in ns, inode and mode of a file; the inode and the mode of a folder."""


class Polling:
    """What every file of a root looked like the last time."""

    def __init__(self, root: Path, scope: Scope, gathering: Gathering) -> None:
        self._root = root
        self._scope = scope
        self._gathering = gathering
        self.interval = _INTERVAL
        self._seen, self._git = self._scan()

    def follow(self, folders: frozenset[str], scope: Scope) -> None:
        """Look at what this scope leaves open from now on."""
        self._scope = scope

    def look(self) -> None:
        """Report each path that is not as it was."""
        seen, git = self._scan()
        for path in seen.keys() | self._seen.keys():
            if seen.get(path) != self._seen.get(path):
                self._gathering.path(path)
        if git != self._git:
            self._gathering.history()
        self._seen, self._git = seen, git

    def close(self) -> None:
        """Nothing is held."""

    def _scan(self) -> tuple[dict[str, _Signature], list[_Signature | None]]:
        began = time.perf_counter()
        seen = {}
        for folder, entries in visit_folders(self._root, "", self._scope):
            for entry in entries:
                if (signature := _signature(entry.path)) is not None:
                    slash = "/" if entry.is_dir(follow_symlinks=False) else ""
                    seen[f"{folder}{entry.name}{slash}"] = signature
        kept = self._scope.git_folder
        git = [_signature(kept / name) for name in sorted(GIT_FILES)] if kept else []
        self.interval = max(_INTERVAL, _SHARE * (time.perf_counter() - began))
        return seen, git


def _signature(path: str | Path) -> _Signature | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return status.st_ino, status.st_mode
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return status.st_size, *times, status.st_ino, status.st_mode
