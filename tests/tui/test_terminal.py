"""The application in a real terminal: tmux runs it, types, and says what is on the screen."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal, command
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


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
    terminal.until(lambda _: terminal.title == "repoctx · repository", "the title")
    terminal.type("mend add")
    terminal.keys("Enter")

    terminal.shows("return a + b", "return a - b", "1 file")
    assert (root / "calc.py").read_text() == CALCULATOR, "nothing is written yet"
    terminal.shows("2 open")
    terminal.keys("y")
    terminal.shows("1 of 2 hunks", "1 open")
    terminal.keys("n")
    terminal.until(lambda screen: "1 open" not in screen, "a decision on both hunks")
    terminal.keys("w")
    terminal.shows("Apply 1 of 2 hunks")
    terminal.keys("y")
    terminal.shows("check passes", "takes it back")
    mended = CALCULATOR.replace("a - b", "a + b")
    assert (root / "calc.py").read_text() == mended, "the rejected hunk is not written"

    terminal.type("/undo")
    terminal.keys("Enter")
    terminal.shows("undone: mend add")
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
    (log,) = Path(os.environ["HOME"]).rglob("error.log")
    assert "RuntimeError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


EDITOR = """\
import sys, time
line, file = sys.argv[1:]
print("editing", line, flush=True)
text = open(file).read()
open(file, "w").write(text.replace("return a - b", f"return a + b  # {line}"))
input()
sys.exit(3)
"""


def test_e_opens_the_cited_line_in_the_editor_and_reads_the_file_again(
    repository: Callable[..., Path], tmp_path: Path, terminal: Terminal
) -> None:
    root = repository({"calc.py": CALCULATOR})
    recording = tmp_path / "recording.jsonl"
    recording.write_text(json.dumps({"reply": "The sign is wrong in `calc.py:2`."}) + "\n")
    (tmp_path / "editor.py").write_text(EDITOR)
    vi = tmp_path / "vi"
    vi.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/editor.py "$@"\n')
    vi.chmod(0o755)
    asked = command("chat", "--backend", "scripted", "--recording", str(recording), "why?")
    terminal.start(f"EDITOR={vi} {asked}; echo the-end; sleep 60", root)

    terminal.shows("The sign is wrong", "answered in")
    terminal.keys("BTab", "k", "Enter")
    terminal.shows("return a - b", "e Edit")
    terminal.keys("e")
    screen = terminal.shows("editing +2")
    assert "e Edit" not in screen, "the editor has the terminal"
    terminal.keys("Enter")
    terminal.shows("return a + b  # +2", "e Edit", "the editor ended with 3")
    terminal.keys("Escape")
    terminal.shows("Ask, or ask for a change")
    terminal.keys("C-q")
    terminal.shows("the-end")


def test_without_a_terminal_there_is_help_or_a_refusal(
    run: Callable[..., object], repository: Callable[..., Path]
) -> None:
    root = repository({"a.py": "x = 1\n"})
    ran = run("chat", cwd=root)
    assert (ran.code, "needs a terminal" in ran.err) == (5, True)  # type: ignore[attr-defined]
    assert "Usage" in run(cwd=root).out  # type: ignore[attr-defined]


@pytest.mark.parametrize("stage", ["check", "review"])
@pytest.mark.parametrize("way", ["key", "TERM", "HUP"])
def test_leaving_stops_what_runs(
    repository: Callable[..., Path], tmp_path: Path, terminal: Terminal, way: str, stage: str
) -> None:
    """A check must not go on for nobody, nor a review keep the process."""
    root = repository({"calc.py": CALCULATOR})
    recording = tmp_path / "recording.jsonl"
    recording.write_text(json.dumps({"reply": REPLY}) + "\n")
    asked = ["chat", "mend", "--backend", "scripted", "--recording", str(recording)]
    if stage == "check":
        asked += ["--check", f"echo $$ > {tmp_path}/check; exec sleep 1000"]
    own = f"sh -c 'echo $$ > {tmp_path}/own; exec \"$@\"' sh {command(*asked)}"
    terminal.start(f"{own}; sleep 60", root)
    processes = ["own"]
    if stage == "check":
        processes.append("check")
        terminal.until(lambda _: (tmp_path / "check").is_file(), "the check")
    else:
        terminal.shows("2 open")
    terminal.until(lambda _: all((tmp_path / n).read_text().strip() for n in processes), "ids")
    ids = [int((tmp_path / name).read_text()) for name in processes]
    if way == "key":
        terminal.keys("C-q")
    elif way == "TERM":
        os.kill(ids[0], signal.SIGTERM)
    else:
        terminal.end()
    end = time.monotonic() + PATIENCE
    while any(map(is_alive, ids)):
        assert time.monotonic() < end, "it goes on"
        time.sleep(0.05)
    assert (root / "calc.py").read_text() == CALCULATOR
    if way != "HUP":
        assert "mend" not in terminal.screen, "the terminal is as it was before"


def is_alive(process: int) -> bool:
    """True while a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
