"""Small windows that ask one thing."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from repoctx.terminal import printable


class Confirm(ModalScreen[bool]):
    """A question with yes and no; Escape is no."""

    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        #window {
            width: auto;
            max-width: 76;
            height: auto;
            border: round $primary;
            background: $surface;
            padding: 1 2;
        }
        #window Static { width: auto; max-width: 70; height: auto; margin-bottom: 1; }
        Horizontal { width: auto; height: auto; }
        Button { margin-right: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._question = question
        self._labels = yes, no

    def compose(self) -> ComposeResult:
        """The question above its answers."""
        yes, no = self._labels
        with Vertical(id="window"):
            yield Static(printable(self._question), markup=False)
            with Horizontal():
                yield Button(f"{yes} (y)", variant="primary", id="yes")
                yield Button(f"{no} (n)", id="no")

    def on_mount(self) -> None:
        """Nothing is said yes to by accident."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Close with an answer."""
        self.dismiss(answer)
