"""Watch one root for as long as somebody listens, by the best means that the system has."""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from repoctx.errors import RepoctxError
from repoctx.watch.changes import Changes, Scope
from repoctx.watch.gathering import Gathering
from repoctx.watch.polling import Polling

_GRACE = 1.0
"""Seconds in which a root that is gone may come back: a clone or a swap takes its place."""

_LONGEST_LOCK = 60.0
"""Seconds for which git's lock on its index is taken to mean that it is at work."""

_RULES = frozenset({".git", ".gitignore"})
"""Names of files and folders that decide what is watched."""


class _Means(Protocol):
    """A way to notice changes; reports them to a ``Gathering``."""

    @property
    def interval(self) -> float:
        """Seconds between two calls of ``look``."""

    def follow(self, folders: frozenset[str], scope: Scope) -> None:
        """Take notice of folders that came, went or moved, and of a new scope."""

    def look(self) -> None:
        """Report what must be looked for."""

    def close(self) -> None:
        """Give back what is held."""


class Watcher:
    """Changes of one root, as an iterator; watching begins when it is made.

    One thread iterates, any thread may ``stop``. A storm is told once: when it has been quiet for
    0.2 s or has lasted 2 s, and git has finished what it does. Each change is on disk before it is
    told, and later ones are told again, so a walk after each never misses any.
    """

    note: str
    """Why changes are found later than usual, in one line for the person; mostly empty."""

    def __init__(self, root: Path, scope: Callable[[], Scope] = Scope) -> None:
        """Watch ``root``; ``scope`` is asked again whenever it may have changed.

        Raises RepoctxError when the root cannot be read, and what ``scope`` raises.
        """
        self._root = Path(os.path.realpath(root))
        self._ask = scope
        self._gathering = Gathering()
        self._identity = _identity(self._root)
        if self._identity is None:
            raise self._gone()
        self._scope = scope()
        self.note = ""
        self._means = self._begin()
        self._looked = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._means.close()

    def __iter__(self) -> Iterator[Changes]:
        """Yield changes until ``stop``; RepoctxError when the root is deleted or moved away."""
        while not self._gathering.stopped:
            if (changes := self.wait()) is not None:
                yield changes

    def stop(self) -> None:
        """End the iterator and every wait, from any thread."""
        self._gathering.stop()

    def wait(self, seconds: float | None = None) -> Changes | None:
        """Return the next changes; None when ``seconds`` pass without any, or after ``stop``."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._gathering.stopped:
            due = self._looked + self._means.interval
            until = due if end is None else min(due, end)
            if self._gathering.wait(max(0.0, until - time.monotonic()), self._git_works):
                changes = self._told(self._gathering.take())
                if changes != Changes():
                    return changes
            if time.monotonic() >= due:
                self._look()
            elif end is not None and time.monotonic() >= end:
                break
        return None

    def _git_works(self) -> bool:
        """True in the middle of a checkout or the like; a lock that a crash left is passed over."""
        if self._scope.git_folder is None:
            return False
        try:
            began = (self._scope.git_folder / "index.lock").stat().st_mtime
        except OSError:
            return False
        return abs(time.time() - began) < _LONGEST_LOCK

    def _look(self) -> None:
        """What no event tells: a parent of the root was renamed, or a thread has died."""
        if _identity(self._root) != self._identity:
            self._gathering.everything()
        else:
            self._means.look()
        self._looked = time.monotonic()

    def _told(self, changes: Changes) -> Changes:
        """Watch what is new before it is told, so that what comes later is seen."""
        if changes.everything:
            self._await_root()
            return self._begin_again(changes)
        folders = frozenset(path for path in changes.paths if path.endswith("/"))
        if folders or changes.history or any(map(_decides, changes.paths)):
            before, self._scope = self._scope, self._asked()
            if before.git_folder != self._scope.git_folder:
                return self._begin_again(changes)
            try:
                self._means.follow(folders | (before.skipped ^ self._scope.skipped), self._scope)
            except OSError:
                return self._begin_again(changes)
        return replace(changes, paths=frozenset(filter(self._matters, changes.paths)))

    def _matters(self, path: str) -> bool:
        return self._scope.reaches(path) or _decides(path)

    def _begin_again(self, changes: Changes) -> Changes:
        self._means.close()
        self._scope = self._asked()
        self._means = self._begin()
        return replace(changes, paths=frozenset(), everything=True)

    def _begin(self) -> _Means:
        """Watch by events where that works for all folders, else by comparing."""
        try:
            means, self.note = _by_events(self._root, self._scope, self._gathering), ""
        except OSError as error:
            self.note = _explained(error)
            return Polling(self._root, self._scope, self._gathering)
        return means

    def _asked(self) -> Scope:
        """Ask for the scope; a repository that is unreadable for a moment keeps the one it had."""
        with suppress(RepoctxError, OSError):
            return self._ask()
        return self._scope

    def _await_root(self) -> None:
        end = time.monotonic() + _GRACE
        while (identity := _identity(self._root)) is None:
            if time.monotonic() > end:
                raise self._gone()
            time.sleep(0.05)
        self._identity = identity

    def _gone(self) -> RepoctxError:
        return RepoctxError(
            f"{self._root} is gone: it was deleted, moved or unmounted", "start again where it is"
        )


def _by_events(root: Path, scope: Scope, gathering: Gathering) -> _Means:
    # Without any handler its warnings of lost events, which are told as changes, reach the screen.
    logging.getLogger("watchdog").addHandler(logging.NullHandler())
    if sys.platform == "linux":
        from repoctx.watch.inotify import Inotify

        return Inotify(root, scope, gathering)
    from repoctx.watch.observer import Observed  # type: ignore[unreachable, unused-ignore]

    return Observed(root, scope, gathering)


def _identity(root: Path) -> tuple[int, int] | None:
    """Return what tells this folder from another of the same name; None when there is none."""
    try:
        status = root.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if root.is_dir() else None


def _decides(path: str) -> bool:
    return path.rstrip("/").rpartition("/")[2] in _RULES


def _explained(error: OSError) -> str:
    slower = "changes are looked for every few seconds instead"
    if error.errno == errno.ENOSPC:
        return (
            f"the system lets no more folders be watched, so {slower};"
            " a higher fs.inotify.max_user_watches (sysctl) mends it"
        )
    if error.errno == errno.EMFILE:
        return (
            f"the system lets no more programs watch files, so {slower};"
            " a higher fs.inotify.max_user_instances (sysctl) mends it"
        )
    return f"files cannot be watched ({error.strerror or error}), so {slower}"
