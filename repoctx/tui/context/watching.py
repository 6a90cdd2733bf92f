"""Watch the repository in a thread that only posts messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from repoctx.defects import as_error
from repoctx.errors import RepoctxError
from repoctx.tui.desk import Desk
from repoctx.watch import Watcher

_OTHERWISE = "files are looked at after each question instead"


@dataclass
class Begun(Message):
    """From now on changes are noticed, or they never will be; it comes once."""


@dataclass
class FilesChanged(Message):
    """Files may have changed; a look tells what really has."""

    paths: frozenset[str]
    everything: bool
    """True when any other path may have changed too."""


@dataclass
class Unwatched(Message):
    """Why changes are noticed late or not at all; empty when they are again."""

    note: str


class Watching:
    """``run`` is for a thread, ``stop`` for any other, at any time."""

    def __init__(self, desk: Desk, post: Callable[[Message], object]) -> None:
        self._desk = desk
        self._post = post
        self._watcher: Watcher | None = None
        self._stopped = False

    def run(self) -> None:
        """Post changes until ``stop``; a watcher that fails is told, and no more."""
        try:
            self._watch()
        except RepoctxError as error:
            self._fail(error.message)
        except Exception as error:  # noqa: BLE001 - the application goes on without a watcher
            self._fail(f"watching failed ({as_error(error).message})")

    def _fail(self, why: str) -> None:
        self._post(Unwatched(f"{why}; {_OTHERWISE}"))
        if self._watcher is None:
            self._post(Begun())

    def stop(self) -> None:
        """End ``run`` within a moment."""
        self._stopped = True
        if self._watcher is not None:
            self._watcher.stop()

    def _watch(self) -> None:
        with self._desk.session().project.watch() as watcher:
            self._watcher = watcher
            if self._stopped:  # before the watcher could be told
                return
            self._post(Begun())
            note = ""
            while not self._stopped:
                if watcher.note != note:
                    note = watcher.note
                    self._post(Unwatched(note))
                if (changes := watcher.wait()) is not None:
                    self._post(FilesChanged(changes.paths, changes.everything))
