"""What to do when the check fails after a change was applied."""

from __future__ import annotations

from repoctx.events import CheckRan
from repoctx.terminal import one_line
from repoctx.tui.review.asks import Choice, Option

_TAIL = 60
"""Lines of the check's output that are shown."""
_LONGEST = 500

_OPTIONS = (
    Option("s", "send it back to the model", "retry"),
    Option("u", "undo it", "undo"),
    Option("k", "keep it", "keep"),
)


class AfterCheck(Choice):
    """Dismissed with ``retry``, ``undo`` or ``keep``; Esc keeps."""

    DEFAULT_CSS = "AfterCheck { }"

    def __init__(self, check: CheckRan) -> None:
        how = f"exit code {check.exit_code} after {check.seconds:.1f} s"
        title = f"The check failed: {one_line(check.command)} ({how})"
        super().__init__(title, _OPTIONS, _tail(check.output) or "(it wrote nothing)")


def _tail(output: str) -> str:
    lines = output.rstrip().split("\n")[-_TAIL:]
    return "\n".join(line[:_LONGEST] for line in lines)
