"""Keep the glance up to date: a look in a thread whenever files, pins or the conversation change.

The widget is not seen. It starts the threads, and posts what they find.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from repoctx.events import Progress
from repoctx.sending.glance import Changed, Glance
from repoctx.tui.context.look import Ended, Failed, Found, Look, Working
from repoctx.tui.context.watching import Begun, FilesChanged, Unwatched, Watching
from repoctx.tui.desk import Desk

_REST = 0.3
"""Seconds between two looks, at least: also as long as the last one took."""

_PAUSE = 1.0
"""Seconds without a key after which the words that are typed count."""


class Looking(Widget):
    """Looks at the context, and again when something changes."""

    DEFAULT_CSS = "Looking { display: none; }"

    @dataclass
    class Glanced(Message):
        """There is a glance, perhaps the same as before."""

        glance: Glance
        changed: Changed
        """What differs from the glance after the last question."""

    @dataclass
    class Worked(Message):
        """A look goes on, or none does any more."""

        progress: Progress | None

    @dataclass
    class Refused(Message):
        """There is no glance; a question would fail in the same way."""

        problem: str

    @dataclass
    class Noted(Message):
        """Something that stays true about watching; empty when all is well again."""

        note: str

    def __init__(self, desk: Callable[[], Desk]) -> None:
        super().__init__()
        self._desk = desk
        self._words = ""
        """What is being typed: under a budget it can raise files."""
        self._looked_for = ""
        self._pause: Timer | None = None
        self._look: Look | None = None
        self._watching: Watching | None = None
        self._last: Glance | None = None
        self._since: Glance | None = None
        """The glance after the last question: changes are counted from there."""
        self._due: Timer | None = None
        self._now = False
        """A look is wanted as soon as the one that runs has ended."""
        self._again = False
        """Files have changed since the look that runs began."""
        self._resting = False
        self._took = 0.0

    @property
    def has_looked(self) -> bool:
        """True once there was a first glance."""
        return self._last is not None

    def on_mount(self) -> None:
        """Watch, and then look: what changes during the first look is looked at again."""
        self._watching = Watching(self._desk(), self.post_message)
        self._start(self._watching.run, "watching")

    def on_unmount(self) -> None:
        """End both threads; they notice within a moment."""
        if self._watching is not None:
            self._watching.stop()
        if self._look is not None:
            self._look.stop()

    def look(self) -> None:
        """Look now; a look that runs is out of date, and ended first."""
        self._resting = False
        self._not_due()
        if self._look is not None:
            self._look.stop()
            self._now = True
            return
        self._now = self._again = False
        self._looked_for = self._words
        self._look = Look(
            self._desk(), self._looked_for, self._last, self._since, self.post_message
        )
        self._start(self._look.run, "looking")

    def rest(self) -> None:
        """Leave the machine to a question, which packs for itself."""
        self._resting, self._now = True, False
        self._not_due()
        self._not_typing()
        if self._look is not None:
            self._look.stop()

    def typed(self, words: str) -> None:
        """Look again when nothing has been typed for a moment, and the words are others."""
        self._words = words
        self._not_typing()
        if not self._resting:
            self._pause = self.set_timer(_PAUSE, self._look_for_words)

    def _look_for_words(self) -> None:
        self._pause = None
        if self._words != self._looked_for and not self._resting:
            self.look()

    def answered(self) -> None:
        """Look again after a question; changes count from what is found now."""
        self._since = None
        self.look()

    def _not_due(self) -> None:
        if self._due is not None:
            self._due.stop()
            self._due = None

    def _not_typing(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def _start(self, run: Callable[[], None], group: str) -> None:
        self.run_worker(run, thread=True, group=group, exit_on_error=False)

    @on(Begun)
    def _begun(self, message: Begun) -> None:
        message.stop()
        if self._look is not None or self._resting:
            self._again = True
        else:
            self.look()

    @on(FilesChanged)
    def _files_changed(self, message: FilesChanged) -> None:
        message.stop()
        if self._look is not None or self._resting:
            self._again = True
        elif self._due is None:
            self._due = self.set_timer(max(_REST, self._took), self.look)

    @on(Unwatched)
    def _unwatched(self, message: Unwatched) -> None:
        message.stop()
        self.post_message(self.Noted(message.note))

    @on(Working)
    def _working(self, message: Working) -> None:
        message.stop()
        if not self._resting:
            self.post_message(self.Worked(message.progress))

    @on(Found)
    def _found(self, message: Found) -> None:
        message.stop()
        self._last = message.glance
        self._since = self._since or message.glance
        self.post_message(self.Glanced(message.glance, message.changed))

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self.post_message(self.Refused(message.problem))

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        message.stop()
        self._look, self._took = None, time.monotonic() - message.look.began
        if self._now:
            self.look()
            return
        self.post_message(self.Worked(None))
        if self._again and not self._resting:
            self._due = self.set_timer(max(_REST, self._took), self.look)
