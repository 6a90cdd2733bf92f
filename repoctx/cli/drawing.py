"""Events as text: the answer on standard output, everything else on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from repoctx import events, wording
from repoctx.cli.narrator import Narrator
from repoctx.cli.progress import Bar
from repoctx.terminal import printable

if TYPE_CHECKING:
    from repoctx.events import Event


class Drawing:
    """Draws one question's events; a context manager, so that the progress bar always ends."""

    def __init__(self, narrator: Narrator) -> None:
        self.narrator = narrator
        self.bar = Bar(narrator)
        self.exit_code = 1
        self.spent = 0.0
        """US dollars of all that was billed, as far as prices are known."""
        self._answering = False
        self._started = time.monotonic()

    def __enter__(self) -> Drawing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_answer()

    def draw(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, events.Progress) and event.stage != "commit":
            self.bar.show(event)
            return
        if isinstance(event, events.TextDelta):
            self._answer(event.text)
            return
        self._end_answer()
        self._narrate(event)

    def _narrate(self, event: Event) -> None:
        say = self.narrator
        match event:
            case events.Packed():
                say.note(wording.packed(event))
            case events.Estimated():
                say.note(wording.estimated(event))
            case events.Usage() if event.input or event.output:
                self.spent += event.cost or 0.0
                say.note(wording.usage(event))
                if gap := wording.gap(event):
                    say.warn(gap)
            case events.Spent() if event.month or event.unpriced:
                say.note(wording.spent(event))
            case events.Notice():
                say.warn(event.message)
            case events.EditProposed():
                say.diff(event.diff)
                say.say(wording.proposed(event), "bold")
                for flag in event.flags:
                    say.warn(f"  careful: {flag}")
            case events.Conflict():
                say.error(wording.conflict(event), event.hint)
                say.diff(event.detail)
            case events.Applied():
                say.say(wording.applied(event), "bold green")
            case events.Committed():
                say_committed(say, event)
            case events.Progress():
                say.note(f"  {event.detail}")
            case events.CheckRan():
                self._check(event)
            case events.Finished():
                self._finished(event)
            case events.Failed():
                say.error(event.message, event.hint)
                self.exit_code = event.exit_code

    def _check(self, event: events.CheckRan) -> None:
        if event.passed:
            self.narrator.say(wording.checked(event), "green")
            return
        for line in wording.shown_output(event):
            self.narrator.note(f"  {line}")
        self.narrator.say(wording.checked(event), "red")

    def _finished(self, event: events.Finished) -> None:
        self.exit_code = event.exit_code
        if event.message:
            style = "bold green" if event.exit_code == 0 else "bold red"
            self.narrator.say(event.message, style)

    def _answer(self, text: str) -> None:
        """Write a piece of the answer: exactly to a file or a pipe, escaped to a terminal."""
        self.bar.hide()
        self._answering = True
        shown = printable(text.replace("\r\n", "\n")) if sys.stdout.isatty() else text
        sys.stdout.buffer.write(shown.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()

    def _end_answer(self) -> None:
        self.bar.hide()
        if self._answering:
            self._answering = False
            sys.stdout.write("\n")
            sys.stdout.flush()


def say_committed(narrator: Narrator, event: events.Committed) -> None:
    """Say what was committed where, and what is not as the person may expect."""
    said, *careful = wording.committed(event)
    narrator.say(said, "green")
    for line in careful:
        narrator.warn(f"  {line}")
