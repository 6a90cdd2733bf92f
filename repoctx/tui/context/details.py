"""The parts of the next question in full, as ``repoctx status`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.screen import ModalScreen
from textual.widgets import Static

from repoctx.sending.glance import Changed, Glance
from repoctx.sending.status import reached
from repoctx.terminal import counted, one_line
from repoctx.tui.context.bar import parts_of

_SHOWN_PATHS = 8


class Details(ModalScreen[None]):
    """A table of tokens and the few sentences that belong to it."""

    DEFAULT_CSS = """
    Details { align: center middle; }
    Details > VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", tooltip="Back to the conversation"),
    ]

    def __init__(self, glance: Glance, changed: Changed, note: str = "") -> None:
        super().__init__()
        self._glance = glance
        self._changed = changed
        self._note = note

    def compose(self) -> ComposeResult:
        """The table, then the sentences."""
        with VerticalScroll() as box:
            box.border_title = "The next question"
            yield Static(Content("\n").join(_lines(self._glance)), markup=False)
            yield Static("\n" + "\n".join(self._sentences()), markup=False)

    def on_click(self, event: Click) -> None:
        """A click beside the box closes it."""
        if event.widget is self:
            self.dismiss()

    def _sentences(self) -> Iterator[str]:
        yield from _facts(self._glance)
        if paths := self._changed.paths:
            more = len(paths) - _SHOWN_PATHS
            yield f"changed since the last question ({counted(len(paths), 'file')}):"
            yield from (f"  {one_line(path)}" for path in paths[:_SHOWN_PATHS])
            if more > 0:
                yield f"  and {more:,} more"
        if self._note:
            yield one_line(self._note)


def _lines(glance: Glance) -> Iterator[Content]:
    whole = glance.expected.input_tokens
    for part in parts_of(glance):
        share = part.tokens / max(1, whole)
        sign = Content.styled(part.sign, part.style)
        yield Content.assemble(sign, f" {_row(part.name, part.tokens)} {share:6.1%}")
    yield Content.styled(f"  {_row('together', whole)}", "bold")
    if glance.expected.window:
        yield Content(f"  {_row('window, with the answer', glance.expected.window)}")
    if glance.budget is not None:
        yield Content(f"  {_row('budget for the repository', glance.budget)}")


def _row(name: str, tokens: int) -> str:
    return f"{name:<32}{tokens:>12,}"


def _facts(glance: Glance) -> Iterator[str]:
    expected = glance.expected
    who = one_line(f"{expected.backend} {expected.model}".strip())
    yield f"answered by {who} at {one_line(expected.endpoint)}"
    files = ", ".join(f"{count:,} {level}" for level, count in glance.levels.items())
    yield f"files: {files}; {counted(glance.redacted, 'secret')} replaced"
    if not glance.sends:
        yield "nothing is sent, so nothing is billed"
        return
    if expected.cost_low is None or expected.cost_high is None:
        yield one_line(expected.note)
    else:
        yield f"cost: ${expected.cost_low:.4f} to ${expected.cost_high:.4f}, {expected.note}"
    if expected.rebased:
        why = "nothing was sent before" if expected.rebased == "first" else expected.rebased
        yield f"a new base is sent: {why}"
    seconds = expected.first_token_seconds
    wait = "not known before a first run" if seconds is None else f"in about {seconds:.1f} s"
    yield f"first word: {wait}"
    for each in reached(glance.standing, glance.destination):
        left = f"cached for another {each.warm_for / 60:.0f} min" if each.warm_for else "cold"
        yield f"sent to {one_line(each.name)} {each.age / 60:.0f} min ago, {left}"
