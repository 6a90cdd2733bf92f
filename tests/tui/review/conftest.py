"""The review screen over a change, driven by keys and the mouse, in a project of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from repoctx.patches.edits import REGULAR, ChangeSet, EditConflict, FileChange, FileState
from repoctx.project import Project
from repoctx.session import Retry, open_session
from repoctx.tui.review import ReviewScreen
from tests.tui.conftest import until

Answer: TypeAlias = ChangeSet | Retry | None
Scenario: TypeAlias = Callable[["Reviewing", "Pilot[None]"], Awaitable[None]]
DoReview: TypeAlias = Callable[..., Answer]
MakeRepository: TypeAlias = Callable[..., Path]


class Reviewing(App[None]):
    """An application that is nothing but the review."""

    def __init__(self, screen: ReviewScreen, theme: str = "textual-dark") -> None:
        super().__init__()
        self.review = screen
        self.answer: Answer = None
        self._first_theme = theme

    def on_mount(self) -> None:
        self.theme = self._first_theme
        self.push_screen(self.review, self._answered)

    def _answered(self, answer: Answer) -> None:
        self.answer = answer

    def shows(self, kind: type[object]) -> bool:
        """True when a screen of this kind is on top."""
        return isinstance(self.screen, kind)

    @property
    def total(self) -> str:
        return str(self.review.query_one("#total", Static).content)

    @property
    def title_line(self) -> str:
        return str(self.review.query_one("#title", Static).content)

    def lines(self) -> list[str]:
        """What the diff shows, a string for each line."""
        diff = self.review.pane.diff
        return [diff.render_line(y).text.rstrip() for y in range(diff.size.height)]

    def list_lines(self) -> list[str]:
        """What the list of files shows."""
        shown = self.review.query_one("FileList")
        return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


@pytest.fixture
def project(repository: MakeRepository) -> Project:
    return open_session([repository({})]).project


@pytest.fixture
def do_review(project: Project) -> DoReview:
    """A function that plays a scenario over a change and returns what the review came to."""

    def run(
        files: list[FileChange],
        scenario: Scenario,
        *,
        conflicts: tuple[EditConflict, ...] = (),
        size: tuple[int, int] = (100, 30),
        on: Project = project,
    ) -> Answer:
        app = Reviewing(ReviewScreen(ChangeSet(tuple(files), conflicts), on))

        async def play() -> None:
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: app.review.is_ready)
                await pilot.pause()
                await scenario(app, pilot)
                await pilot.pause()

        asyncio.run(play())
        return app.answer

    return run


def change(
    path: str, before: str | bytes | None, after: str | bytes | None, *flags: str
) -> FileChange:
    """A planned change of one file."""
    return FileChange(path, state(before), state(after), flags=flags)


def state(content: str | bytes | None, mode: int = REGULAR) -> FileState | None:
    if content is None:
        return None
    return FileState(content.encode() if isinstance(content, str) else content, mode)


async def keys(pilot: Pilot[None], *pressed: str) -> None:
    for key in pressed:
        await pilot.press(key)
        await pilot.pause()


LINES = [f"line_{number} = {number}\n" for number in range(1, 61)]


def edited(*numbers: int) -> str:
    """Sixty lines, some of them changed; far ones are hunks of their own."""
    return "".join(
        line.replace("=", "= 10 *") if n in numbers else line for n, line in enumerate(LINES, 1)
    )


TWO_HUNKS = change("a.py", edited(), edited(3, 40))
