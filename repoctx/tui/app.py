"""The application: its one main screen, its keys and commands, its colours."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from repoctx.terminal import one_line
from repoctx.tui.commands import COMMANDS, guarded, run_command
from repoctx.tui.desk import Desk
from repoctx.tui.help import Help
from repoctx.tui.main import MainScreen

_GRACE = 10.0
"""Seconds that what runs has to stop when the terminal is closed."""


class RepoctxApp(App[None]):
    """``repoctx`` without a command."""

    TITLE = "repoctx"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", tooltip="The keys and the commands"),
        Binding("ctrl+q", "quit", "Quit", tooltip="Leave; what runs is cancelled"),
    ]

    def __init__(self, desk: Desk, question: str = "") -> None:
        super().__init__()
        self.main = MainScreen(desk, question)

    def on_mount(self) -> None:
        """Show the main screen."""
        self.push_screen(self.main)
        self.name_terminal(f"repoctx · {self.main.project.root.name}")
        self._heed_signals()

    def _heed_signals(self) -> None:
        """Told to end, leave as by Ctrl+Q; the default would leave the terminal in disorder."""
        if self._driver is not None and not self._driver.is_headless:
            loop = asyncio.get_running_loop()
            leave = partial(self.exit, return_code=128 + signal.SIGTERM)
            loop.add_signal_handler(signal.SIGTERM, leave)
            signal.signal(signal.SIGHUP, self._hung_up)

    def _hung_up(self, number: int, _: object) -> None:
        """The terminal is closed: stop what runs, and end.

        Nothing can be drawn any more, and the application may wait for that for ever; so it is not
        asked to leave.
        """
        self.main.stop(_GRACE)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    @property
    def failure(self) -> Exception | None:
        """The defect that ended the application; None when the person did."""
        return self._exception

    def name_terminal(self, title: str) -> None:
        """Give the terminal's window a title, until the application ends."""
        self._to_terminal(f"\x1b[22;0t\x1b]2;{one_line(title)}\x07")

    def on_unmount(self) -> None:
        """Give the window its old title back."""
        self._to_terminal("\x1b[23;0t")

    def _to_terminal(self, codes: str) -> None:
        if self._driver is not None and not self._driver.is_headless and not self._driver.is_web:
            self._driver.write(codes)

    def _fatal_error(self) -> None:
        """Restore the screen and draw no traceback: who started the application tells of it."""
        self._close_messages_no_wait()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return what the command palette offers."""
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Keys and commands", "Show the help", self.action_help)
        if screen is self.main:
            for name, command in COMMANDS.items():
                yield SystemCommand(f"/{name}", command.about, lambda name=name: self._type(name))

    def action_help(self) -> None:
        """Show the keys of the screen, and the commands."""
        self.push_screen(Help(self.screen.active_bindings.values()))

    def _type(self, name: str) -> None:
        """Do a command at once, or write it for the person to go on."""
        if COMMANDS[name].usage:
            self.main.write(f"/{name} ")
        else:
            guarded(self.main, lambda: run_command(self.main, f"/{name}"))
