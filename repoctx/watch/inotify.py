"""Watch on Linux: one inotify watch for each folder that matters, and no more.

watchdog's own observer watches ignored folders too, and where the system's limit is reached it
leaves out folders without a word. So only its ``InotifyFD`` is used, which reads the events in a
thread: here every folder is added by hand, and a refusal is an error.
"""

from __future__ import annotations

import errno
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

from repoctx.watch.changes import GIT_FILES, Scope
from repoctx.watch.folders import at_or_below, git_folders, topmost, visit_folders
from repoctx.watch.gathering import Gathering

# Neither opening nor reading: our own walk would wake us.
_MASK = Mask(
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVE
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_EXCL_UNLINK
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
)
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG)


class Inotify:
    """The watches of one root. Raises OSError when the system has no room for all of them."""

    interval = 2.0
    """Seconds between two looks at whether the reader still lives."""

    def __init__(self, root: Path, scope: Scope, gathering: Gathering) -> None:
        self._root = root
        self._scope = scope
        self._gathering = gathering
        self._ids = map(CallbackId, itertools.count())
        self._watches: dict[str, tuple[WatchDescriptor, CallbackId]] = {}
        self._inotify = InotifyFD()
        self._inotify.start()
        try:
            self._enter("")
            for path, name in git_folders(scope):
                self._add(str(path), _GitFolder(name, gathering))
        except BaseException:
            self.close()
            raise

    def follow(self, folders: frozenset[str], scope: Scope) -> None:
        """Watch these folders, which came, went or moved, anew: as they are now."""
        self._scope = scope
        self._leave(folders)
        for folder in topmost(folders):
            self._enter(folder)

    def look(self) -> None:
        """Say that events are lost when the thread that reads them has died."""
        if not self._inotify.is_alive():
            self._gathering.everything()

    def close(self) -> None:
        """Give the watches back."""
        self._inotify.stop()
        self._inotify.join()

    def _enter(self, start: str) -> None:
        # A folder is watched before it is listed, so that nothing appears in it unseen.
        for _ in visit_folders(self._root, start, self._scope, self._watch):
            pass

    def _watch(self, folder: str) -> bool:
        path = f"{self._root}/{folder}".rstrip("/")
        watch = self._add(path or "/", _Folder(folder, self._gathering))
        if watch is not None:
            self._watches[folder] = watch
        return watch is not None

    def _add(self, path: str, callback: _Folder) -> tuple[WatchDescriptor, CallbackId] | None:
        if not os.access(path, os.R_OK):  # watchdog takes EACCES for success
            return None
        # A folder moved a moment ago has one descriptor under two names: each has its own id.
        identity = next(self._ids)
        try:
            descriptor = self._inotify.add_callback(os.fsencode(path), _MASK, callback, identity)
        except OSError as error:
            if error.errno in _GONE:
                return None
            raise
        return descriptor, identity

    def _leave(self, folders: frozenset[str]) -> None:
        left = [folder for folder in self._watches if at_or_below(folder, folders)]
        self._inotify.remove_callbacks([self._watches.pop(folder) for folder in left])


@dataclass(frozen=True, slots=True)
class _Folder:
    """What watchdog calls, in its own thread, about one folder."""

    folder: str
    gathering: Gathering

    def on_event(self, event: InotifyEvent) -> None:
        if event.name:
            name = self.folder + os.fsdecode(event.name)
            self.gathering.path(f"{name}/" if event.is_directory else name)
        elif not self.folder and (event.is_delete_self or event.is_move_self):
            self.gathering.everything()  # the root; its parent tells of any other folder

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        pass  # the parent's event says so

    def on_queue_overflow(self) -> None:
        self.gathering.everything()


class _GitFolder(_Folder):
    """A folder in the git folder, in which a few files matter."""

    def on_event(self, event: InotifyEvent) -> None:
        if self.folder + os.fsdecode(event.name) in GIT_FILES:
            self.gathering.history()
