"""One look at the context, in a thread: it only posts messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from textual.message import Message

from repoctx.defects import as_error
from repoctx.errors import RepoctxError
from repoctx.events import Event, Progress
from repoctx.sending.glance import Changed, Glance, changed
from repoctx.session import Question
from repoctx.tui.desk import Desk

_INTERVAL = 0.1
"""Seconds between two messages about how far it is."""


@dataclass
class Working(Message):
    """The look goes on."""

    progress: Progress


@dataclass
class Found(Message):
    """The look is done."""

    glance: Glance
    changed: Changed


@dataclass
class Failed(Message):
    """There is nothing to be seen, and why."""

    problem: str


@dataclass
class Ended(Message):
    """The thread is done, found or not."""

    look: Look


@dataclass(slots=True, eq=False)
class Look:
    """``run`` is for a thread, ``stop`` for any other."""

    desk: Desk
    words: str
    """Of the question that is being typed."""
    before: Glance | None
    since: Glance | None
    """What changes are counted from; None for no changes."""
    post: Callable[[Message], object]
    began: float = field(default_factory=time.monotonic)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look, and post what is found."""
        try:
            with closing(self._events()) as events:
                self._follow(events)
        except RepoctxError as error:
            hint = f"; {error.hint}" if error.hint else ""
            self.post(Failed(f"{error.message}{hint}"))
        except Exception as error:  # noqa: BLE001 - the screen stays, and says what it lacks
            defect = as_error(error)
            self.post(Failed(f"{defect.message}; {defect.hint}"))
        finally:
            self.post(Ended(self))

    def stop(self) -> None:
        """End the look at its next step."""
        self._stopped.set()

    def _follow(self, events: Iterator[Event]) -> None:
        told = 0.0
        for event in events:
            if self._stopped.is_set():
                return
            if isinstance(event, Progress) and time.monotonic() - told >= _INTERVAL:
                told = time.monotonic()
                self.post(Working(event))

    def _events(self) -> Generator[Event, None, None]:
        desk = self.desk
        asked = Question(
            self.words, attachments=desk.attachments, pins=desk.pins, resume=desk.resume
        )
        glance = yield from desk.session().glance(asked, self.before)
        _ = glance.tree, glance.dearest  # made here, not while the screen is drawn
        found = changed(self.since, glance) if self.since else Changed()
        if not self._stopped.is_set():
            self.post(Found(glance, found))
