"""The glance follows files, pins and questions, and leaves no thread behind."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.tui.app import RepoctxApp
from repoctx.tui.context import ContextPanel, Gauge
from repoctx.tui.context.details import Details
from repoctx.tui.main import MainScreen
from tests.tui.conftest import Drive, MakeDesk, until
from tests.waiting import ends

MakeRepository = Callable[..., Path]

CODE = "def f(x):\n    return x\n" * 60


@pytest.fixture
def root(repository: MakeRepository) -> Path:
    return repository({"src/a.py": CODE, "src/b.py": CODE, "c.md": "word " * 30})


def screen(app: RepoctxApp) -> MainScreen:
    (found,) = (each for each in app.screen_stack if isinstance(each, MainScreen))
    return found


def gauge(app: RepoctxApp) -> str:
    return screen(app).query_one(Gauge).text.replace("\n", " · ")


async def says(app: RepoctxApp, pilot: Pilot[None], words: str) -> None:
    await until(pilot, lambda: words in gauge(app))


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """What a test starts has ended with the application."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        ends(thread)


def test_the_first_glance_comes_by_itself(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        assert "nothing is sent (scripted)" in gauge(app)
        assert screen(app).query_one(ContextPanel).files.shown == ["src/", "c.md"]

    drive(desk(root), scenario)


def test_files_that_change_are_counted_until_the_next_answer(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        (root / "src/a.py").write_text("changed = True\n")
        await says(app, pilot, "1 file changed, ")
        (root / "new.py").write_text("new = True\n")
        await says(app, pilot, "2 files changed, ")
        assert "4 full" in gauge(app)
        assert "new.py" in screen(app).query_one(ContextPanel).files.shown
        await pilot.press("w", "h", "y", "enter")
        await until(pilot, lambda: "changed" not in gauge(app))

    drive(desk(root, "Because."), scenario, size=(160, 30))


def test_pins_lie_on_the_desk_and_are_counted(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        screen(app).query_one(ContextPanel).files.focus()
        await pilot.press("x")
        await says(app, pilot, "1 full, 2 omitted")
        assert screen(app).desk.pins == (Pin("/src/**", Level.OMITTED),)
        await pilot.press("u")
        await says(app, pilot, "3 full")
        assert screen(app).desk.pins == ()

    drive(desk(root), scenario, size=(140, 30))


def test_a_pin_whose_file_is_deleted_is_taken_from_the_desk(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    pins = (Pin("/c.md", Level.FULL),)

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        (root / "c.md").unlink()
        await says(app, pilot, "2 full")
        await until(pilot, lambda: screen(app).desk.pins == ())

    drive(replace(desk(root), pins=pins), scenario)


def test_several_roots_are_looked_at_after_each_question(
    root: Path, repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    other = repository({"d.py": CODE}, name="other")

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "4 full")
        await says(app, pilot, "several roots cannot be watched as one")
        (other / "e.py").write_text("new = True\n")
        await pilot.press("w", "h", "y", "enter")
        await says(app, pilot, "5 full")

    drive(replace(desk(root, "Because."), folders=(root, other)), scenario, size=(240, 30))


def test_a_watcher_that_fails_is_a_note(root: Path, desk: MakeDesk, drive: Drive) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        shutil.rmtree(root)
        await says(app, pilot, "is gone: it was deleted")
        assert app.is_running

    drive(desk(root), scenario, size=(240, 30))


def test_what_would_refuse_the_question_is_said_before_it_is_asked(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "a budget of 5 tokens cannot hold")

    drive(desk(root, budget=5), scenario)


def test_leaving_while_a_look_runs_leaves_no_thread(
    repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    root = repository({f"m{n}.py": CODE + f"x = {n}\n" for n in range(400)})

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+q")

    drive(desk(root), scenario)


def test_the_details_open_with_a_click_and_close_again(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        await pilot.click(Gauge)
        assert isinstance(app.screen, Details)
        await pilot.press("escape")
        assert isinstance(app.screen, MainScreen)

    drive(desk(root), scenario)


def test_a_narrow_screen_shows_the_files_on_demand(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        panel = screen(app).query_one(ContextPanel)
        await until(pilot, lambda: not panel.display)
        await pilot.press("f2")
        assert panel.display
        await says(app, pilot, "nothing is sent")
        assert len(gauge(app).split(" · ")) >= 3

    drive(desk(root), scenario, size=(80, 24))


def test_keys_in_haste_end_in_one_look_at_what_was_asked_last(
    root: Path, desk: MakeDesk, drive: Drive
) -> None:
    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        await says(app, pilot, "3 full")
        screen(app).query_one(ContextPanel).files.focus()
        await pilot.press(*"xunoxpn")
        await says(app, pilot, "1 full, 2 named")
        looks = [t for t in threading.enumerate() if t.name.startswith("repoctx-stage")]
        assert len(looks) <= 1

    drive(desk(root), scenario, size=(140, 30))


def test_under_a_budget_the_words_being_typed_raise_files(
    repository: MakeRepository, desk: MakeDesk, drive: Drive
) -> None:
    bodies = {"zebra": "stripes", "yak": "horns", "newt": "gills", "owl": "beak"}
    files = {f"{n}.py": f"def {n}():\n    return '{b}'\n" * 150 for n, b in bodies.items()}

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        def full() -> list[str]:
            glance = screen(app).query_one(Gauge)._glance
            documents = glance.documents if glance else ()
            return [each.path for each in documents if each.level is Level.FULL]

        await says(app, pilot, "full")
        assert "zebra.py" not in full()
        await pilot.press(*"zebra", "space", *"stripes")
        await until(pilot, lambda: "zebra.py" in full())
        screen(app).write("/undo")
        await until(pilot, lambda: "zebra.py" not in full())

    drive(desk(repository(files), budget=3_000), scenario)
