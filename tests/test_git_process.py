"""Git runs in an environment of its own, and no process outlives the question."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from repoctx.errors import RefusedError, RepoctxError
from repoctx.files import blob_id
from repoctx.git import Repository, find_repository
from tests.waiting import PATIENCE, next_line, running, until

MakeRepository = Callable[..., Path]


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def found(folder: Path) -> Repository:
    repository = find_repository(folder)
    assert repository is not None
    return repository


def children() -> set[str]:
    if sys.platform != "linux":
        pytest.skip("looks for processes in /proc")
    own = f"/proc/{os.getpid()}/task/{os.getpid()}/children"
    return set(Path(own).read_text().split())


def test_a_generator_that_is_left_early_leaves_no_process(repository: MakeRepository) -> None:
    root = repository({"a.txt": "x" * 1_000_000, "b.txt": "y" * 1_000_000})
    (root / "message").write_text("m" * 1_000_000)
    git(root, "commit", "-q", "--allow-empty", "-F", "message")
    repo = found(root)
    before = children()

    commits = repo.commits(9)
    next(commits)
    blobs = repo.read_blobs(entry.blob for entry in repo.tracked())
    next(blobs)
    assert children() > before
    commits.close()
    blobs.close()
    assert children() == before

    reader = repo.blobs()
    reader.read(repo.tracked()[0].blob)
    del reader
    assert children() == before


def test_a_git_that_waits_for_ever_is_given_up(
    repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"a.txt": "one"})
    os.mkfifo(root / ".gitignore")
    monkeypatch.setattr("repoctx.git.process.PATIENCE", 0.3)
    before = children()

    with pytest.raises(RepoctxError, match=r"no answer within 0\.3 s"):
        found(root).untracked()
    assert children() <= before


def listing_git(parent: int) -> list[str]:
    """The processes of git that list untracked files, for a parent that may be about to start."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [pid for pid in children if b"--others" in command_line(pid)]


def command_line(pid: str) -> list[bytes]:
    with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def test_a_person_who_interrupts_leaves_no_process(repository: MakeRepository) -> None:
    children()
    root = repository({"a.txt": "one"})
    os.mkfifo(root / ".gitignore")
    program = (
        "import sys, pathlib, threading, time, repoctx.git\n"
        "repository = repoctx.git.find_repository(pathlib.Path(sys.argv[1]))\n"
        "def is_other(frame): return frame.f_code.co_name != 'select'\n"
        "def wait_for_its_answer():\n"  # until then Python may not yet know of its child
        "    before = None\n"
        "    while (now := sys._current_frames()[main]) is not before or is_other(now):\n"
        "        before = now\n"
        "        time.sleep(0.2)\n"
        "    print('waiting', flush=True)\n"
        "main = threading.main_thread().ident\n"
        "threading.Thread(target=wait_for_its_answer, daemon=True).start()\n"
        "repository.untracked()\n"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", program, str(root)]
    with running(command, stdout=pipe, stderr=pipe) as person:
        assert next_line(person.stdout) == b"waiting\n"
        until(lambda: listing_git(person.pid), "git that lists")
        (pid,) = listing_git(person.pid)
        person.send_signal(signal.SIGINT)
        person.wait(PATIENCE)

    until(lambda: not Path(f"/proc/{pid}").exists(), "the end of git")


def test_a_reader_left_open_at_the_end_of_the_program_is_quiet(
    repository: MakeRepository,
) -> None:
    root = repository({"a.txt": "one"})
    program = (
        "import sys, pathlib, repoctx.git\n"
        "repository = repoctx.git.find_repository(pathlib.Path(sys.argv[1]))\n"
        "reader, commits = repository.blobs(), repository.commits(9)\n"
        "print(reader.read(repository.tracked()[0].blob), next(commits).message)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "b'one' The first commit\n"


def test_the_callers_own_git_variables_do_not_change_what_is_read(
    repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"a.txt": "one"}, name="this")
    other = repository({"b.txt": "two"}, name="other")
    for name, value in {
        "GIT_DIR": str(other / ".git"),
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": str(other / ".git/index"),
        "GIT_OBJECT_DIRECTORY": str(other / ".git/objects"),
        "GIT_CONFIG_COUNT": "bogus",
        "GIT_TRACE": str(other / "trace"),
    }.items():
        monkeypatch.setenv(name, value)

    repo = found(root)

    assert repo.root == root
    assert [entry.path for entry in repo.tracked()] == ["a.txt"]
    assert list(repo.read_blobs([blob_id(b"one")])) == [b"one"]
    assert not (other / "trace").exists()


def test_not_even_the_first_git_of_a_program_is_traced(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    program = (
        "import os, sys, pathlib, repoctx.git\n"
        "repoctx.git.find_repository(pathlib.Path(sys.argv[1]))\n"
        "print('GIT_TRACE' in os.environ)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(root)],
        env=os.environ | {"GIT_TRACE": str(root.parent / "trace")},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.stdout, done.stderr) == ("True\n", "")
    assert not (root.parent / "trace").exists()


def test_without_git_a_repository_says_so(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    program = (
        "import sys, pathlib, repoctx.errors, repoctx.git\n"
        "try: repoctx.git.find_repository(pathlib.Path(sys.argv[1]))\n"
        "except repoctx.errors.RepoctxError as error: print(error.message)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(root)],
        env=os.environ | {"PATH": "/nowhere"},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "git is not installed, or not on the PATH\n"
    assert done.stderr == ""


def test_importing_the_door_loads_neither_gitpython_nor_git() -> None:
    program = "import sys, repoctx.git; print('git' in sys.modules or 'gitdb' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout == "False\n"


def test_hundreds_of_named_programs_are_refused(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    with (root / ".git/config").open("a") as config:
        config.writelines(f'[filter "f{i}"]\n\tclean = x\n' for i in range(600))

    with pytest.raises(RefusedError, match=r"names 60\d programs"):
        find_repository(root)


def test_threads_that_begin_while_git_is_looked_for_all_find_it(tmp_path: Path) -> None:
    code = """
import sys, threading, time
from pathlib import Path
from repoctx.git.process import run
answers = []
def ask():
    answers.append(run(Path(sys.argv[1]), ("--version",)))
threads = [threading.Thread(target=ask) for _ in range(40)]
for thread in threads:
    thread.start()
    time.sleep(0.004)
for thread in threads: thread.join()
assert len(answers) == 40, len(answers)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
