"""The transcript in the application: from a typed question to the cited file, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from repoctx.tui.app import RepoctxApp
from repoctx.tui.transcript import Transcript
from repoctx.tui.viewer import Viewer
from repoctx.tui.viewer.sheet import Sheet
from tests.tui.conftest import Drive, MakeDesk, until

MakeRepository = Callable[..., Path]


def test_a_cited_file_opens_at_the_line(
    repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        transcript = app.screen.query_one(Transcript)
        await until(pilot, lambda: "answered in" in transcript.text)
        assert transcript.text.index("why") < transcript.text.index("packed 1 file:")
        transcript.paper.focus()
        await pilot.press("k", "enter")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        sheet = app.screen.query_one(Sheet)
        await until(pilot, lambda: not sheet.loading)
        assert list(sheet.current_lines) == [2]
        await pilot.press("escape")
        assert not isinstance(app.screen, Viewer)

    ready = desk(repository({"a.py": "x = 1\n" * 9}), "Because of `a.py:3`, not `b.py:1`.")
    drive(ready, scenario, question="why")


def test_escape_says_that_nothing_was_written(
    repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        transcript = app.screen.query_one(Transcript)
        await until(pilot, lambda: "it has begun" in transcript.text)
        await pilot.press("escape")
        await until(pilot, lambda: "! cancelled; nothing was written" in transcript.text)

    root = repository({"a.py": "x = 1\n"})
    slow = "echo it has begun; sleep 60"
    drive(desk(root, "Too late.", check=slow), scenario, question="why")
