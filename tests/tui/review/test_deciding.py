"""What is decided on the screen is what comes out of it, and nothing else is written."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import TextArea

from repoctx.patches.edits import EXECUTABLE, ChangeSet, FileChange
from repoctx.session import open_session
from repoctx.tui.review.asks import Choice, Writing
from tests.conftest import MakeRepository
from tests.tui.conftest import until
from tests.tui.review.conftest import (
    TWO_HUNKS,
    DoReview,
    Reviewing,
    change,
    edited,
    keys,
    state,
)


def test_one_hunk_of_two_is_all_that_is_written(
    repository: MakeRepository, do_review: DoReview
) -> None:
    root: Path = repository({"a.py": edited(), "b.py": "x = 1\n"})
    project = open_session([root]).project

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "y", "n", "n")
        assert app.total == "1 of 3 hunks in 1 of 2 files accepted"
        await keys(pilot, "enter")
        await until(pilot, lambda: app.shows(Choice))
        await keys(pilot, "y")

    files = [TWO_HUNKS, change("b.py", "x = 1\n", "x = 2\n")]
    accepted = do_review(files, scenario, on=project)
    assert isinstance(accepted, ChangeSet)
    assert (root / "a.py").read_text() == edited(), "the review itself writes nothing"
    project.apply(accepted)
    assert (root / "a.py").read_text() == edited(3)
    assert (root / "b.py").read_text() == "x = 1\n"


def test_leaving_gives_an_empty_change_and_asks_when_something_was_decided(
    do_review: DoReview,
) -> None:
    async def untouched(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "q")

    async def decided(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "y", "escape")
        assert app.shows(Choice)
        await keys(pilot, "n")
        assert app.screen is app.review
        await keys(pilot, "escape", "y")

    for scenario in (untouched, decided):
        assert do_review([TWO_HUNKS], scenario) == ChangeSet(())


def test_rejecting_the_rest_leaves_what_was_accepted(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "j", "y", "D")
        assert app.total == "1 of 2 hunks in 1 of 1 file accepted"
        await keys(pilot, "w")
        await until(pilot, lambda: app.shows(Choice))
        await keys(pilot, "enter")

    assert do_review([TWO_HUNKS], scenario) == ChangeSet((change("a.py", edited(), edited(40)),))


def test_with_nothing_accepted_nothing_can_be_applied(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "D", "enter")
        assert app.screen is app.review

    assert do_review([TWO_HUNKS], scenario) is None


def test_a_flagged_file_is_accepted_by_a_consent_of_its_own_only(do_review: DoReview) -> None:
    flagged = FileChange(
        "run.sh", state("echo\n"), state("echo\n", EXECUTABLE), flags=("becomes executable",)
    )

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "A")
        assert app.total == "2 of 3 hunks in 1 of 2 files accepted; 1 flagged, 1 open"
        assert app.title_line.startswith("run.sh"), "one is led to what is left"
        assert "becomes executable" in app.title_line
        await keys(pilot, "y", "y", "y", "enter")
        assert app.total.startswith("2 of 3"), "neither habit nor Enter consents"
        await keys(pilot, "y", "c")
        assert app.total == "3 of 3 hunks in 2 of 2 files accepted; 1 flagged"

    do_review([TWO_HUNKS, flagged], scenario)


def test_an_edited_hunk_is_accepted_with_the_persons_text(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "e")
        editor = app.screen.query_one(TextArea)
        editor.text = editor.text.replace("= 10 * 3", "= 33")
        await keys(pilot, "ctrl+s")
        await until(pilot, lambda: app.screen is app.review)
        assert "edited" in app.title_line
        assert any("line_3 = 33" in line for line in app.lines())
        await keys(pilot, "e")
        assert "= 33" in app.screen.query_one(TextArea).text
        await keys(pilot, "escape", "enter")
        await until(pilot, lambda: app.shows(Choice))
        await keys(pilot, "y")

    accepted = do_review([TWO_HUNKS], scenario)
    after = edited().replace("line_3 = 3\n", "line_3 = 33\n")
    assert accepted == ChangeSet((change("a.py", edited(), after),))


def test_a_text_that_the_file_cannot_hold_is_refused_in_the_editor(do_review: DoReview) -> None:
    latin = change(
        "a.txt", "caf\xe9 ici et l\xe0\n".encode("cp1252"), "th\xe9 l\xe0\n".encode("cp1252")
    )

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "e")
        app.screen.query_one(TextArea).text = "订单\n"
        await keys(pilot, "ctrl+s")
        error = app.screen.query_one(".error")
        await until(pilot, lambda: "cannot be written" in str(error.render()))
        assert app.shows(Writing)
        await keys(pilot, "escape")
        assert app.total.startswith("0 of 1")

    do_review([latin], scenario)


def test_a_decision_is_taken_back_where_it_was_made(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "y", "A", "u")
        assert app.total == "1 of 2 hunks in 1 of 1 file accepted; 1 open"
        await keys(pilot, "u")
        assert app.total == "0 of 2 hunks in 0 of 1 file accepted; 2 open"
        assert "hunk 1 of 2: open" in app.title_line
        await keys(pilot, "u")
        assert app.total.startswith("0 of 2")

    do_review([TWO_HUNKS], scenario)


def test_a_file_is_decided_as_a_whole(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "a")
        assert app.title_line.startswith("b.py"), "and on to the next open hunk"
        await keys(pilot, "d")
        assert app.total == "2 of 3 hunks in 1 of 2 files accepted"

    do_review([TWO_HUNKS, change("b.py", "x = 1\n", "x = 2\n")], scenario)


def test_it_warns_when_what_is_accepted_would_not_parse(do_review: DoReview) -> None:
    broken = change("f.py", "x = (1,\n" + "# y\n" * 9 + ")\n", "x = [1,\n" + "# y\n" * 9 + "]\n")

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "y")
        await until(pilot, lambda: "does not parse" in app.title_line)
        assert any("accepted part breaks at line" in line for line in app.list_lines())
        await keys(pilot, "enter")
        await until(pilot, lambda: app.shows(Choice))
        assert "would not parse" in str(app.screen.query_one("#body Static").render())
        await keys(pilot, "n", "y")
        await until(pilot, lambda: "does not parse" not in app.title_line)

    do_review([broken], scenario)
