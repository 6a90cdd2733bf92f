"""A progress bar on standard error, for whatever takes more than a second.

Silent when standard error is no terminal.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from repoctx.cli.narrator import Narrator
from repoctx.terminal import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from repoctx.events import Progress

_PATIENCE = 1.0
"""Seconds before a bar appears."""


class Bar:
    """The bar of the stage that is running; it appears late and vanishes when done."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._stage = ""
        self._since = 0.0
        self._drawn: tuple[RichProgress, TaskID] | None = None

    def show(self, event: Progress) -> None:
        """Draw the stage's state; a new stage starts its own bar."""
        if event.stage != self._stage:
            self.hide()
            self._stage, self._since = event.stage, time.monotonic()
        if self._drawn is None:
            if time.monotonic() - self._since < _PATIENCE or not self._narrator.console.is_terminal:
                return
            self._drawn = self._start(event.unit)
        bar, task = self._drawn
        lines = event.detail.strip().splitlines()
        detail = one_line(lines[-1])[:60] if lines else event.unit
        bar.update(task, completed=event.done, total=event.total, detail=detail)

    def hide(self) -> None:
        """Take the bar away."""
        if self._drawn is not None:
            self._drawn[0].stop()
        self._drawn, self._stage = None, ""

    def _start(self, unit: str) -> tuple[RichProgress, TaskID]:
        from rich import progress

        # Of bytes: how many, how fast, and how long it still takes.
        transfer = (
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
        )
        others = (
            progress.TaskProgressColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("{task.fields[detail]}", markup=False),
        )
        bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            *(transfer if unit == "bytes" else others),
            console=self._narrator.console,
            transient=True,
        )
        bar.start()
        return bar, bar.add_task(self._stage, total=None, detail="")
