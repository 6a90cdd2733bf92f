"""What is said on standard error: notes, warnings, errors and coloured diffs, safe to print.

Rich is loaded at the first word, so that commands which say nothing stay light.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from repoctx.terminal import one_line, printable

if TYPE_CHECKING:
    from rich.console import Console


class Narrator:
    """Speaks to the person on standard error; every text is escaped here."""

    @cached_property
    def console(self) -> Console:
        """The terminal (or file) behind standard error; NO_COLOR is honoured."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def interactive(self) -> bool:
        """True when a person can be asked: both standard input and error are terminals."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str, style: str = "") -> None:
        """Print one line."""
        self.console.print(one_line(text), style=style or None)

    def note(self, text: str) -> None:
        """Print one line of lesser weight."""
        self.say(text, "dim")

    def warn(self, text: str) -> None:
        """Print one line that asks for care."""
        self.say(text, "yellow")

    def error(self, message: str, hint: str = "") -> None:
        """Print what went wrong, and below it what to do."""
        self.say(f"repoctx: {message}", "bold red")
        if hint:
            self.say(f"  hint: {hint}")

    def diff(self, text: str) -> None:
        """Print a unified diff in the usual colours."""
        for line in printable(text).splitlines():
            self.console.print(line, style=_diff_style(line))

    def ask(self, question: str) -> str:
        """Ask for one line of input; an end of input is an empty answer."""
        return self.answer(question) or ""

    def answer(self, question: str) -> str | None:
        """Ask for one line of input; None when the input has ended."""
        self.console.print(one_line(question) + " ", style="bold", end="")
        try:
            _await_line()
            return input().strip()
        except EOFError:
            return None


def _await_line() -> None:
    """Return when the terminal has a line, or the end of input.

    ``input`` would sleep through a Ctrl-C that comes before it begins to read: Python notices a
    signal between two steps of its own, or when it interrupts a system call that has begun.
    """
    if not sys.stdin.isatty() or threading.current_thread() is not threading.main_thread():
        return
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    before = signal.set_wakeup_fd(wakes)
    try:
        while sys.stdin not in select.select([sys.stdin, woken], [], [])[0]:
            os.read(woken, 1)
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wakes)


def _diff_style(line: str) -> str | None:
    if line.startswith(("+++", "---", "diff ", "new file", "deleted file", "rename ")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
