"""The user's own check runs as in a shell, is followed live, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import CancelledError, RepoctxError
from repoctx.sandbox import run_check
from tests.waiting import AGES, PATIENCE, left_behind, next_line, running, soon

Survivors = Callable[[str], list[int]]


def test_the_output_and_the_exit_code_are_the_commands(tmp_path: Path) -> None:
    result = run_check("echo out; echo err >&2; exit 3", tmp_path)
    assert (result.exit_code, result.output, result.timed_out) == (3, "out\nerr\n", False)


def test_it_runs_in_the_folder_through_a_shell(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.txt").touch()
    assert run_check("ls *.txt | wc -l; A=1; echo $A", tmp_path).output.split() == ["2", "1"]


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert run_check("wc -c", tmp_path).output.strip() == "0"


def test_output_is_heard_while_the_command_runs(tmp_path: Path) -> None:
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)
        (tmp_path / "heard").touch()

    answered = "while [ ! -e heard ]; do sleep 0.02; done"
    result = run_check(
        f"echo one; {answered}; echo two", tmp_path, on_output=hear, timeout=PATIENCE
    )
    assert not result.timed_out
    assert heard == ["one\n", "two\n"]


def test_only_the_end_of_a_long_output_is_kept(tmp_path: Path) -> None:
    result = run_check("head -c 3000000 /dev/zero | tr '\\0' x; echo the end", tmp_path)
    assert len(result.output) == 200_000
    assert result.output.endswith("xthe end\n")


def test_bytes_that_are_not_text_are_replaced_even_when_a_character_is_split(
    tmp_path: Path,
) -> None:
    result = run_check(r"printf '\303'; sleep 0.2; printf '\251 \377'", tmp_path)
    assert result.output == "é �"


@pytest.mark.parametrize(
    ("command", "missing"),
    [("no-such-program-here", True), ("/etc/passwd", True), ("exit 1", False), ("false", False)],
)
def test_a_missing_command_can_be_told_from_a_failing_one(
    tmp_path: Path, command: str, missing: bool
) -> None:
    assert run_check(command, tmp_path).command_missing is missing


def test_a_signal_becomes_the_shells_exit_code(tmp_path: Path) -> None:
    assert run_check("kill -SEGV $$", tmp_path).exit_code == 128 + signal.SIGSEGV


def test_a_timeout_kills_the_whole_group_even_what_ignores_the_first_signal(
    tmp_path: Path, survivors: Survivors
) -> None:
    marker = f"timeout-{os.getpid()}"
    stubborn = (
        f"(trap '' TERM; while :; do sleep 1; done; : {marker}) & sh -c 'sleep {AGES}; : {marker}'"
    )
    result = run_check(stubborn, tmp_path, timeout=0.3)
    assert (result.timed_out, result.exit_code) == (True, 124)
    assert result.seconds < PATIENCE
    assert survivors(marker) == []


def test_cancelling_kills_the_whole_group_and_raises(tmp_path: Path, survivors: Survivors) -> None:
    marker = f"cancel-{os.getpid()}"
    began = time.monotonic()
    with soon(), pytest.raises(CancelledError):
        run_check(
            f"sh -c 'sleep {AGES}; : {marker}' & sleep {AGES}; : {marker}",
            tmp_path,
            cancelled=lambda: time.monotonic() - began > 0.3,
        )
    assert survivors(marker) == []


def test_an_exception_in_the_listener_kills_the_command(
    tmp_path: Path, survivors: Survivors
) -> None:
    marker = f"listener-{os.getpid()}"

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_check(f"echo hello; sleep {AGES}; : {marker}", tmp_path, on_output=interrupt)
    assert survivors(marker) == []


def test_control_c_kills_the_command(tmp_path: Path, survivors: Survivors) -> None:
    marker = f"interrupt-{os.getpid()}"
    script = (
        "from pathlib import Path; from repoctx.sandbox import run_check;"
        f"run_check('echo ready; sleep {AGES}; : {marker}', Path('.'), on_output=print)"
    )
    command = [sys.executable, "-u", "-c", script]
    with running(command, cwd=tmp_path, stdout=-1, stderr=-1) as process:
        assert next_line(process.stdout) == b"ready\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert survivors(marker) == []


def test_a_background_process_that_holds_the_output_does_not_hold_us(tmp_path: Path) -> None:
    with left_behind(tmp_path / "sleeper"), soon():
        result = run_check(f"sleep {AGES} & echo $! > sleeper; echo done", tmp_path)
    assert result.output == "done\n"
    assert result.exit_code == 0


def test_a_folder_that_is_gone_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RepoctxError, match="could not be started in"):
        run_check("true", tmp_path / "gone")
