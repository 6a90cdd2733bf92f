"""The application in a real terminal: tmux runs it, types, and says what is on the screen."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")

SECONDS = 60.0
"""Far more than a step takes on an idle machine."""


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
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            screen = self.screen
            if condition(screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{wanted} never came; the screen is:\n{self.screen}")

    def end(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "tmux")
    yield terminal
    terminal.end()


CALCULATOR = (
    "def add(a, b):\n    return a - b\n"
    + "\n\n# more\n" * 5
    + "\n\ndef name():\n    return 'calc'\n"
)
REPLY = """\
The sign is wrong in `calc.py:2`.

calc.py
```python
<<<<<<< SEARCH
    return a - b
=======
    return a + b
>>>>>>> REPLACE
```

calc.py
```python
<<<<<<< SEARCH
    return 'calc'
=======
    return 'calculator'
>>>>>>> REPLACE
```
"""


def command(*arguments: str) -> str:
    """A command line for tmux, whose server has an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("HOME", "XDG_"))}
    words = ["env", *(f"{name}={value}" for name, value in kept.items()), "TERM=xterm-256color"]
    words += [sys.executable, "-m", "repoctx", *arguments]
    return shlex.join(words)


def test_ask_review_apply_check_and_undo(
    repository: Callable[..., Path], tmp_path: Path, terminal: Terminal
) -> None:
    root = repository({"calc.py": CALCULATOR})
    recording = tmp_path / "recording.jsonl"
    recording.write_text(json.dumps({"reply": REPLY}) + "\n")
    check = f"{sys.executable} -c 'import calc; assert calc.add(2, 3) == 5'"
    asked = command(
        "chat", "--backend", "scripted", "--recording", str(recording), "--check", check
    )
    terminal.start(f"{asked}; echo the-end; sleep 60", root)

    terminal.shows("Ask, or ask for a change")
    assert terminal.title == "repoctx · repository"
    terminal.type("mend add")
    terminal.keys("Enter")

    terminal.shows("return a + b", "return a - b", "1 file")
    assert (root / "calc.py").read_text() == CALCULATOR, "nothing is written yet"
    terminal.keys("y", "n", "w")
    terminal.shows("Apply 1 of 2 hunks")
    terminal.keys("y")
    terminal.shows("check passes")
    mended = CALCULATOR.replace("a - b", "a + b")
    assert (root / "calc.py").read_text() == mended, "the rejected hunk is not written"

    terminal.type("/undo")
    terminal.keys("Enter")
    terminal.shows("undone")
    assert (root / "calc.py").read_text() == CALCULATOR
    terminal.keys("C-q")
    screen = terminal.shows("the-end")
    assert "mend add" not in screen, "the terminal is as it was before"


CRASH = """
import sys
from repoctx.cli import main
from repoctx.tui.main import MainScreen
def ask(self, text):
    raise RuntimeError("a defect \\x1b[2J of ours")
MainScreen.ask = ask
sys.argv[1:] = ["chat", "--backend", "scripted", "--recording", "none.jsonl"]
main()
"""


def test_a_defect_restores_the_terminal_and_is_kept_in_a_file(
    repository: Callable[..., Path], tmp_path: Path, terminal: Terminal
) -> None:
    (tmp_path / "crash.py").write_text(CRASH)
    root = repository({"a.py": "x = 1\n"})
    python = command("x").replace("-m repoctx x", str(tmp_path / "crash.py"))
    terminal.start(f"{python}; echo exit $?; sleep 60", root)
    terminal.shows("Ask, or ask for a change")
    terminal.type("why")
    terminal.keys("Enter")
    screen = terminal.shows("exit 1")
    assert "a defect in repoctx: RuntimeError" in screen
    assert "error.log" in screen
    assert "Traceback" not in screen
    assert "Ask, or ask" not in screen
    (log,) = Path(os.environ["HOME"]).parent.rglob("error.log")
    assert "RuntimeError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_without_a_terminal_there_is_help_or_a_refusal(
    run: Callable[..., object], repository: Callable[..., Path]
) -> None:
    root = repository({"a.py": "x = 1\n"})
    ran = run("chat", cwd=root)
    assert (ran.code, "needs a terminal" in ran.err) == (5, True)  # type: ignore[attr-defined]
    assert "Usage" in run(cwd=root).out  # type: ignore[attr-defined]
