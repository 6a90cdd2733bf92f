"""The person's editor opens the file at the line, in the way in which that editor is told it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from repoctx.errors import UsageError
from repoctx.sandbox import edit, editor
from repoctx.sandbox.editor import arguments


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("vi", ("+7", "/r/a b.py")),
        ("/usr/bin/nvim -p", ("+7", "/r/a b.py")),
        ("'/opt/my editors/nano'", ("+7", "/r/a b.py")),
        ("emacs -nw", ("+7", "/r/a b.py")),
        ("hx", ("/r/a b.py:7",)),
        ("code --wait", ("-g", "/r/a b.py:7")),
        ("subl -w", ("/r/a b.py:7",)),
        ("gvim -R", ("--nofork", "+7", "/r/a b.py")),
        ("ed", ("/r/a b.py",)),
        ("what's that", ("/r/a b.py",)),
    ],
)
def test_an_editor_is_told_the_line_as_it_knows_it(command: str, told: tuple[str, ...]) -> None:
    assert arguments(command, Path("/r/a b.py"), 7) == told


def test_without_a_line_it_is_told_the_file_alone() -> None:
    assert arguments("vim", Path("/r/a.py"), None) == ("/r/a.py",)


@pytest.mark.parametrize("command", ["code", "/usr/bin/subl -n", "zed"])
def test_an_editor_with_a_window_of_its_own_is_told_to_wait(command: str) -> None:
    assert arguments(command, Path("/r/a.py"), None) == ("--wait", "/r/a.py")
    assert arguments(f"{command} -w", Path("/r/a.py"), None) == ("/r/a.py",)


def test_the_name_of_a_file_is_never_read_by_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "$(touch pwned) 'b'.txt"
    file.write_text("one")
    script = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('two')"
    assert edit(f'{sys.executable} -c "{script}"', file) == 0
    assert file.read_text() == "two"
    assert edit("exit 3;", file) == 3


def test_visual_comes_before_editor_and_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "ed")
    monkeypatch.setenv("VISUAL", "vim")
    assert editor() == "vim"
    monkeypatch.delenv("VISUAL")
    assert editor() == "ed"
    monkeypatch.setenv("EDITOR", " ")
    with pytest.raises(UsageError, match="no editor is known"):
        editor()
