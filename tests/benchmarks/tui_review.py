"""From a key to the painted screen, in the review of a large change, against an idle application.

    python tests/benchmarks/tui_review.py [--rounds N] [--json]

Two changes: one file with 2,000 hunks whose diff has more than 10,000 lines, and 2,000 files. A
key is given to the application as its driver would; the time ends when the last frame that follows
from it is turned into what a terminal is sent (and then thrown away). What the screen's thread
itself worked until then is told beside it, for a machine that others use too. The idle application
toggles one line of text at each key, so its figure is what Textual itself takes on this machine.
Opening, and turning a large file to side by side, work in a thread; how long they take is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.project import Project
from repoctx.session import open_session
from repoctx.tui.review import ReviewScreen

_LONGEST = 5.0
"""Seconds after which a key is said to have painted nothing."""
_QUIET = 0.05
"""Seconds without a frame, after which the last one is taken for the last."""
_KEYS = (*"jjjyyynnjkjk", "pagedown", "pagedown", "down", "pageup", *"yunxju")


class Took(NamedTuple):
    """A key, and the seconds until its last frame: of the clock, and of the processor."""

    key: str
    clock: float
    work: float


class Painted(App[None]):
    """An application that knows when a frame is done."""

    painted = 0.0
    """When the last frame was done."""
    worked = 0.0
    """The processor time that the thread of the screen took by then."""

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None and hasattr(renderable, "render_segments"):
            renderable.render_segments(self.console)
            self.painted, self.worked = time.perf_counter(), time.thread_time()

    async def press(self, key: str) -> Took:
        """Press a key, and wait until no frame follows."""
        start, worked = time.perf_counter(), time.thread_time()
        self._driver.send_message(  # type: ignore[union-attr]
            events.Key(key, key if len(key) == 1 else None)
        )
        while (now := time.perf_counter()) - start < _LONGEST:
            await asyncio.sleep(0.005)
            if self.painted > start and now - self.painted > _QUIET:
                return Took(key, self.painted - start, self.worked - worked)
        return Took(key, math.nan, math.nan)


class Idle(Painted):
    """The least that an application can do at a key."""

    def compose(self) -> ComposeResult:
        yield Static("0", id="line")

    def on_key(self) -> None:
        line = self.query_one("#line", Static)
        line.update("1" if str(line.content) == "0" else "0")


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
        await _until(lambda: app.review.is_ready and app.review.pane.diff.drawing is not None)
        took = {"open": time.perf_counter() - start}
        await asyncio.sleep(1)
        times = [await app.press(key) for key in keys]
        start = time.perf_counter()
        await app.press("v")
        await _until(lambda: bool(_shape(app)))
        took["side by side"] = time.perf_counter() - start
        times += [await app.press(key) for key in keys]
    return times, took


def _shape(app: Reviewing) -> bool:
    drawn = app.review.pane.diff.drawing
    return drawn is not None and drawn.shape.side_by_side


async def in_idle(count: int) -> list[Took]:
    """Return each key in the idle application."""
    app = Idle()
    async with app.run_test(size=(160, 50)):
        await asyncio.sleep(0.5)
        return [await app.press("j") for _ in range(count)]


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def p95(times: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return 1000 * statistics.quantiles(times, n=20)[-1]


async def measure(rounds: int) -> dict[str, Any]:
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
            report[name] = _told(idle, times, took)
    return report


def _told(idle: Sequence[Took], times: Sequence[Took], took: dict[str, float]) -> dict[str, Any]:
    seen = [each for each in times if not math.isnan(each.clock)]
    slowest = max(seen, key=lambda each: each.clock)
    mine, least = p95([each.clock for each in seen]), p95([each.clock for each in idle])
    return {
        "keys": len(seen),
        "without a frame": len(times) - len(seen),
        "median_ms": round(1000 * statistics.median(each.clock for each in seen), 1),
        "p95_ms": round(mine, 1),
        "idle_p95_ms": round(least, 1),
        "ratio_p95": round(mine / least, 2),
        "work_median_ms": round(1000 * statistics.median(each.work for each in seen), 1),
        "work_p95_ms": round(p95([each.work for each in seen]), 1),
        "idle_work_p95_ms": round(p95([each.work for each in idle]), 1),
        "slowest": [slowest.key, *(round(1000 * seconds, 1) for seconds in slowest[1:])],
        **{f"{name} s": round(seconds, 2) for name, seconds in took.items()},
    }


def main() -> int:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = asyncio.run(measure(options.rounds))
    if options.json:
        sys.stdout.write(json.dumps(report) + "\n")
        return 0
    for name, figures in report.items():
        sys.stdout.write(f"{name}\n")
        sys.stdout.writelines(f"  {key:18} {value}\n" for key, value in figures.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
