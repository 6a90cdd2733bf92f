"""From a question to an applied change and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Markdown

from repoctx.tui.app import RepoctxApp
from tests.tui.conftest import Drive, MakeDesk, until

MakeRepository = Callable[..., Path]


def test_an_answer_is_drawn(repository: MakeRepository, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"why", "enter")
        await until(pilot, lambda: bool(app.screen.query(Markdown)))

    drive(desk(repository({"a.py": "x = 1\n"}), "Because of `a.py:1`."), scenario)
