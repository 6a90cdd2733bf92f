"""From a question to an applied change and back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from repoctx.tui.app import RepoctxApp
from repoctx.tui.context import ContextPanel
from repoctx.tui.dialogs import Confirm
from repoctx.tui.prompt import Prompt
from repoctx.tui.review import AfterCheck, ReviewScreen
from repoctx.tui.transcript import Transcript
from tests.tui.conftest import Drive, MakeDesk, until
from tests.waiting import AGES

MakeRepository = Callable[..., Path]

CODE = "def add(a, b):\n    return a - b\n"
CHECK = f"{sys.executable} -c 'import calc; assert calc.add(2, 3) == 5'"


def edit(old: str, new: str) -> str:
    return f"calc.py\n```python\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


RIGHT = edit("    return a - b", "    return a + b")
WRONG = edit("    return a - b", "    return a * b")
SECOND = edit("    return a * b", "    return a + b")


@pytest.fixture
def root(repository: MakeRepository) -> Path:
    return repository({"calc.py": CODE})


def code(root: Path) -> str:
    return (root / "calc.py").read_text()


async def ask(app: RepoctxApp, pilot: Pilot[None], text: str) -> None:
    await pilot.press(*text, "enter")


async def accept(app: RepoctxApp, pilot: Pilot[None]) -> None:
    """Accept everything in the review that comes, and apply it."""
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.is_ready)
    await pilot.press("y", "w")
    await until(pilot, lambda: not isinstance(app.screen, ReviewScreen))
    await pilot.press("y")


def test_a_change_is_reviewed_applied_and_checked(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert code(root) == CODE, "nothing is written before the person says so"
        await accept(app, pilot)
        await until(pilot, lambda: app.screen is app.main and app.main.is_idle)
        assert code(root) == CODE.replace("-", "+")

    drive(desk(root, RIGHT, check=CHECK), scenario)


def test_leaving_the_review_writes_nothing(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await pilot.press("q")
        await until(pilot, lambda: app.main.is_idle)
        assert code(root) == CODE

    drive(desk(root, RIGHT), scenario)


@pytest.mark.parametrize(("choice", "left"), [("enter", "+"), ("u", "-"), ("escape", "*")])
def test_after_a_failing_check_it_goes_back_or_is_undone_or_kept(
    root: Path, desk: MakeDesk, drive: Drive, choice: str, left: str
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await accept(app, pilot)
        await until(pilot, lambda: isinstance(app.screen, AfterCheck))
        assert "*" in code(root)
        await pilot.press(choice)
        if choice == "enter":
            await accept(app, pilot)
        await until(pilot, lambda: app.screen is app.main and app.main.is_idle)
        await until(pilot, lambda: code(root) == CODE.replace("a - b", f"a {left} b"))

    drive(desk(root, WRONG, SECOND, check=CHECK, rounds=1), scenario)


def test_edits_that_do_not_fit_are_asked_for_again(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    nowhere = edit("    return nothing at all", "    return 1")

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.is_ready)
        await pilot.press("c")
        await accept(app, pilot)
        await until(pilot, lambda: app.main.is_idle)
        assert code(root) == "# new\n" + CODE.replace("-", "+")

    first = edit("def add(a, b):", "# new\ndef add(a, b):")
    drive(desk(root, first + nowhere, RIGHT, rounds=1), scenario)


def test_escape_cancels_at_once(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await until(pilot, lambda: not app.main.is_idle)
        await pilot.press("escape")
        await until(pilot, lambda: app.main.is_idle)
        assert not (root / "slept").exists()
        await ask(app, pilot, "/check off")
        await pilot.press("escape", "enter")
        assert app.main.desk.check == ""

    drive(desk(root, RIGHT, check="sleep 60; touch slept"), scenario)


def test_what_is_sent_while_a_question_runs_comes_back_with_what_was_typed_since(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "first")
        prompt = app.main.query_one(Prompt)
        prompt.write(" and more")
        app.main.post_message(Prompt.Submitted("second"))
        await until(pilot, lambda: prompt.text == "second and more")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.main.is_idle)

    drive(desk(root, "never", check=f"sleep {AGES}"), scenario)


def test_a_dear_question_waits_for_a_yes(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "why")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        await until(pilot, lambda: app.main.is_idle)
        assert not app.main.desk.resume

    made = desk(root, "x").with_setting("backend", "exec").with_setting("recording", None)
    made = made.with_setting("command", ("cat",)).with_setting("ask_above", 0.0)
    drive(made, scenario)


def test_a_failing_check_is_asked_about_though_the_next_try_does_not_fit(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    """All that the question applied is undone, not only what came last."""
    third = edit("    return a / b", "    return a // b")

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await accept(app, pilot)
        await until(pilot, lambda: "*" in code(root))
        await accept(app, pilot)
        await until(pilot, lambda: isinstance(app.screen, AfterCheck))
        assert "/" in code(root)
        await pilot.press("u")
        await until(pilot, lambda: code(root) == CODE)

    second = edit("    return a * b", "    return a / b")
    replies = WRONG, second, third.replace("a / b", "nothing")
    drive(desk(root, *replies, check=CHECK, rounds=3), scenario)


def test_an_answer_without_edits_asks_nothing_though_the_check_fails(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "what is this?")
        text = app.main.query_one(Transcript)
        await until(pilot, lambda: "the reply proposes no edits" in text.text)
        await until(pilot, lambda: app.main.is_idle)
        assert app.screen is app.main

    drive(desk(root, "It adds.", check=CHECK), scenario)


def test_a_review_waits_until_the_person_makes_a_pause(
    root: Path, desk: MakeDesk, drive: Drive, tmp_path: Path
) -> None:
    """Or the letters of the next question would accept the change and apply it."""
    go = tmp_path / "go"
    check = f"while [ ! -e {go} ]; do sleep 0.05; done; false"

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await ask(app, pilot, "mend it")
        await pilot.press("a")
        go.touch()
        await until(pilot, lambda: "edit calc.py" in app.main.query_one(Transcript).text)
        for letter in "ny way, yes" * 3:
            await pilot.press(letter)
            await pilot.pause(0.02)
        assert code(root) == CODE
        assert app.main.query_one(Prompt).text == "a" + "ny way, yes" * 3
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await pilot.press("q")
        await until(pilot, lambda: app.main.is_idle)

    drive(desk(root, RIGHT, check=check), scenario)


def test_a_space_before_a_slash_asks_instead_of_commanding(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press("space", *"/etc/x?", "enter")
        await until(pilot, lambda: "It adds." in app.main.query_one(Transcript).text)
        await until(pilot, lambda: app.main.is_idle)

    drive(desk(root, "It adds."), scenario)


@pytest.mark.parametrize("size", [(40, 10), (44, 20), (12, 5), (5, 3)])
def test_a_small_terminal_is_drawn_from_the_first_frame(
    root: Path, desk: MakeDesk, drive: Drive, size: tuple[int, int]
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert not app.main.query_one(ContextPanel).display
        await pilot.press("f2")
        await pilot.pause()
        assert app.main.query_one(Prompt).size.width > 0

    drive(desk(root), scenario, size=size)
