"""Starting is cheap: heavy libraries are loaded when they are used, and not before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "ahocorasick_rs",
    "anthropic",
    "openai",
    "tiktoken",
    "tree_sitter",
    "git",
    "textual",
    "watchdog",
    "genai_prices",
    "rustworkx",
    "numpy",
)

REPORT = """
import atexit, sys
atexit.register(lambda: print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(code: str, folder: Path) -> set[str]:
    """The top-level modules that a new interpreter has loaded after running the code."""
    ran = subprocess.run(
        [sys.executable, "-c", REPORT + code], cwd=folder, capture_output=True, text=True
    )
    lines = [line for line in ran.stdout.splitlines() if line.startswith("LOADED")]
    assert lines, ran.stderr
    return set(lines[-1].split()[1:])


def command(*arguments: str) -> str:
    return f"sys.argv[1:] = {list(arguments)!r}\nfrom repoctx.cli import main\nmain()"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import repoctx", id="import repoctx"),
        pytest.param(command("--help"), id="--help"),
        pytest.param(command("ask", "--help"), id="ask --help"),
        pytest.param(command("undo"), id="undo"),
        pytest.param(command("log"), id="log"),
        pytest.param(command("config"), id="config"),
        pytest.param(command("cost"), id="cost"),
    ],
)
def test_a_light_command_loads_no_heavy_library(code: str, tmp_path: Path) -> None:
    assert not loaded_by(code, tmp_path) & set(HEAVY)


def test_the_report_would_name_a_heavy_library(tmp_path: Path) -> None:
    assert "tiktoken" in loaded_by("import tiktoken", tmp_path)


def test_undo_of_a_real_change_loads_no_heavy_library(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    reply = "a.txt\n```\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n```\n"
    loaded_by(f"import repoctx\nrepoctx.apply({str(tmp_path)!r}, {reply!r})", tmp_path)
    assert (tmp_path / "a.txt").read_text() == "two\n"
    loaded = loaded_by(command("undo"), tmp_path)
    assert (tmp_path / "a.txt").read_text() == "one\n"
    assert not loaded & set(HEAVY)
