"""The first steps: what works without a model, and a model that is tried before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Label, Select, Static

from repoctx.config import load_settings
from repoctx.config.store import store_setting
from repoctx.folders import user_config_file
from repoctx.tui import Desk
from repoctx.tui.app import RepoctxApp
from repoctx.tui.setup import Setup, Welcome
from repoctx.tui.setup.choice import VENDORS, Choice
from tests.backends.conftest import Answer, ChatServer
from tests.tui.conftest import until

LOCAL = next(number for number, vendor in enumerate(VENDORS) if vendor.is_local)

Scenario = Callable[[RepoctxApp, Pilot[None]], Awaitable[None]]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.http.shutdown()
    server.http.server_close()


def drive(root: Path, scenario: Scenario) -> None:
    async def play() -> None:
        app = RepoctxApp(Desk(folders=(root,)))
        async with app.run_test(size=(90, 34)) as pilot:
            await scenario(app, pilot)

    asyncio.run(play())


def said(app: RepoctxApp) -> str:
    return str(app.screen.query_one("#said", Static).render())


async def fill(app: RepoctxApp, pilot: Pilot[None], **values: str) -> None:
    await until(pilot, lambda: isinstance(app.screen, Setup))
    await until(pilot, lambda: bool(app.screen.query("#vendor #label")))  # it is there, and whole
    app.screen.query_one("#vendor", Select).value = LOCAL
    await pilot.pause()
    for name, value in values.items():
        app.screen.query_one(f"#{name}", Input).value = value
    await pilot.pause()


def test_a_model_is_tried_and_kept(repository: Callable[..., Path], server: ChatServer) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: bool(app.screen.query(Welcome)))
        assert "find and quote" in str(app.screen.query(".able").first(Static).render())
        app.screen.query_one("Welcome Button", Button).press()
        await fill(app, pilot, base_url=server.url, model="a-model", api_key="key-of-mine")
        app.screen.query_one("#try", Button).press()
        await until(pilot, lambda: "It answers" in said(app))
        assert "Hello, world." in said(app)
        app.screen.query_one("#save", Button).press()
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: not app.screen.query(Welcome))
        assert app.main.settings.backend == "openai"
        assert app.main.settings["model"] == "a-model"

    drive(repository({"a.py": "x = 1\n"}), scenario)
    (seen,) = server.requests
    assert b"x = 1" not in seen.body, "the trial sends nothing of the repository"
    assert user_config_file().stat().st_mode & 0o777 == 0o600
    assert load_settings(None)["base_url"] == server.url


def test_a_model_that_does_not_answer_is_told_with_a_hint(
    repository: Callable[..., Path], server: ChatServer
) -> None:
    server.answers = [Answer(b'{"error": {"message": "no such model \\u001b[2J"}}', status=404)]

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"/setup", "escape", "enter")
        await fill(app, pilot, base_url=server.url, model="none")
        app.screen.query_one("#try", Button).press()
        await until(pilot, lambda: said(app).startswith("✗"))
        assert "no such model" in said(app)
        assert "\x1b" not in said(app)
        app.screen.query_one("#model", Input).value = ""
        app.screen.query_one("#save", Button).press()
        await until(pilot, lambda: "name is missing" in said(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)

    drive(repository({"a.py": "x = 1\n"}), scenario)
    assert not user_config_file().exists()


def test_a_key_of_one_endpoint_never_goes_to_another() -> None:
    Choice("openai", "http://127.0.0.1:1/v1", "m", "key-of-mine").store()
    Choice("openai", "http://127.0.0.1:1/v1", "other").store()
    assert load_settings(None)["api_key"] == "key-of-mine"
    Choice("openai", "http://127.0.0.1:2/v1", "other").store()
    assert load_settings(None)["api_key"] == ""


def test_other_settings_and_comments_stay() -> None:
    store_setting("rounds", "5")
    Choice("anthropic", "", "claude", "").store()
    settings = load_settings(None)
    assert (settings["rounds"], settings.backend, settings["base_url"]) == (5, "anthropic", "")
    Choice("openai", "", "gpt", "").store()
    assert load_settings(None).backend == "openai"


def test_what_is_saved_is_tried_first(repository: Callable[..., Path], server: ChatServer) -> None:
    """One that does not answer is kept only when the person saves it once more."""
    server.answers = [Answer(b'{"error": {"message": "no such model"}}', status=404)]

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"/setup", "escape", "enter")
        await fill(app, pilot, base_url=server.url, model="none")
        save = app.screen.query_one("#save", Button)
        save.press()
        await until(pilot, lambda: "no such model" in said(app))
        assert "Save once more" in said(app)
        assert not user_config_file().exists()
        save.press()
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.settings["model"] == "none"

    drive(repository({"a.py": "x = 1\n"}), scenario)
    assert len(server.requests) == 1


def test_where_the_key_comes_from_is_read_to_its_end(repository: Callable[..., Path]) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"/setup", "escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, Setup))
        label = app.screen.query_one("#about_key", Label)
        await until(pilot, lambda: "configuration" in str(label.render()))
        await pilot.pause()
        assert label.size.width <= app.screen.query_one("#window").size.width
        assert label.size.height == 2
        await pilot.press("escape")

    drive(repository({"a.py": "x = 1\n"}), scenario)
