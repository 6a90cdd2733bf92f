"""Typing, sending, completing, going back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from repoctx.tui.prompt import History, Prompt
from repoctx.tui.prompt.prompt import Completions


class Typing(App[None]):
    """The prompt alone, and what it sent."""

    def __init__(self, state: Path) -> None:
        super().__init__()
        self._state = state
        self.sent: list[str] = []
        self.escaped = 0

    BINDINGS = [("escape", "escaped")]  # noqa: RUF012 - as textual has it

    def compose(self) -> ComposeResult:
        prompt = Prompt(History(self._state), [("model", "choose"), ("more", "show more")])
        prompt.know(["src/app.py", "src/[red]x.py", "docs/\x1b[2J.md"])
        yield prompt

    def on_mount(self) -> None:
        self.query_one(Prompt).focus()

    @on(Prompt.Submitted)
    def _sent(self, message: Prompt.Submitted) -> None:
        self.sent.append(message.text)

    def action_escaped(self) -> None:
        self.escaped += 1


Type: TypeAlias = Callable[..., Awaitable[None]]


@pytest.fixture
def typing(tmp_path: Path) -> Callable[[Callable[[Typing, Pilot[None]], Awaitable[None]]], None]:
    def run(scenario: Callable[[Typing, Pilot[None]], Awaitable[None]]) -> None:
        async def play() -> None:
            app = Typing(tmp_path)
            async with app.run_test(size=(80, 24)) as pilot:
                await scenario(app, pilot)

        asyncio.run(play())

    return run


Play = Callable[[Callable[[Typing, Pilot[None]], Awaitable[None]]], None]


def text(app: Typing) -> str:
    return app.query_one(Prompt).text


def offered(app: Typing) -> list[str]:
    completions = app.query_one(Completions)
    return list(completions.texts) if completions.display else []


def test_enter_sends_and_ctrl_j_begins_a_line(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press("a", "ctrl+j", "b", "\\", "enter", "c", "enter")
        assert app.sent == ["a\nb\nc"]
        assert text(app) == ""
        await pilot.press("enter", "space", "enter")
        assert app.sent == ["a\nb\nc"], "nothing is nothing to send"

    typing(scenario)


def test_a_path_is_completed(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press(*"see @ap")
        assert offered(app) == ["src/app.py"]
        await pilot.press("tab")
        assert text(app) == "see @src/app.py "
        assert offered(app) == []
        await pilot.press(*"@src/", "down", "enter")
        assert text(app) == "see @src/app.py @src/[red]x.py "
        assert app.sent == []

    typing(scenario)


def test_a_command_is_completed(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press(*"/mo")
        assert offered(app) == ["model", "more"]
        await pilot.press("up", "enter")
        assert text(app) == "/more "

    typing(scenario)


def test_a_whole_command_is_sent_at_once(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press(*"/model", "enter")
        assert app.sent == ["/model"]
        assert offered(app) == []

    typing(scenario)


def test_escape_hides_completions_first(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press(*"/mo", "escape")
        assert offered(app) == []
        assert app.escaped == 0
        await pilot.press("escape")
        assert app.escaped == 1

    typing(scenario)


def test_up_and_down_go_through_what_was_sent(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press("a", "enter", "b", "ctrl+j", "c", "enter")
        await pilot.press("d", "up")
        assert text(app) == "b\nc"
        await pilot.press("up", "up")
        assert text(app) == "a", "the first line comes before the entry before"
        await pilot.press("down", "down", "down")
        assert text(app) == "d"

    typing(scenario)


def test_a_click_completes(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press(*"@x.p")
        await pilot.click(Completions, offset=(4, 0))
        assert text(app) == "@src/[red]x.py "

    typing(scenario)


def test_a_name_with_control_characters_is_not_offered(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press(*"@docs")
        assert offered(app) == []

    typing(scenario)


def test_a_path_that_becomes_known_later_completes_the_word_that_is_there(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        prompt = app.query_one(Prompt)
        prompt.know([])
        await pilot.press(*"see @ap")
        assert offered(app) == []
        prompt.know(["src/app.py"])
        await pilot.pause()
        assert offered(app) == ["src/app.py"]
        await pilot.press("escape")
        prompt.know(["src/app.py", "src/apt.py"])
        await pilot.pause()
        assert offered(app) == [], "they were sent away"

    typing(scenario)


def test_a_space_before_the_slash_is_kept(typing: Play) -> None:
    async def scenario(app: Typing, pilot: Pilot[None]) -> None:
        await pilot.press("space", *"/etc ", "enter")
        assert app.sent == [" /etc"]

    typing(scenario)
