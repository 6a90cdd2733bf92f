"""What is typed behind a slash, or chosen with a key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from repoctx.conversation import list_conversations
from repoctx.events import Event, Failed, Notice
from repoctx.tui.app import RepoctxApp
from repoctx.tui.help import Help
from repoctx.tui.sessions import Sessions
from repoctx.tui.transcript import Transcript
from tests.tui.conftest import Drive, MakeDesk, until

MakeRepository = Callable[..., Path]

EDIT = "a.py\n```python\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def root(repository: MakeRepository) -> Path:
    return repository({"a.py": "x = 1\n"})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What reached the transcript, which draws it all the same."""
    seen: list[Event] = []
    draw = Transcript.draw

    def noted(self: Transcript, event: Event) -> None:
        seen.append(event)
        draw(self, event)

    monkeypatch.setattr(Transcript, "draw", noted)
    return seen


def notices(told: list[Event]) -> list[str]:
    return [event.message for event in told if isinstance(event, Notice | Failed)]


async def type_line(pilot: Pilot[None], text: str) -> None:
    """Type, and send; completions are closed first, as Enter would take one."""
    await pilot.press(*text, "escape", "enter")
    await pilot.pause()


def test_settings_are_typed_for_the_next_question(
    root: Path, desk: MakeDesk, drive: Drive, told: list[Event]
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await type_line(pilot, "/budget 1.5k")
        await type_line(pilot, "/check true")
        await type_line(pilot, "/model other")
        assert app.main.settings["budget"] == 1500
        assert app.main.desk.check == "true"
        assert app.main.settings["model"] == "other"
        await type_line(pilot, "/budget off")
        assert app.main.settings["budget"] is None
        await type_line(pilot, "/budget many")
        await type_line(pilot, "/budget infk")
        await type_line(pilot, "/whole maybe")
        assert not app.main.desk.whole
        await type_line(pilot, "/bugdet 3")
        assert notices(told)[-4:] == [
            "/budget='many' makes no sense",
            "/budget='infk' makes no sense",
            "/whole is on or off, not maybe",
            "there is no command /bugdet",
        ]

    drive(desk(root), scenario)


def test_what_a_command_says_is_seen_wherever_one_has_scrolled_to(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        transcript = app.main.query_one(Transcript)
        for number in range(60):
            transcript.draw(Notice(f"line {number}"))
        await until(pilot, lambda: transcript.paper.max_scroll_y > 20)
        transcript.paper.go_to(0)
        await type_line(pilot, "/budget 1.5k")
        await until(pilot, lambda: transcript.paper.is_at_end)
        assert "at most 1,500 tokens" in transcript.text

    drive(desk(root), scenario)


def test_a_file_is_attached_to_the_next_question_only(
    root: Path, desk: MakeDesk, drive: Drive, told: list[Event], tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("to read")

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await type_line(pilot, f"/attach {tmp_path}/note.txt")
        await until(pilot, lambda: bool(app.main.desk.attachments))
        await type_line(pilot, "/attach nowhere.txt")
        await until(pilot, lambda: len(notices(told)) == 2)
        assert "note.txt" in notices(told)[0]
        assert "nowhere.txt" in notices(told)[1]
        await type_line(pilot, "why?")
        await until(pilot, lambda: app.main.desk.resume)
        assert app.main.desk.attachments == ()

    drive(desk(root, {"reply": "so", "expect": {"question_contains": "to read"}}), scenario)


def test_a_conversation_can_be_left_and_gone_on_with(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        first = app.main.desk.conversation
        await type_line(pilot, "first?")
        await until(pilot, lambda: app.main.desk.resume)
        await type_line(pilot, "/new")
        assert app.main.desk.conversation != first
        await type_line(pilot, "second?")
        await until(pilot, lambda: app.main.desk.resume)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, Sessions))
        options = app.screen.query_one(OptionList)
        assert ["first?" in str(each.prompt) for each in options.options] == [False, True]
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen is app.main)
        assert (app.main.desk.conversation, app.main.desk.resume) == (first, True)
        await pilot.press("f3", "down", "d", "y")
        await until(pilot, lambda: len(list_conversations(app.main.project.state)) == 1)

    drive(desk(root, "one", "two"), scenario)


def test_after_the_open_conversation_is_deleted_another_begins(
    root: Path, desk: MakeDesk, drive: Drive, told: list[Event]
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press("f3")
        await pilot.pause()
        assert app.screen is app.main, "there is nothing to choose from"
        assert notices(told) == ["there is no conversation here yet"]
        await type_line(pilot, "first?")
        await until(pilot, lambda: app.main.desk.resume)
        deleted = app.main.desk.conversation
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, Sessions))
        await pilot.press("d", "y")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: app.main.desk.conversation != deleted)
        assert "is deleted" in notices(told)[-1]
        await type_line(pilot, "second?")
        await until(pilot, lambda: app.main.desk.resume)

    drive(desk(root, "one", "two"), scenario)


def test_undo_takes_a_change_back(
    root: Path, desk: MakeDesk, drive: Drive, told: list[Event]
) -> None:
    import repoctx

    repoctx.apply(root, EDIT)

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await type_line(pilot, "/undo")
        await until(pilot, lambda: (root / "a.py").read_text() == "x = 1\n")
        await type_line(pilot, "/redo")
        await until(pilot, lambda: (root / "a.py").read_text() == "x = 2\n")
        await until(pilot, lambda: len(notices(told)) == 2)
        assert notices(told) == ["undone: apply [a.py]", "applied again: apply [a.py]"]

    drive(desk(root), scenario)


def test_the_help_tells_keys_and_commands(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Help))
        text = "\n".join(str(each.render()) for each in app.screen.query("Static"))
        assert "/attach FILE | URL | off" in text
        assert "Stop the running question at once" in text
        await pilot.press("escape")
        assert app.screen is app.main

    drive(desk(root), scenario)
