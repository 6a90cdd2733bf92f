"""Any command as a backend: real small programs."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import BackendError, BackendSettings, Cancellation, Limits
from repoctx.backends.exec import create
from repoctx.errors import CancelledError, UsageError
from repoctx.events import Notice, TextDelta, Usage
from tests.waiting import AGES, left_behind, soon, until


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def shell(script: str, **more: Any) -> Any:
    return create(BackendSettings(command=("sh", "-c", script), **more))


def test_the_command_reads_the_prompt_under_headings(ask: Any) -> None:
    request = ask("Two?", (("user", "One?"), ("assistant", "1.")))
    assert text_of(list(shell("cat").stream(request))) == (
        "# Instructions\n\nBe brief.\n\n# Repository\n\n<file>\nx = 1\n</file>\n"
        "\n\n# User\n\nOne?\n\n# Assistant\n\n1.\n\n# User\n\nTwo?"
    )


def test_the_reply_comes_as_it_is_written(ask: Any, tmp_path: Path) -> None:
    answered = f"while [ ! -e {tmp_path}/heard ]; do sleep 0.02; done"
    stream = shell(f"printf one; {answered}; printf two").stream(ask(limits=Limits(seconds=60)))
    pieces = []
    for event in stream:
        if isinstance(event, TextDelta):
            pieces.append(event.text)
            (tmp_path / "heard").touch()
    assert pieces == ["one", "two"]


def test_a_character_may_be_cut_between_two_writes(ask: Any) -> None:
    script = r"printf '\303'; sleep 0.1; printf '\251\303'"
    assert text_of(list(shell(script).stream(ask()))) == "é\ufffd"


def test_the_usage_is_our_own_count(ask: Any) -> None:
    events = list(shell("printf 12345").stream(ask("four", tokens=100)))
    assert events[-1] == Usage(104, 2, reported=False)


def test_a_failing_command_shows_the_end_of_its_errors(ask: Any) -> None:
    with pytest.raises(BackendError, match=r"sh exited with 3: …x+ no credit") as caught:
        list(
            shell("yes x | head -9999 | tr -d '\\n' >&2; echo ' no credit' >&2; exit 3").stream(
                ask()
            )
        )
    assert len(caught.value.message) < 400
    assert caught.value.hint


def test_a_killed_command_is_an_error(ask: Any) -> None:
    with pytest.raises(BackendError, match="killed by signal 9"):
        list(shell("printf half; kill -9 $$").stream(ask()))


def test_a_command_that_is_not_there(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no program")
    for name in (str(tmp_path / "missing"), str(tmp_path / "plain")):
        with pytest.raises(BackendError, match="cannot be started") as caught:
            list(create(BackendSettings(command=(name,))).stream(ask()))
        assert "PATH" in caught.value.hint


def test_a_command_must_be_set() -> None:
    with pytest.raises(UsageError, match="no command"):
        create(BackendSettings())


def test_no_shell_reads_the_arguments(ask: Any) -> None:
    backend = create(BackendSettings(command=("printf", "%s", "$(echo no); *")))
    assert text_of(list(backend.stream(ask()))) == "$(echo no); *"


@pytest.mark.parametrize(
    "script", ["exec 0<&-; printf ok", "printf ok", "head -c 9 >&2; printf ok"]
)
def test_a_command_need_not_read_its_input(ask: Any, script: str) -> None:
    request = ask(context=("x" * 1_000_000,) * 3)
    assert text_of(list(shell(script).stream(request))) == "ok"


def test_a_command_may_write_much_before_it_reads(ask: Any) -> None:
    request = ask(context=("x" * 1_000_000,))
    events = list(shell("yes | head -c 3000000; yes | head -c 300000 >&2; cat").stream(request))
    assert len(text_of(events)) > 4_000_000


def test_a_slow_reader_gets_everything(ask: Any) -> None:
    pieces: list[Any] = []
    for event in shell("yes | head -c 6000000").stream(ask()):
        if isinstance(event, TextDelta) and not text_of(pieces):
            time.sleep(1.5)  # longer than the command runs, and than its output may be silent
        pieces.append(event)
    assert len(text_of(pieces)) == 6_000_000


def test_a_child_that_stays_behind_does_not_hold_the_answer(ask: Any, tmp_path: Path) -> None:
    note = tmp_path / "sleeper"
    with left_behind(note), soon():
        stream = shell(f"sleep {AGES} & echo $! > {note}; printf ok").stream(ask())
        assert text_of(list(stream)) == "ok"


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_cancelling_ends_the_command_and_its_children(ask: Any, tmp_path: Path, trap: str) -> None:
    cancellation = Cancellation()
    backend = shell(
        f"{trap}sleep {AGES} & echo $! > {tmp_path}/child; printf a; wait; sleep {AGES}"
    )
    stream = backend.stream(ask(cancellation=cancellation))
    while not isinstance(next(stream), TextDelta):
        pass
    threading.Timer(0.1, cancellation.throw).start()
    with soon(), pytest.raises(CancelledError):
        list(stream)
    ends(int((tmp_path / "child").read_text()))


def test_closing_the_iterator_ends_the_command(ask: Any, tmp_path: Path) -> None:
    stream = shell(f"echo $$ > {tmp_path}/leader; printf a; sleep {AGES}").stream(ask())
    while not isinstance(next(stream), TextDelta):
        pass
    stream.close()
    ends(int((tmp_path / "leader").read_text()))


def test_a_command_has_its_time(ask: Any) -> None:
    with pytest.raises(BackendError, match=r"within 0\.3 seconds"):
        list(shell(f"sleep {AGES}").stream(ask(limits=Limits(seconds=0.3))))


def test_a_silent_command_is_not_waited_for(ask: Any) -> None:
    with pytest.raises(BackendError, match=r"nothing came for 0\.3 seconds"):
        list(shell(f"sleep {AGES}", timeout=0.3).stream(ask()))


def test_an_endless_command_ends_at_the_output_limit(ask: Any) -> None:
    events = list(shell("exec yes").stream(ask(limits=Limits(output_tokens=10))))
    assert len(text_of(events)) == 160
    assert any(isinstance(event, Notice) and "cut short" in event.message for event in events)


def ends(process: int) -> None:
    """Wait until the process is gone, or dead and waiting for its parent to notice."""
    until(lambda: is_over(process), f"the end of process {process}")


def is_over(process: int) -> bool:
    try:
        os.kill(process, 0)
        return sys.platform == "linux" and ") Z " in Path(f"/proc/{process}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return True
