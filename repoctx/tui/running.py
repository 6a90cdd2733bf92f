"""A question on its way, in a thread: it only posts messages, and waits for what they are told.

``Asking`` is the thread's side. Pieces of the answer are put together so that the screen is drawn
at most thirty times a second, however fast they come.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from textual.message import Message

from repoctx.backends.base import Cancellation
from repoctx.defects import as_error
from repoctx.errors import RepoctxError
from repoctx.events import Estimated, Event, Failed, TextDelta
from repoctx.patches.edits import ChangeSet
from repoctx.session import Question, Retry
from repoctx.tui.desk import Desk

_INTERVAL = 1 / 30
"""Seconds between two pieces of the answer."""

T = TypeVar("T")


class Waiting(Generic[T]):
    """A decision that one thread waits for and another makes, once."""

    def __init__(self, otherwise: T) -> None:
        self._value = otherwise
        self._made = threading.Event()

    @property
    def is_made(self) -> bool:
        """True once it is decided, or given up."""
        return self._made.is_set()

    def decide(self, value: T) -> None:
        """Make the decision; the first one counts."""
        if not self._made.is_set():
            self._value = value
            self._made.set()

    def wait(self) -> T:
        """Return the decision when it is made."""
        self._made.wait()
        return self._value

    def give_up(self) -> None:
        """Decide for what was said at the start."""
        self._made.set()


@dataclass
class Happened(Message):
    """An event of the running question."""

    event: Event


@dataclass
class ReviewWanted(Message):
    """A change waits for the person."""

    changes: ChangeSet
    decision: Waiting[ChangeSet | Retry]


@dataclass
class ConfirmWanted(Message):
    """A request waits for the person, because it may be dear."""

    expected: Estimated
    decision: Waiting[bool]


class Ended(Message):
    """The thread is done; its last event was Finished or Failed."""


Post = Callable[[Message], object]
"""Gives a message to the screen; may be called from any thread."""


@dataclass(slots=True)
class Asking:
    """One question; ``run`` is for a thread, the rest for the screen's."""

    text: str
    desk: Desk
    post: Post
    cancellation: Cancellation = field(default_factory=Cancellation)
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the thread has nothing more to do."""

    def run(self) -> None:
        """Ask, and post what happens."""
        try:
            events = self.desk.session().ask(self._question())
            for event in gathered(events):
                self.post(Happened(event))
        except RepoctxError as error:
            self.post(Happened(failed(error)))
        except Exception as error:  # noqa: BLE001 - the application stays, and says what happened
            self.post(Happened(failed(as_error(error))))
        finally:
            self.ended.set()
            self.post(Ended())

    def cancel(self) -> None:
        """Stop whatever runs; a review that is open ends with nothing accepted."""
        self.cancellation.throw()

    def _question(self) -> Question:
        return self.desk.question(self.text, self._review, self._confirm, self.cancellation)

    def _review(self, changes: ChangeSet) -> ChangeSet | Retry:
        decision: Waiting[ChangeSet | Retry] = Waiting(ChangeSet(()))
        self.cancellation.on_throw(decision.give_up)
        self.post(ReviewWanted(changes, decision))
        return decision.wait()

    def _confirm(self, expected: Estimated) -> bool:
        decision = Waiting(False)
        self.cancellation.on_throw(decision.give_up)
        self.post(ConfirmWanted(expected, decision))
        return decision.wait()


def failed(error: RepoctxError) -> Failed:
    """Return the event of an error."""
    return Failed(error.message, error.hint, error.exit_code)


def gathered(
    events: Iterable[Event], clock: Callable[[], float] = time.monotonic
) -> Iterator[Event]:
    """Yield the events, neighbouring pieces of the answer as one if they come fast.

    A piece waits for the next event, so whoever draws is never more than one event behind.
    """
    pieces: list[str] = []
    since = 0.0
    for event in events:
        if isinstance(event, TextDelta):
            pieces.append(event.text)
            if clock() - since < _INTERVAL:
                continue
        if pieces:
            yield TextDelta("".join(pieces))
            pieces, since = [], clock()
        if not isinstance(event, TextDelta):
            yield event
    if pieces:
        yield TextDelta("".join(pieces))
