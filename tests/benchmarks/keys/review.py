"""The review of a large change: one file with 2,000 hunks whose diff has more than 10,000 lines,
and 2,000 files. Opening, and turning a large file to side by side, work in a thread; how long they
take is told.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.project import Project
from repoctx.session import open_session
from repoctx.tui.review import ReviewScreen

from .painted import Painted, Took, in_idle, told, until

_KEYS = (*"jjjyyynnjkjk", "pagedown", "pagedown", "down", "pageup", *"yunxju")


class Reviewing(Painted):
    """The review alone."""

    def __init__(self, screen: ReviewScreen) -> None:
        super().__init__()
        self.review = screen

    def on_mount(self) -> None:
        self.push_screen(self.review)


def large_file() -> ChangeSet:
    """One file, 2,000 hunks of 4 changed lines each."""
    lines = [f"def value_{n}(a, b): return compute(a, b, {n * 7})  # {n}\n" for n in range(24_000)]
    after = list(lines)
    for hunk in range(2_000):
        for n in range(hunk * 12, hunk * 12 + 4):
            after[n] = lines[n].replace("compute(a, b", "compute(b, a")
    return ChangeSet((_change("large.py", "".join(lines), "".join(after)),))


def many_files() -> ChangeSet:
    """2,000 files with two hunks each."""
    lines = [f"name_{n} = {n}\n" for n in range(40)]
    after = [line.replace("=", "= 1 +") if n in (3, 30) else line for n, line in enumerate(lines)]
    before, new = "".join(lines), "".join(after)
    return ChangeSet(
        tuple(_change(f"src/part_{n % 40}/m_{n}.py", before, new) for n in range(2_000))
    )


def _change(path: str, before: str, after: str) -> FileChange:
    return FileChange(path, FileState(before.encode()), FileState(after.encode()))


async def in_review(
    changes: ChangeSet, project: Project, keys: Sequence[str]
) -> tuple[list[Took], dict[str, float]]:
    """Return the seconds of each key, and of opening and of the view's turn."""
    app = Reviewing(ReviewScreen(changes, project))
    start = time.perf_counter()
    async with app.run_test(size=(160, 50)):
        await until(lambda: app.review.is_ready and app.review.pane.diff.drawing is not None)
        took = {"open": time.perf_counter() - start}
        await asyncio.sleep(1)
        times = [await app.press(key) for key in keys]
        start = time.perf_counter()
        await app.press("v")
        await until(lambda: bool(_shape(app)))
        took["side by side"] = time.perf_counter() - start
        times += [await app.press(key) for key in keys]
    return times, took


def _shape(app: Reviewing) -> bool:
    drawn = app.review.pane.diff.drawing
    return drawn is not None and drawn.shape.side_by_side


async def measure_review(rounds: int) -> dict[str, Any]:
    """Measure idle and review by turns, so that both see the same machine."""
    with tempfile.TemporaryDirectory() as folder:
        project = open_session([Path(folder)]).project
        report: dict[str, Any] = {}
        cases: tuple[tuple[str, Callable[[], ChangeSet], Sequence[str]], ...] = (
            ("10,000 lines", large_file, _KEYS * rounds),
            ("2,000 files", many_files, (*"JJJyjynK", *_KEYS) * rounds),
        )
        for name, make, keys in cases:
            idle = await in_idle(len(keys))
            times, took = await in_review(make(), project, keys)
            idle += await in_idle(len(keys))
            report[name] = told(idle, times, took)
    return report
