"""A check command is read as the shell and Python would read it, or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from repoctx.backends.embedded.check import Check, interpreter, plain_command, understand

READ = {
    "python -m unittest": Check("unittest", "python", ()),
    "python3 -m unittest discover -s tests -t . -v": Check(
        "unittest", "python3", ("discover", "-s", "tests", "-t", ".", "-v")
    ),
    "python3.12 -m pytest -k 'a or b' tests": Check(
        "pytest", "python3.12", ("-k", "a or b", "tests")
    ),
    "python -W error -X dev -m unittest": Check(
        "unittest", "python", (), ("-W", "error", "-X", "dev")
    ),
    ".venv/bin/python -m pytest": Check("pytest", ".venv/bin/python", ()),
    "python run.py --fast": Check("script", "python", ("run.py", "--fast")),
    "python tools/run.py": Check("script", "python", ("tools/run.py",), path0="tools"),
    "PYTHONPATH=src A='b c' python -m unittest": Check(
        "unittest", "python", (), environment={"PYTHONPATH": "src", "A": "b c"}
    ),
    "env A=1 python -m unittest": Check("unittest", "python", (), environment={"A": "1"}),
    "cd sub && python -m unittest": Check("unittest", "python", (), folder="sub"),
    "timeout 60 python -m unittest": Check("unittest", "python", ()),
    "python -m unittest discover -p '*_test.py'": Check(
        "unittest", "python", ("discover", "-p", "*_test.py")
    ),
}

NOT_READ = [
    "make test", "tox", "python -m unittest && ruff check", "python -m unittest | tee log",
    "python -m unittest > log", "python -m unittest tests/*.py", "python -m unittest $TESTS",
    "python -m unittest `ls`", "python -c 'import a'", "python -m mypackage.check", "python -",
    "python", "", "npm test", "python -m unittest; true", "(python -m unittest)",
    "python -m unittest 'unclosed", "python -m unittest ~/tests", "python $X.py", "A=1",
    "uv run nothing-installed", "cd a && cd b && python -m unittest",
]  # fmt: skip


@pytest.mark.parametrize("command", READ)
def test_a_plain_command_is_read(command: str, tmp_path: Path) -> None:
    assert understand(command, tmp_path) == READ[command]


@pytest.mark.parametrize("command", NOT_READ)
def test_anything_else_is_left_to_the_shell(command: str, tmp_path: Path) -> None:
    assert understand(command, tmp_path) is None


def script(path: Path, first_line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(first_line + "\n")
    path.chmod(0o755)


def test_the_pytest_command_leads_to_its_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "bin/pytest", "#!/opt/python/bin/python3.11")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    found = understand("pytest -q", tmp_path)
    assert found == Check(
        "pytest", "/opt/python/bin/python3.11", ("-q",), path0=str(tmp_path / "bin")
    )


def test_behind_a_shim_stands_the_python_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "bin/pytest", "#!/usr/bin/env bash")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    found = understand("pytest", tmp_path)
    assert found is not None
    assert found.program == str(tmp_path / "bin/python")


@pytest.mark.parametrize("runner", ["uv run", "poetry run", "pdm run"])
def test_a_runner_means_the_projects_own_environment(runner: str, tmp_path: Path) -> None:
    script(tmp_path / ".venv/bin/python", "")
    found = understand(f"{runner} python -m unittest", tmp_path)
    assert found == Check("unittest", str(tmp_path / ".venv/bin/python"), ())


def test_an_interpreter_says_which_folders_it_needs(tmp_path: Path) -> None:
    found = interpreter(Check("unittest", sys.executable, ()), tmp_path)
    assert found is not None
    assert found.prefix == sys.prefix
    assert {Path(sys.prefix), Path(sys.base_prefix)} <= set(found.folders)


def test_asking_the_interpreter_runs_no_file_of_the_repository(tmp_path: Path) -> None:
    for name in ("json", "sitecustomize", "os", "ast", "encodings"):
        (tmp_path / f"{name}.py").write_text("open('canary', 'w')")
    assert interpreter(Check("unittest", sys.executable, ()), tmp_path) is not None
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("program", ["/nonexistent/python", "/bin/true", "/bin/cat"])
def test_what_is_no_interpreter_is_none(program: str, tmp_path: Path) -> None:
    assert interpreter(Check("unittest", program, ()), tmp_path) is None


def test_an_old_interpreter_is_none(tmp_path: Path) -> None:
    script(tmp_path / "python", '#!/bin/sh\necho \'["/p", "/", "/", [], [3, 8]]\'')
    assert interpreter(Check("unittest", str(tmp_path / "python"), ()), tmp_path) is None


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("make test", "python3"),
        ("X=1 /opt/v/bin/python3.12 a.py | tee log", "/opt/v/bin/python3.12"),
        ("(cd a; python b.py) || exit 1", "python"),
    ],
)
def test_a_command_that_is_not_read_has_the_python_that_it_names(
    command: str, program: str
) -> None:
    assert plain_command(command) == Check("command", program, (command,))
