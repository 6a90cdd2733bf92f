"""Several processes writing at once: a sample of tests/benchmarks/races.py, and two of our own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from repoctx.errors import ConflictError
from tests.waiting import PATIENCE

Tree = Any

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_what_an_editor_saves_during_an_apply_is_never_lost() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "races", "--schedules", "100", "--json"],
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(json.loads(done.stdout)["ended"].values()) == 100


def _count_up(tree: Tree, times: int) -> None:
    """Append lines; try again when the other process came first."""
    done = 0
    while done < times:
        content = tree.read("log")
        try:
            tree.apply(
                tree.edit("log", f"{content}{os.getpid()}\n"),
                tree.edit("copy", f"{content}{os.getpid()}\n"),
            )
            done += 1
        except ConflictError:
            pass


def test_two_processes_that_apply_at_once_lose_no_update(tree: Tree) -> None:
    tree.write("log", "")
    tree.write("copy", "")
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                signal.alarm(int(PATIENCE))
                _count_up(tree, 12)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    lines = tree.read("log").split()
    assert sorted(lines) == sorted([str(child) for child in children for _ in range(12)])
    assert tree.read("copy") == tree.read("log")
    assert sorted(tree.view()) == ["copy", "log"]
