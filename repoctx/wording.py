"""What is said of each event, in the words that the command line and the application share.

The texts may hold whatever a repository or a model put into the event: they reach a screen only
through ``repoctx.terminal``.
"""

from __future__ import annotations

from collections.abc import Sequence

from repoctx import events
from repoctx.terminal import counted

_GAP = 0.1
"""Of the expected cost; a bill that differs by more is said to."""
_SHOWN_LINES = 30
"""Lines of a failing check's output that are shown; the model gets more."""


def packed(event: events.Packed) -> str:
    """Return how much of the repository goes along, and at which levels."""
    partial = {level: n for level, n in event.levels.items() if level != "full" and n}
    rest = "".join(f", {n} {level}" for level, n in partial.items())
    hidden = f"; {counted(event.redacted, 'secret')} redacted" if event.redacted else ""
    return (
        f"packed {counted(event.files, 'file')}: {event.tokens:,} tokens ({event.encoding}),"
        f" {event.levels.get('full', 0):,} in full{rest}{hidden}"
    )


def estimated(event: events.Estimated) -> str:
    """Return where the request goes, its size, its price and its wait, before it is sent."""
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


def gap(event: events.Usage) -> str:
    """Return how the bill differs from the estimate; empty when it hardly does."""
    if not event.cost or not event.expected or abs(event.cost / event.expected - 1) <= _GAP:
        return ""
    share = abs(event.cost / event.expected - 1)
    way = "more" if event.cost > event.expected else "less"
    return f"this is {share:.0%} {way} than the ${event.expected:.4f} expected"


def spent(event: events.Spent) -> str:
    """Return what requests have cost so far."""
    unknown = ""
    if event.unpriced:
        unknown = f", and {counted(event.unpriced, 'request')} whose price is not known"
    return f"this conversation ${event.session:.4f}, this month ${event.month:.2f}{unknown}"


def usage(event: events.Usage) -> str:
    """Return what was billed."""
    cost = f", ${event.cost:.4f}" if event.cost is not None else ""
    source = "billed" if event.reported else "our own count, the server sent none"
    return (
        f"used {event.input:,} tokens in ({event.cached:,} cached), {event.output:,} out"
        f"{cost} ({source})"
    )


def amount(event: events.Progress) -> str:
    """Return how far a stage is: ``3 of 12 files``, ``1.5 of 4.0 MB``; empty when unknown."""
    if event.unit == "bytes":
        total = "" if event.total is None else f"of {event.total / 1e6:,.1f} "
        return f"{event.done / 1e6:,.1f} {total}MB"
    if event.total is not None:
        return f"{event.done:,} of {event.total:,} {event.unit}".rstrip()
    return f"{event.done:,} {event.unit}" if event.done and event.unit else ""


def elapsed(seconds: float) -> str:
    """Return a duration for somebody who waits: ``0.4 s``, ``12 s``, ``2 min 05 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def answered(characters: int, seconds: float, first: float | None) -> str:
    """Return how fast an answer came; ``first`` is the wait for its first piece."""
    rate = f", {characters / seconds:,.0f} a second" if seconds >= 0.1 else ""
    wait = "" if first is None else f"; the first word after {elapsed(first)}"
    return f"answered in {elapsed(seconds)}: {counted(characters, 'character')}{rate}{wait}"


def proposed(event: events.EditProposed) -> str:
    """Return one file of the planned change in a line."""
    source = f" from {event.old_path}" if event.old_path else ""
    return f"{event.kind} {event.path}{source}: +{event.added} -{event.removed}"


def conflict(event: events.Conflict) -> str:
    """Return which file an edit does not fit, and why."""
    return f"{event.path or 'no file named'}: {event.reason}"


def committed(event: events.Committed) -> list[str]:
    """Return what was committed where, then a line for each thing that is not as expected."""
    on = f"on {event.branch}" if event.branch else "on a detached HEAD"
    subject = event.message.partition("\n")[0]
    said = [f"committed {event.commit[:10]} {on} in {event.repository}: {subject}"]
    if event.skipped:
        said.append(f"this commit skipped: {', '.join(event.skipped)}")
    if event.altered:
        said.append(f"not as reviewed, a hook changed: {', '.join(event.altered)}")
    return said


def applied(event: events.Applied) -> str:
    """Return the files that were written."""
    return f"applied: {', '.join(event.files)}"


def checked(event: events.CheckRan) -> str:
    """Return how the check ended."""
    ended = "passes" if event.passed else f"fails with {event.exit_code}"
    return f"check {ended} ({event.seconds:.1f} s): {event.command}"


def shown_output(event: events.CheckRan) -> Sequence[str]:
    """Return the last lines of the check's output: the end of a log says what failed."""
    return event.output.splitlines()[-_SHOWN_LINES:]
