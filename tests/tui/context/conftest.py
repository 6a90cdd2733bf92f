"""Glances of real repositories, and a small application that shows one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from repoctx.events import Event
from repoctx.packer.pins import Pin
from repoctx.sending.glance import Changed, Glance
from repoctx.session import Question, open_session
from repoctx.tui.context import ContextPanel, Gauge

LookAt: TypeAlias = Callable[..., Glance]

PRICES = {"m": {"input": 2.0, "output": 10.0, "cache_read": 0.2, "window": 20_000}}
HOSTED = {
    "backend": "openai",
    "model": "m",
    "base_url": "http://127.0.0.1:9/v1",  # nobody is there, and nothing is sent
    "models": PRICES,
}


@pytest.fixture
def look_at() -> LookAt:
    """A function that returns a glance of a folder, made without a screen."""

    def look(root: Path, pins: tuple[Pin, ...] = (), **settings: Any) -> Glance:
        found: list[Glance] = []

        def run() -> Iterator[Event]:
            asked = Question("", pins=pins)
            found.append((yield from open_session(root, **settings).glance(asked)))

        for _ in run():
            pass
        return found[0]

    return look


class Shown(App[None]):
    """The panel and the gauge over one glance, and nothing that others draw."""

    CSS = """
    #beside { width: 1fr; height: 1fr; }
    ContextPanel { width: 44; border-left: solid $panel; }
    """

    def __init__(
        self, glance: Glance, changed: Changed | None = None, theme: str = "textual-dark"
    ) -> None:
        super().__init__()
        self.glance = glance
        self.changed = changed or Changed()
        self.opened: list[str] = []
        self.pins: list[tuple[Pin, ...]] = []
        self.theme = theme  # whatever TEXTUAL_THEME says

    def compose(self) -> ComposeResult:
        """The panel at the side, the gauge beneath."""
        with Horizontal():
            yield Static("", id="beside")
            yield ContextPanel()
        yield Gauge()

    def on_mount(self) -> None:
        """Show the glance."""
        self.query_one(ContextPanel).show_pins(self.glance.source.pins)
        self.query_one(ContextPanel).show(self.glance)
        self.query_one(Gauge).show(self.glance, self.changed)
        self.query_one(ContextPanel).files.focus()

    def on_open_place(self, message: Any) -> None:
        """Remember which file shall be opened."""
        self.opened.append(message.path)

    def on_context_panel_pins_changed(self, message: ContextPanel.PinsChanged) -> None:
        """Remember which pins are wanted."""
        self.pins.append(message.pins)
