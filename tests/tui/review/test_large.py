"""A change that takes a while to lay out, and what keeps it quick afterwards."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from textual.content import Content
from textual.highlight import highlight
from textual.pilot import Pilot

from repoctx.patches.edits import EditConflict
from repoctx.tui.review.drawing import MOST, Drawing, drawing
from tests.tui.conftest import until
from tests.tui.review.conftest import DoReview, Reviewing, change, edited, keys
from tests.waiting import PATIENCE


def test_a_file_that_is_being_laid_out_keeps_the_keys(
    do_review: DoReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = "".join(f"line_{number} = {number}\n" for number in range(MOST))
    large = change("large.py", before, before.replace("=", "= 1 +"))
    held = threading.Event()

    def when_told(*given: Any) -> Drawing:
        assert held.wait(PATIENCE)
        return drawing(*given)

    monkeypatch.setattr("repoctx.tui.review.pane.drawing", when_told)

    async def look(app: Reviewing, pilot: Pilot[None]) -> None:
        diff, wait = app.review.pane.diff, app.review.query_one("#wait")
        await until(pilot, lambda: bool(wait.size))
        await keys(pilot, "J")
        await until(pilot, lambda: not wait.size)
        assert "does not fit" in app.title_line
        await keys(pilot, "K")
        await until(pilot, lambda: bool(wait.size))
        assert app.focused is diff
        held.set()
        await until(pilot, lambda: diff.drawing is not None)
        await keys(pilot, "pagedown")
        await until(pilot, lambda: diff.scroll_offset.y > 0)

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        try:
            await look(app, pilot)
        finally:
            held.set()

    missing = EditConflict("other.py", "nothing like it", "look again")
    do_review([large], scenario, conflicts=(missing,))


def test_a_large_review_is_kept_from_the_collector_as_long_as_it_lasts(
    do_review: DoReview,
) -> None:
    before = "".join(f"line_{number} = {number}\n" for number in range(MOST))
    large = change("large.py", before, before.replace("=", "= 1 +"))

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.review.pane.diff.drawing is not None)
        assert gc.get_freeze_count() > MOST

    do_review([large], scenario)
    assert gc.get_freeze_count() == 0


def test_unfolding_draws_again_only_what_it_adds(
    do_review: DoReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured: list[str] = []

    def noted(code: str, **how: Any) -> Content:
        coloured.append(code)
        return highlight(code, **how)

    monkeypatch.setattr("repoctx.tui.review.colours.highlight", noted)

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        before = app.lines()
        coloured.clear()
        await keys(pilot, "j", "x")
        await until(pilot, lambda: app.lines() != before)
        assert "line_40" in "".join(coloured)
        assert not any("line_3 =" in code for code in coloured)

    do_review([change("a.py", edited(), edited(*range(1, 15), 50))], scenario, size=(100, 80))
