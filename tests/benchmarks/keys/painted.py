"""An application whose frames are timed, the idle one beside it, and the figures of both."""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

LONGEST = 5.0
"""Seconds after which a key is said to have painted nothing."""
QUIET = 0.05
"""Seconds without a frame, after which the last one is taken for the last."""


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
        character = {"space": " "}.get(key, key)
        self._driver.send_message(  # type: ignore[union-attr]
            events.Key(key, character if len(character) == 1 else None)
        )
        while (now := time.perf_counter()) - start < LONGEST:
            await asyncio.sleep(0.005)
            if self.painted > start and now - self.painted > QUIET:
                return Took(key, self.painted - start, self.worked - worked)
        return Took(key, math.nan, math.nan)


class Idle(Painted):
    """The least that an application can do at a key."""

    def compose(self) -> ComposeResult:
        yield Static("0", id="line")

    def on_key(self) -> None:
        line = self.query_one("#line", Static)
        line.update("1" if str(line.content) == "0" else "0")


async def in_idle(count: int) -> list[Took]:
    """Return each key in the idle application."""
    app = Idle()
    async with app.run_test(size=(160, 50)):
        await asyncio.sleep(0.5)
        return [await app.press("j") for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def p95(times: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return 1000 * statistics.quantiles(times, n=20)[-1]


def told(idle: Sequence[Took], times: Sequence[Took], took: dict[str, float]) -> dict[str, Any]:
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
