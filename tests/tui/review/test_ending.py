"""The review ends with a change, with nothing, or with another try; and what follows a check."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from repoctx.events import CheckRan
from repoctx.patches.edits import EditConflict
from repoctx.session import Retry
from repoctx.tui.review import AfterCheck
from repoctx.tui.review.asks import Choice, Writing
from tests.tui.review.conftest import TWO_HUNKS, DoReview, Reviewing, keys

CONFLICT = EditConflict(
    "shop/b.py", "the SEARCH text is not in the file", "copy the lines", "-old\n+new\n"
)


def test_conflicts_are_shown_with_their_reason_and_asked_for_again(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        assert app.total.endswith("; 1 conflict")
        await keys(pilot, "J")
        said = str(app.review.query_one("#conflict", Static).content)
        assert said == "the SEARCH text is not in the file\n→ copy the lines\n\n-old\n+new\n"
        await keys(pilot, "y", "e")
        assert app.screen is app.review, "a conflict is no hunk"
        assert app.total.startswith("0 of 2")
        await keys(pilot, "c")

    assert do_review([TWO_HUNKS], scenario, conflicts=(CONFLICT,)) == Retry()


def test_asking_again_says_that_decisions_are_forgotten(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "y", "c")
        assert app.shows(Choice)
        await keys(pilot, "y")

    assert do_review([TWO_HUNKS], scenario, conflicts=(CONFLICT,)) == Retry()


def test_without_conflicts_nothing_is_asked_again(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "c")
        assert app.screen is app.review
        assert not any("again" in line for line in app.list_lines())

    assert do_review([TWO_HUNKS], scenario) is None


def test_conflicts_alone_can_be_looked_at(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        assert "shop/b.py" in app.title_line
        await keys(pilot, "j", "y", "x", "v", "A", "c")

    assert do_review([], scenario, conflicts=(CONFLICT,)) == Retry()


def test_it_is_sent_back_with_a_note(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "r", "ctrl+s")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.shows(Writing)
        assert "the note is empty" in str(app.screen.query_one(".error").render())
        await keys(pilot, *"no q")
        assert app.screen.query_one(TextArea).text == "no q"
        await keys(pilot, "ctrl+s")
        await app.workers.wait_for_complete()

    assert do_review([TWO_HUNKS], scenario) == Retry("no q")


def test_after_a_failed_check_one_sends_it_back_undoes_or_keeps(do_review: DoReview) -> None:
    failed = CheckRan("pytest [red]", 1, 2.5, "\x1b[31mE   assert 1 == 2\n" * 100 + "the end\n")
    answers: list[str | None] = []

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        for key in ("s", "u", "k", "escape", "enter"):
            app.push_screen(AfterCheck(failed), answers.append)
            await pilot.pause()
            shown = "\n".join(str(each.render()) for each in app.screen.query(Static))
            assert "pytest [red] (exit code 1 after 2.5 s)" in shown
            assert "the end" in shown
            assert "\x1b" not in shown
            await keys(pilot, key)

    do_review([TWO_HUNKS], scenario)
    assert answers == ["retry", "undo", "keep", "keep", "retry"]
