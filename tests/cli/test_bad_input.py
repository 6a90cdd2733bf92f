"""Bad input ends in one clear line with a hint and the right exit code, and writes nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]


def one_clear_line(err: str) -> bool:
    lines = [line for line in err.splitlines() if line.startswith("repoctx: ")]
    return len(lines) == 1


@pytest.mark.parametrize("command", [["pack"], ["search", "x"], ["ask", "x"], ["log"], ["undo"]])
def test_a_folder_that_does_not_exist(run: Any, command: list[str]) -> None:
    ran = run(*command, "-C", "nowhere")
    assert ran.code == 2
    assert "no such folder" in ran.err
    assert one_clear_line(ran.err)


def test_a_file_instead_of_a_folder(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = run("pack", "-C", "file")
    assert (ran.code, one_clear_line(ran.err)) == (2, True)


@pytest.mark.parametrize("command", [["pack"], ["search", "x"], ["ask", "x"]])
def test_an_empty_repository(run: Any, repository: Make, command: list[str]) -> None:
    ran = run(*command, cwd=repository({}, commit=False))
    assert ran.code == 2
    assert "holds no files to read" in ran.err


def test_a_repository_without_commits_is_packed_all_the_same(run: Any, repository: Make) -> None:
    ran = run("pack", cwd=repository({"a.py": "x = 1\n"}, commit=False))
    assert ran.code == 0
    assert "x = 1" in ran.out


def test_a_bare_repository(run: Any, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", "bare.git"], cwd=tmp_path, check=True)
    ran = run("pack", cwd=tmp_path / "bare.git")
    assert ran.code == 2
    assert "bare" in ran.err
    assert one_clear_line(ran.err)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_another_user(run: Any, repository: Make) -> None:
    root = repository({"a.py": "x = 1\n"})
    for path in (root, root / ".git"):
        os.chown(path, 12345, 12345)
    ran = run("pack", cwd=root)
    assert ran.code == 5
    assert "safe.directory" in ran.err


def test_a_backend_that_does_not_exist(run: Any, repository: Make) -> None:
    ran = run("ask", "x", "--backend", "opnai", cwd=repository({"a.py": ""}))
    assert ran.code == 2
    assert "openai" in ran.err


def test_no_key_for_a_hosted_model(run: Any, repository: Make) -> None:
    ran = run("ask", "x", "--model", "gpt-4.1", cwd=repository({"a.py": ""}))
    assert ran.code == 1
    assert "OPENAI_API_KEY" in ran.err


def test_a_dead_endpoint(run: Any, repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOCTX_RETRIES", "0")
    ran = run(
        *("ask", "x", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"),
        cwd=repository({"a.py": ""}),
    )
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err


def test_a_check_command_that_does_not_exist(run: Any, repository: Make, record: Any) -> None:
    ran = run(
        *("ask", "x", "--check", "no-such-command-here", "--backend", "scripted"),
        *("--recording", str(record("x"))),
        cwd=repository({"a.py": ""}),
    )
    assert ran.code == 2
    assert "the check command cannot be run: no-such-command-here" in ran.err


@pytest.mark.parametrize("arguments", [["ask"], ["frobnicate"], ["pack", "--format", "pdf"]])
def test_a_command_line_that_makes_no_sense(run: Any, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert one_clear_line(ran.err)


def test_a_budget_that_is_too_small_for_anything(run: Any, repository: Make) -> None:
    ran = run("pack", "--budget", "1", cwd=repository({"a.py": "x = 1\n"}))
    assert ran.code == 2
    assert ran.out == ""


def test_a_question_dearer_than_allowed_is_not_sent(run: Any, repository: Make) -> None:
    ran = run(
        *("ask", "x", "--model", "gpt-4.1", "--max-cost", "0.000001"),
        *("--base-url", "http://127.0.0.1:9/v1"),
        cwd=repository({"a.py": "x = 1\n" * 100}),
    )
    assert ran.code == 5


def test_a_full_disk_leaves_no_half_written_file(
    run: Any, repository: Make, tmp_path: Path
) -> None:
    root = repository({"a.py": "x = 1\n" * 50_000})
    out = tmp_path / "pack.xml"
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from repoctx.cli import main\n"
        "import repoctx.files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"sys.argv[1:] = ['pack', '-C', {str(root)!r}, '-o', {str(out)!r}]\n"
        "main()\n"
    )
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir() if "pack" in path.name] == []
