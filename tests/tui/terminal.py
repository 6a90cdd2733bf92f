"""A real terminal for tests: a tmux server of its own, which types and says what is shown."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.waiting import PATIENCE


class Terminal:
    """One window of a tmux server of its own."""

    def __init__(self, socket: Path, size: tuple[int, int] = (110, 34)) -> None:
        self._socket = socket
        self._size = size

    def start(self, command: str, folder: Path) -> None:
        width, height = map(str, self._size)
        self._tmux(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            width,
            "-y",
            height,
            "-c",
            str(folder),
            command,
        )

    def keys(self, *keys: str) -> None:
        """Press keys by their tmux names, or type a text."""
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    @property
    def title(self) -> str:
        return self._tmux("display-message", "-p", "#{pane_title}").strip()

    def shows(self, *texts: str) -> str:
        """Wait until all of the texts are on the screen; return the screen."""
        return self.until(lambda screen: all(text in screen for text in texts), texts)

    def until(self, condition: Callable[[str], bool], wanted: object) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            screen = self.screen
            if condition(screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{wanted} never came; the screen is:\n{self.screen}")

    def end(self) -> None:
        kill = ["tmux", "-S", str(self._socket), "kill-server"]
        subprocess.run(kill, capture_output=True, timeout=PATIENCE)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self._socket), *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def command(*arguments: str) -> str:
    """A command line for tmux, whose server has an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("HOME", "XDG_"))}
    size = ["-u", "COLUMNS", "-u", "LINES"]  # that of the terminal from which the tests run
    words = [
        "env",
        *size,
        *(f"{name}={value}" for name, value in kept.items()),
        "TERM=xterm-256color",
    ]
    words += [sys.executable, "-m", "repoctx", *arguments]
    return shlex.join(words)
