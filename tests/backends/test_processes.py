"""Real processes that are killed while they ask, or that ask about one repository at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from repoctx.events import Finished
from tests.backends.asking import Asking, on_disk
from tests.backends.conftest import Answer, ChatServer
from tests.waiting import PATIENCE, next_line, running

Make = Callable[..., Path]

ASKER = """
import sys
from repoctx.session import open_session
session = open_session(sys.argv[1], backend="openai", model=sys.argv[2], base_url=sys.argv[3])
for _ in sys.stdin:
    print(type(list(session.ask("What is it?"))[-1]).__name__, flush=True)
"""


@contextmanager
def asker(root: Path, model: str, url: str) -> Iterator[subprocess.Popen[str]]:
    """A process that asks once for each line it is given, and says how that ended."""
    arguments = [sys.executable, "-c", ASKER, str(root), model, url]
    pipe = subprocess.PIPE
    with running(arguments, stdin=pipe, stdout=pipe, text=True) as process:
        yield process


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("ask\n")
    process.stdin.flush()


def ended(process: subprocess.Popen[str]) -> str:
    return next_line(process.stdout).strip()


def test_a_process_killed_in_its_first_question_leaves_nothing_for_long(
    repository: Make, server: Any
) -> None:
    root = repository({"a.py": "one\n" * 300})
    asking = Asking(root, server)
    server.answers = [Answer(deaf=True), Answer(ChatServer.stream("Fine."))]
    with asker(root, "m", server.url) as process:
        start(process)
        assert server.reached.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
    assert len(list((asking.state / "ledger").iterdir())) == 1
    assert isinstance(asking.ask()[-1], Finished)
    asking.check()
    assert asking.told() == on_disk(root)


def test_two_processes_at_once_get_right_prompts_and_leave_one_truth(
    repository: Make, server: Any
) -> None:
    """Also when both make a new base: each edit is larger than what is kept."""
    root = repository({"a.py": "one\n" * 300, "b.py": "two\n" * 300})
    server.answers = [Answer(ChatServer.stream("Fine."), piece=40, pause=0.005)]
    asking = Asking(root, server)
    sizes = (1, 2_000, 3, 9_000, 4, 5)
    with asker(root, "m", server.url) as one, asker(root, "other", server.url) as two:
        for number, size in enumerate(sizes):
            (root / "b.py").write_text(f"value = {number}\n" * size)
            for process in (one, two):
                start(process)
            assert [ended(one), ended(two)] == ["Finished", "Finished"]
            for back in (1, 2):
                assert asking.told(back) == on_disk(root)
            asking.check()
    assert len(server.requests) == 2 * len(sizes)
