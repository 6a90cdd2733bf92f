"""Watch where there is no inotify (macOS, BSD): watchdog's observer of that system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from watchdog.events import (
    DirModifiedEvent,
    FileClosedNoWriteEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from repoctx.watch.changes import GIT_FILES, Scope
from repoctx.watch.gathering import Gathering

_READING = (FileOpenedEvent, FileClosedNoWriteEvent)


class Observed:
    """One recursive watch of a root; events outside its scope are dropped as they come."""

    interval = 2.0
    """Seconds between two looks at whether the observer still lives."""

    def __init__(self, root: Path, scope: Scope, gathering: Gathering) -> None:
        self._gathering = gathering
        self._files = _Files(root, scope, gathering)
        self._observer = Observer()
        self._observer.schedule(self._files, str(root), recursive=True)
        git_folder = scope.git_folder
        if git_folder is not None and not git_folder.is_relative_to(root):  # a linked worktree
            self._observer.schedule(_Git(git_folder, gathering), str(git_folder), recursive=True)
        self._observer.start()

    def follow(self, folders: frozenset[str], scope: Scope) -> None:
        """Report what this scope leaves open from now on."""
        self._files.scope = scope

    def look(self) -> None:
        """Say that events are lost when a thread of the observer has died."""
        threads = (self._observer, *self._observer.emitters)
        if not all(thread.is_alive() for thread in threads):
            self._gathering.everything()

    def close(self) -> None:
        """End the observer's threads."""
        self._observer.stop()
        self._observer.join()


class _Files(FileSystemEventHandler):
    """Reports the paths of a root."""

    def __init__(self, root: Path, scope: Scope, gathering: Gathering) -> None:
        self._root = root
        self.scope = scope
        self._gathering = gathering

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Report what the event is about; watchdog calls it in its own thread."""
        for path in _paths(event, self._root):
            if path == "":
                self._gathering.everything()
            elif self.scope.reaches(path) or path == ".git/":
                self._gathering.path(path)
            elif path.removeprefix(".git/") in GIT_FILES:
                self._gathering.history()


class _Git(FileSystemEventHandler):
    """Reports that HEAD or the index of a git folder changed."""

    def __init__(self, git_folder: Path, gathering: Gathering) -> None:
        self._git_folder = git_folder
        self._gathering = gathering

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Report what the event is about; watchdog calls it in its own thread."""
        if not GIT_FILES.isdisjoint(_paths(event, self._git_folder)):
            self._gathering.history()


def _paths(event: FileSystemEvent, root: Path) -> Iterator[str]:
    """Yield the paths of an event relative to the root; a folder ends in ``/``, "" is the root."""
    # A changed folder is one in which something happened, and that has its own event.
    if isinstance(event, (*_READING, DirModifiedEvent)):
        return
    for path in map(os.fsdecode, (event.src_path, event.dest_path)):
        if path == str(root):
            yield ""
        elif path.startswith(f"{root}/"):
            yield path[len(str(root)) + 1 :] + ("/" if event.is_directory else "")
