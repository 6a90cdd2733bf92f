"""The application in a repository that names programs to be run: none of them is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tui.terminal import Terminal, command


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
def test_the_application_runs_no_program_of_the_repository(hostile: Any, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "tmux")
    try:
        terminal.start(f"{command('chat')}; echo the-end; sleep 60", hostile.root)
        terminal.shows("tokens", "nothing is sent")
        terminal.type("what is in the first file")
        terminal.keys("Enter")
        terminal.shows("answered in")
        (hostile.root / "one-more.txt").write_text("new")
        terminal.shows("one-more.txt")
        terminal.keys("C-q")
        terminal.shows("the-end")
    finally:
        terminal.end()
    assert hostile.sung == set()
