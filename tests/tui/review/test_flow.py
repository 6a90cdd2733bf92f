"""From a question over the review to the disk, and back to the model."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from repoctx.tui.app import RepoctxApp
from repoctx.tui.review import ReviewScreen
from repoctx.tui.review.asks import Choice
from tests.conftest import MakeRepository
from tests.tui.conftest import Drive, MakeDesk, until
from tests.tui.review.conftest import edited, keys

REPLY = """a.py
<<<<<<< SEARCH
line_3 = 3
=======
line_3 = 33
>>>>>>> REPLACE
<<<<<<< SEARCH
line_40 = 40
=======
line_40 = 44
>>>>>>> REPLACE
"""


async def _reviewed(app: RepoctxApp, pilot: Pilot[None]) -> ReviewScreen:
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.is_ready)
    await pilot.pause()
    screen = app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


def test_what_is_accepted_of_an_answer_is_on_disk_and_nothing_else(
    repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    root: Path = repository({"a.py": edited()})
    after = edited().replace("line_40 = 40", "line_40 = 44")

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"change it", "enter")
        await _reviewed(app, pilot)
        await keys(pilot, "n", "y", "enter")
        await until(pilot, lambda: isinstance(app.screen, Choice))
        await keys(pilot, "y")
        await until(pilot, lambda: (root / "a.py").read_text() == after)

    drive(desk(root, REPLY), scenario)


def test_a_note_brings_another_answer_to_review(
    repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    root: Path = repository({"a.py": edited()})

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"change it", "enter")
        first = await _reviewed(app, pilot)
        await keys(pilot, "r", *"other", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen is not first)
        second = await _reviewed(app, pilot)
        assert "line_3 = 34" in "".join(second.review.hunks("a.py")[0].new_lines)
        assert (root / "a.py").read_text() == edited()
        await keys(pilot, "q")

    drive(desk(root, REPLY, REPLY.replace("33", "34")), scenario)
