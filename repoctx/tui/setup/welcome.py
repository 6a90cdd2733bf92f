"""What stands at the beginning when no model is configured."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Button, Static

_BEFORE = "No language model is configured yet. Without one, and without a network, repoctx can"
_ABLE = (
    "find and quote the code that fits your words, with path:line",
    "when a check fails (/check COMMAND), search for a small edit that makes it pass",
)
_AFTER = (
    "It does not understand the request then. With a model it reads the whole repository and"
    " answers, or proposes a change that you review before anything is written."
)


class Welcome(Vertical):
    """Says what works now, and offers more."""

    DEFAULT_CSS = """
    Welcome {
        height: auto;
        padding: 1 2;
        Static { height: auto; margin-bottom: 1; }
        .able { margin: 0 0 0 2; }
    }
    """

    @dataclass
    class SetupWanted(Message):
        """The person wants to configure a model."""

    def compose(self) -> ComposeResult:
        """The text above the offer."""
        yield Static(_BEFORE, markup=False)
        for able in _ABLE:
            yield Static(f"· {able}", markup=False, classes="able")
        yield Static(_AFTER, markup=False)
        yield Button("Configure a model (/setup)", variant="primary")

    @on(Button.Pressed)
    def _pressed(self) -> None:
        self.post_message(self.SetupWanted())
