"""The application: its one main screen, its keys and commands, its colours."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from repoctx.tui.desk import Desk
from repoctx.tui.main import MainScreen


class RepoctxApp(App[None]):
    """``repoctx`` without a command."""

    TITLE = "repoctx"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", tooltip="Leave; what runs is cancelled"),
    ]

    def __init__(self, desk: Desk, question: str = "") -> None:
        super().__init__()
        self._main = MainScreen(desk, question)

    def on_mount(self) -> None:
        """Show the main screen."""
        self.push_screen(self._main)
