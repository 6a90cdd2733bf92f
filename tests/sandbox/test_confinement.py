"""A job in the sandbox sees what it needs, at the place where it belongs, and nothing else."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from repoctx.errors import CancelledError, RefusedError
from repoctx.sandbox import Bounds, Confinement, Job, confinement, run
from repoctx.sandbox.bubblewrap import bubblewrap
from repoctx.sandbox.process import folder_bytes
from repoctx.sandbox.readable import is_system, shown
from tests.waiting import AGES, PATIENCE, soon

PYTHON = os.path.realpath(sys.executable)


@pytest.fixture
def sandbox() -> Confinement:
    try:
        return confinement()
    except RefusedError as error:
        pytest.skip(str(error))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch/a.txt").write_text("content")
    return tmp_path / "scratch"


def test_the_command_sees_a_copy_at_the_repositorys_place(
    sandbox: Confinement, scratch: Path, tmp_path: Path
) -> None:
    job = Job(
        ("/bin/sh", "-c", "pwd; cat a.txt; echo new > a.txt"), scratch, tmp_path / "real/root"
    )
    result = run(sandbox, job)
    assert result.output == f"{sandbox.seen(job)}\ncontent"
    if sandbox.name == "bubblewrap":
        assert sandbox.seen(job) == tmp_path / "real/root"
        assert (scratch / "a.txt").read_text() == "content"
        assert not (tmp_path / "real").exists()


def test_links_and_modes_survive_the_copy(sandbox: Confinement, scratch: Path) -> None:
    (scratch / "link").symlink_to("a.txt")
    (scratch / "tool").write_text("#!/bin/sh\necho ran")
    (scratch / "tool").chmod(0o755)
    result = run(sandbox, Job(("/bin/sh", "-c", "readlink link; ./tool"), scratch, scratch))
    assert result.output == "a.txt\nran\n"


def test_a_readable_folder_can_be_read_and_not_written(
    sandbox: Confinement, scratch: Path, tmp_path: Path
) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/lib.txt").write_text("library")
    script = f"cat {tmp_path}/venv/lib.txt; echo x > {tmp_path}/venv/lib.txt"
    result = run(sandbox, Job(("/bin/sh", "-c", script), scratch, scratch, (tmp_path / "venv",)))
    assert result.output.startswith("library")
    assert result.exit_code != 0
    assert (tmp_path / "venv/lib.txt").read_text() == "library"


def test_the_environment_is_only_what_the_job_says(
    sandbox: Confinement, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    job = Job(("/usr/bin/env",), scratch, scratch, environment={"MINE": "1"})
    names = {line.partition("=")[0] for line in run(sandbox, job).output.splitlines()}
    fixed = {"PATH", "HOME", "TMPDIR", "LANG", "PYTHONDONTWRITEBYTECODE", "MINE"}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"} == fixed


def test_input_reaches_the_command_and_its_exit_code_returns(
    sandbox: Confinement, scratch: Path
) -> None:
    result = run(sandbox, Job(("/bin/sh", "-c", "cat; exit 7"), scratch, scratch), stdin=b"hello")
    assert (result.output, result.exit_code) == ("hello", 7)


def test_a_program_that_is_not_there_is_told(sandbox: Confinement, scratch: Path) -> None:
    result = run(sandbox, Job(("/nonexistent/program",), scratch, scratch))
    assert result.exit_code == 125
    assert "No such file" in result.output


def test_cancelling_ends_it_at_once(sandbox: Confinement, scratch: Path) -> None:
    began = time.monotonic()
    job = Job(("/bin/sleep", str(AGES)), scratch, scratch)
    with soon(), pytest.raises(CancelledError):
        run(sandbox, job, cancelled=lambda: time.monotonic() - began > 0.3)


def test_memory_of_all_processes_together_is_watched(sandbox: Confinement, scratch: Path) -> None:
    program = f"import time; b = b'x' * (200 << 20); time.sleep({AGES})"
    readable = (Path(sys.base_prefix),)
    bounds = Bounds(resident=100 << 20, seconds=2 * PATIENCE)
    job = Job((PYTHON, "-c", program), scratch, scratch, readable, bounds=bounds)
    result = run(sandbox, job)
    assert result.exit_code in (128 + 9, 125)
    assert result.seconds < PATIENCE


def test_a_place_that_the_system_needs_is_replaced(sandbox: Confinement, scratch: Path) -> None:
    result = run(sandbox, Job(("/bin/cat", "a.txt"), scratch, Path("/usr")))
    assert result.output == "content"


def test_without_bubblewrap_and_landlock_it_is_refused_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("repoctx.sandbox.rules.version", lambda: 5)
    with pytest.raises(RefusedError) as refused:
        confinement()
    assert "bwrap" in refused.value.message
    assert "install bubblewrap" in refused.value.hint
    assert refused.value.exit_code == 5


def test_a_bubblewrap_that_does_not_work_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho no namespaces here >&2; exit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("repoctx.sandbox.rules.version", lambda: 0)
    assert bubblewrap().program == str(fake)
    with pytest.raises(RefusedError, match="no namespaces here"):
        confinement()


def test_the_home_and_what_lies_above_it_are_never_shown(home: Path, tmp_path: Path) -> None:
    (home / "venv").mkdir()
    folders = [Path("/"), Path("/home"), Path("/root"), home, home.parent, home / "venv"]
    assert shown(folders) == [str(home / "venv")]
    assert shown([home / "venv", home / "venv" / "lib", tmp_path / "gone"]) == [str(home / "venv")]


def test_system_folders_are_known() -> None:
    assert all(is_system(Path(p)) for p in ("/", "/usr", "/usr/local/src/x", "/etc", "/proc"))
    assert not any(is_system(Path(p)) for p in ("/home/a/project", "/srv/x", "/tmp/x"))


def test_a_folders_size_is_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 100_000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/up").symlink_to("..")
    assert 100_000 <= folder_bytes(tmp_path) < 150_000


def test_an_interpreter_in_a_private_folder_is_reached_without_opening_the_folder(
    sandbox: Confinement, scratch: Path, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    (private / "tool/bin").mkdir(parents=True)
    (private / "diary").write_text("mine")
    (private / "tool/bin/run").write_text("#!/bin/sh\necho reached\n")
    (private / "tool/bin/run").chmod(0o755)
    private.chmod(0o700)
    words = f"{private}/tool/bin/run; cat {private}/diary"
    job = Job(("/bin/sh", "-c", words), scratch, scratch, (private / "tool",))
    result = run(sandbox, job)
    assert "reached" in result.output
    assert "mine" not in result.output
    assert result.exit_code != 0
    assert (private / "diary").read_text() == "mine"
