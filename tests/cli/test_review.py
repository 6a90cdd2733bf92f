"""Deciding at a real terminal: file by file, hunk by hunk."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import AGES, PATIENCE, until

Make = Callable[..., Path]
LINES = [f"line {number}\n" for number in range(40)]


class Terminal:
    """A process on a pseudo-terminal: type answers when questions appear."""

    def __init__(self, arguments: Sequence[str], cwd: Path) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "repoctx", *arguments],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(slave)
        self.screen = ""

    def expect(self, text: str, patience: float = 60.0) -> None:
        end = time.monotonic() + patience
        start = len(self.screen)
        while text not in self.screen[start:]:
            assert time.monotonic() < end, self.screen
            ready, _, _ = select.select([self._master], [], [], 0.2)
            if ready:
                try:
                    self.screen += os.read(self._master, 65536).decode("utf-8", "replace")
                except OSError:  # the process has ended
                    assert text in self.screen[start:], self.screen
                    return

    def type(self, line: str) -> None:
        self.write(line + "\n")

    def write(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self) -> None:
        os.killpg(self.process.pid, 2)

    def end(self) -> int:
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_it(*arguments: str, cwd: Path) -> Terminal:
        opened.append(Terminal(arguments, cwd))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


@pytest.fixture
def project(repository: Make) -> Path:
    return repository(
        {"a.txt": "".join(LINES), "b.txt": "bee\n", "c.txt": "the first\nthe second\nthe last\n"}
    )


@pytest.fixture
def recording(record: Any) -> Path:
    path: Path = record(
        "*** Begin Patch\n*** Update File: a.txt\n@@\n line 2\n-line 3\n+three\n line 4\n"
        "@@\n line 29\n-line 30\n+thirty\n line 31\n*** Update File: b.txt\n@@\n-bee\n+wasp\n"
        "*** End Patch\n"
    )
    return path


def ask(recording: Path) -> tuple[str, ...]:
    return ("ask", "change it", "--backend", "scripted", "--recording", str(recording))


FIRST = "(1/2) apply this hunk? [y,n,a,d,A,q,e,j,J,/,?]"


def test_one_hunk_of_a_file_is_taken_and_the_other_file_left(
    project: Path, recording: Path, terminal: Any
) -> None:
    screen = terminal(*ask(recording), cwd=project)
    screen.expect(FIRST)
    screen.type("n")
    screen.expect("(2/2) apply this hunk?")
    screen.type("y")
    screen.expect("(1/1) apply this hunk?")
    assert "edit b.txt: 1 hunk" in screen.screen
    screen.type("n")
    screen.expect("1 of 3 hunks in 1 file; apply? [y,n,k,?]")
    assert (project / "a.txt").read_text() == "".join(LINES)
    screen.type("y")
    screen.expect("takes it back")
    assert screen.end() == 0
    lines = (project / "a.txt").read_text().splitlines()
    assert (lines[3], lines[30]) == ("line 3", "thirty")
    assert (project / "b.txt").read_text() == "bee\n"


@pytest.mark.parametrize(("answer", "code"), [("", 130), ("y", 0)])
def test_the_person_says_yes_before_what_is_dear_or_unknown_is_sent(
    project: Path, terminal: Any, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setenv("REPOCTX_ASK_ABOVE", "1")
    given = ("--backend", "exec", "--command", "sh -c 'cat > ../sent; echo fine'")
    screen = terminal("ask", "what is it?", *given, cwd=project)
    screen.expect("the price is not known; send? [y/N]")
    screen.type(answer)
    screen.expect("fine" if answer else "not sent")
    assert screen.end() == code
    assert (project.parent / "sent").exists() is (code == 0)


def test_quitting_the_review_writes_nothing(project: Path, recording: Path, terminal: Any) -> None:
    screen = terminal(*ask(recording), cwd=project)
    screen.expect(FIRST)
    screen.type("q")
    screen.expect("nothing was written")
    assert screen.end() == 0
    assert (project / "a.txt").read_text() == "".join(LINES)


@pytest.mark.parametrize("stop", ["interrupt", "end of input"])
@pytest.mark.parametrize("at_the_summary", [False, True])
def test_an_interrupt_or_the_end_of_input_ends_with_130_and_writes_nothing(
    project: Path, recording: Path, terminal: Any, stop: str, at_the_summary: bool
) -> None:
    screen = terminal(*ask(recording), cwd=project)
    screen.expect(FIRST)
    if at_the_summary:
        screen.type("A")
        screen.expect("3 of 3 hunks in 2 files; apply?")
    if stop == "interrupt":
        screen.interrupt()
    else:
        screen.write("\x04")
    screen.expect("cancelled")
    assert screen.end() == 130
    assert (project / "a.txt").read_text() == "".join(LINES)


def test_the_person_s_editor_edits_a_hunk_on_their_terminal(
    project: Path, recording: Path, terminal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "my editor"
    editor.write_text(
        "#!/bin/sh\ntest -t 0 && test -t 1 || exit 9\n"
        f"ls -l \"$2\" | cut -c1-10 > '{tmp_path}/mode'; echo \"$1 $2\" > '{tmp_path}/file'\n"
        'printf \'a word: \'; read word; sed -i "s/+three/+$word/" "$2"\n'
    )
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{editor}' --wait")
    screen = terminal(*ask(recording), cwd=project)
    screen.expect(FIRST)
    screen.type("e")
    screen.expect("a word: ")
    screen.type("drei")
    screen.expect("(2/2) apply this hunk?")
    screen.type("q")
    screen.expect("1 of 3 hunks in 1 file; apply?")
    screen.type("y")
    assert screen.end() == 0
    assert (project / "a.txt").read_text().splitlines()[3] == "drei"
    option, file = (tmp_path / "file").read_text().split()
    assert option == "--wait"
    assert (tmp_path / "mode").read_text() == "-rw-------\n"
    assert not Path(file).parent.exists()
    assert project not in Path(file).parents


MISFIT = "c.txt\n```\n<<<<<<< SEARCH\nthe first\nthe 2nd\n=======\nx\n>>>>>>> REPLACE\n```\n"
FITS = "a.txt\n```\n<<<<<<< SEARCH\nline 3\n=======\nthree\n>>>>>>> REPLACE\n```\n"


@pytest.mark.parametrize(("answer", "code"), [("", 3), ("n", 3), ("y", 0)])
def test_the_edits_that_fit_are_reviewed_only_on_request(
    project: Path, terminal: Any, tmp_path: Path, answer: str, code: int
) -> None:
    (tmp_path / "reply.md").write_text(FITS + MISFIT)
    screen = terminal("apply", str(tmp_path / "reply.md"), "--review", cwd=project)
    screen.expect("1 edit cannot be made; review what fits, in 1 file? [y/N]")
    assert "c.txt: " in screen.screen
    assert "hint: " in screen.screen
    assert "the second" in screen.screen.split("hint: ")[1]
    screen.type(answer)
    if answer == "y":
        screen.expect("(1/1) apply this hunk?")
        screen.type("y")
        screen.expect("1 of 1 hunk in 1 file; apply?")
        screen.type("y")
        screen.expect("applied to 1 file")
    else:
        screen.expect("nothing was written")
    assert screen.end() == code
    assert ("three" in (project / "a.txt").read_text()) is (answer == "y")


def test_a_review_of_piped_input_is_refused_before_anything(
    project: Path, run: Any, recording: Path
) -> None:
    for ran in (
        run("apply", "-", "--review", cwd=project, stdin=FITS),
        run(*ask(recording), "--review", cwd=project),
    ):
        assert ran.code == 5
        assert ran.err == (
            "repoctx: a review needs a terminal\n"
            "  hint: use --apply to accept everything, or --dry-run\n"
        )


@pytest.mark.parametrize("command", ["ask", "apply"])
def test_an_interrupt_during_a_hook_leaves_the_change_and_no_commit(
    project: Path, recording: Path, terminal: Any, tmp_path: Path, command: str
) -> None:
    hook = project / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho hook is running >&2\nsleep 600\n")
    hook.chmod(0o755)
    (tmp_path / "reply.md").write_text(FITS)
    given = (*ask(recording), "--apply") if command == "ask" else ("apply", f"{tmp_path}/reply.md")
    screen = terminal(*given, "--commit", "--commit-hooks", "run", cwd=project)
    screen.expect("hook is running")
    screen.interrupt()
    screen.expect("cancelled")
    assert screen.end() == 130
    assert "three\n" in (project / "a.txt").read_text()
    assert not (project / ".git/index.lock").exists()
    log = subprocess.run(["git", "rev-list", "HEAD"], cwd=project, capture_output=True, check=True)
    assert len(log.stdout.split()) == 1


def test_an_interrupt_during_the_check_ends_it_too(
    project: Path, recording: Path, terminal: Any, tmp_path: Path
) -> None:
    mark = tmp_path / "started"
    check = f"touch {mark}; sleep {AGES}; echo {mark}"
    screen = terminal(*ask(recording), "--check", check, cwd=project)
    until(mark.exists, "the check to begin")
    screen.interrupt()
    screen.expect("cancelled")
    assert screen.end() == 130
    until(lambda: not any(str(mark) in command for command in commands()), "the check to end")


def commands() -> Iterator[str]:
    """The command lines of all processes."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield file.read_text(errors="replace")
