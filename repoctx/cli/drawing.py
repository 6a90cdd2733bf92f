"""Events as text: the answer on standard output, everything else on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from repoctx import events
from repoctx.cli.narrator import Narrator
from repoctx.cli.progress import Bar
from repoctx.terminal import counted, printable

if TYPE_CHECKING:
    from repoctx.events import Event

_GAP = 0.1
"""Of the expected cost; a bill that differs by more is said to."""
_SHOWN_LINES = 30
"""Lines of a failing check's output that are shown; the model gets more."""


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
                say.note(_packed(event))
            case events.Estimated():
                say.note(_estimated(event))
            case events.Usage() if event.input or event.output:
                self.spent += event.cost or 0.0
                say.note(_usage(event))
                if gap := _gap(event):
                    say.warn(gap)
            case events.Spent() if event.month or event.unpriced:
                say.note(_spent(event))
            case events.Notice():
                say.warn(event.message)
            case events.EditProposed():
                say.diff(event.diff)
                say.say(_proposed(event), "bold")
                for flag in event.flags:
                    say.warn(f"  careful: {flag}")
            case events.Conflict():
                say.error(f"{event.path or 'no file named'}: {event.reason}", event.hint)
                say.diff(event.detail)
            case events.Applied():
                say.say(f"applied: {', '.join(event.files)}", "bold green")
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
            self.narrator.say(f"check passes ({event.seconds:.1f} s): {event.command}", "green")
            return
        for line in event.output.splitlines()[-_SHOWN_LINES:]:
            self.narrator.note(f"  {line}")
        self.narrator.say(
            f"check fails with {event.exit_code} ({event.seconds:.1f} s): {event.command}", "red"
        )

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
    on = f"on {event.branch}" if event.branch else "on a detached HEAD"
    subject = event.message.partition("\n")[0]
    narrator.say(f"committed {event.commit[:10]} {on} in {event.repository}: {subject}", "green")
    if event.skipped:
        narrator.warn(f"  this commit skipped: {', '.join(event.skipped)}")
    if event.altered:
        narrator.warn(f"  not as reviewed, a hook changed: {', '.join(event.altered)}")


def _packed(event: events.Packed) -> str:
    partial = {level: n for level, n in event.levels.items() if level != "full" and n}
    rest = "".join(f", {n} {level}" for level, n in partial.items())
    hidden = f"; {event.redacted} secrets redacted" if event.redacted else ""
    return (
        f"packed {event.files:,} files: {event.tokens:,} tokens ({event.encoding}),"
        f" {event.levels.get('full', 0):,} in full{rest}{hidden}"
    )


def _estimated(event: events.Estimated) -> str:
    window = f" of {event.window:,}" if event.window else ""
    who = f"{event.backend} {event.model}".strip()
    together = f"{event.calls} calls, together " if event.calls > 1 else ""
    within = "" if together else window
    sent = f"{together}{event.input_tokens:,}{within} tokens{_parts(event)}"
    wait = ""
    if event.first_token_seconds is not None:
        wait = f"; the first word in about {event.first_token_seconds:.1f} s"
    return f"to {who} at {event.endpoint}: {sent}; {cost_range(event)}{wait}"


def _parts(event: events.Estimated) -> str:
    updates = (
        f", {counted(event.updates, 'update')} of {event.update_tokens:,}" if event.updates else ""
    )
    cached = f", {event.cached_tokens:,} probably cached" if event.cached_tokens else ""
    again = f"; sent anew: {event.rebased}" if event.rebased not in ("", "first") else ""
    return f"{updates}{cached}{again}"


def cost_range(event: events.Estimated) -> str:
    """Return what the question may cost; the reason when that is not known."""
    low, high, answer = event.cost_low, event.cost_high, event.answer_cost
    if low is None or high is None or answer is None or not high:
        return event.note
    text = f"${low:.4f}"
    if event.cached_tokens:
        text += f" if that is cached, ${high - answer:.4f} if nothing is"
    return f"{text}; up to ${answer:.4f} for the answer ({event.answer_tokens:,} tokens)"


def _gap(event: events.Usage) -> str:
    """Return how the bill differs from the estimate; empty when it hardly does."""
    if not event.cost or not event.expected or abs(event.cost / event.expected - 1) <= _GAP:
        return ""
    share = abs(event.cost / event.expected - 1)
    way = "more" if event.cost > event.expected else "less"
    return f"this is {share:.0%} {way} than the ${event.expected:.4f} expected"


def _spent(event: events.Spent) -> str:
    unknown = ""
    if event.unpriced:
        unknown = f", and {counted(event.unpriced, 'request')} whose price is not known"
    return f"this conversation ${event.session:.4f}, this month ${event.month:.2f}{unknown}"


def _usage(event: events.Usage) -> str:
    cost = f", ${event.cost:.4f}" if event.cost is not None else ""
    counted = "billed" if event.reported else "our own count, the server sent none"
    return (
        f"used {event.input:,} tokens in ({event.cached:,} cached), {event.output:,} out"
        f"{cost} ({counted})"
    )


def _proposed(event: events.EditProposed) -> str:
    source = f" from {event.old_path}" if event.old_path else ""
    return f"{event.kind} {event.path}{source}: +{event.added} -{event.removed}"
