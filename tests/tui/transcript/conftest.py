"""A transcript by itself, with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from repoctx.tui.transcript import Transcript
from repoctx.tui.viewer import OpenPlace

FILES = {"src/greeting.py", "src/app.py"}


class Stand(App[None]):
    """Holds a transcript, and keeps what was opened and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = "textual-dark"  # whatever TEXTUAL_THEME says
        self.now = 0.0
        self.opened: list[tuple[str, int, int]] = []
        self.transcript = Transcript(lambda: self.now)
        self.transcript.exists = FILES.__contains__

    def compose(self) -> ComposeResult:
        yield self.transcript

    def on_open_place(self, message: OpenPlace) -> None:
        self.opened.append((message.path, message.line, message.last))


Scene: TypeAlias = Callable[[Stand, "Pilot[None]"], Awaitable[None]]
Stage: TypeAlias = Callable[..., None]


@pytest.fixture
def stage() -> Stage:
    """A function that lets a scene play in front of a transcript."""

    def run(scene: Scene, *, size: tuple[int, int] = (80, 24)) -> None:
        async def play() -> None:
            app = Stand()
            async with app.run_test(size=size) as pilot:
                await scene(app, pilot)

        asyncio.run(play())

    return run
