"""Files are walked, found, opened, and their levels changed, by keys and by mouse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.sending.glance import Glance
from repoctx.tui.context import ContextPanel
from repoctx.tui.context.figures import short
from repoctx.tui.context.tree import FileTree
from tests.tui.conftest import until
from tests.tui.context.conftest import LookAt, Shown

MakeRepository = Callable[..., Path]
Play = Callable[[Shown, "Pilot[None]"], Awaitable[None]]

CODE = "def f(x):\n    return x\n" * 60
FILES: dict[str, str | bytes] = {
    "src/a.py": CODE + CODE,
    "src/b.py": CODE,
    "docs/page.md": "word " * 100,
    "logo.png": b"\x89PNG\0",
}


@pytest.fixture
def root(repository: MakeRepository) -> Path:
    return repository(FILES)


def play(glance: Glance, scenario: Play, size: tuple[int, int] = (80, 24)) -> Shown:
    app = Shown(glance)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await scenario(app, pilot)

    asyncio.run(run())
    return app


def tree(app: Shown) -> FileTree:
    return app.query_one(FileTree)


def why(app: Shown) -> str:
    return str(app.query_one("#why", Static).content)


def rows(app: Shown) -> list[str]:
    width, height = tree(app).size
    return [tree(app).render_line(y).text[:width] for y in range(height)]


def test_keys_walk_fold_and_open(root: Path, look_at: LookAt) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("right", "right")
        assert tree(app).shown == ["src/", "src/a.py", "src/b.py", "docs/", "logo.png"]
        await pilot.press("enter")
        assert tree(app).cursor == 1
        await pilot.press("end", "home", "down", "left", "left")
        assert tree(app).shown == ["src/", "docs/", "logo.png"]
        await pilot.press("space", "pagedown")
        assert tree(app).cursor == 4

    assert play(look_at(root), scenario).opened == ["src/a.py"]


def test_each_line_says_tokens_and_level_with_a_sign(root: Path, look_at: LookAt) -> None:
    pins = (Pin("/src/b.py", Level.NAME),)

    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("right")
        first, second, third = rows(app)[:3]
        tokens = short(app.glance.tree.folders["src"].tokens)
        assert first.split() == ["▾", "src/", tokens, "~"]
        assert second.split()[-1] == "●"
        assert third.split() == ["b.py", "0", "○*"]
        await pilot.press("down", "down")
        await pilot.pause()
        assert "src/b.py: name, asked for" in why(app)
        await pilot.press("x")
        await pilot.pause()
        assert "asked for: omitted" in why(app), "it is said before it is counted"

    play(look_at(root, pins), scenario)


def test_levels_are_raised_lowered_pinned_and_taken_back(root: Path, look_at: LookAt) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("right", "down", "minus", "minus", "plus", "x", "p", "o", "n", "u")

    app = play(look_at(root), scenario)
    levels = [[pin.level.value for pin in pins] for pins in app.pins]
    expected = ["outline", "name", "outline", "omitted", "full", "outline", "name"]
    assert levels == [[level] for level in expected] + [[]]
    assert {pin.pattern for pins in app.pins for pin in pins} == {"/src/a.py"}


def test_a_folder_is_pinned_as_one(root: Path, look_at: LookAt) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("x")
        assert "✕*" in rows(app)[0], "it is shown before it is counted"
        await pilot.press("right", "down", "p")
        assert "●*" in rows(app)[1]
        assert "✕*" in rows(app)[2]

    app = play(look_at(root), scenario)
    assert app.pins[-1] == (Pin("/src/**", Level.OMITTED), Pin("/src/a.py", Level.FULL))


def test_a_click_at_the_level_lowers_it_and_one_at_the_name_folds(
    root: Path, look_at: LookAt
) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.click(FileTree, offset=(4, 0))
        assert tree(app).shown[1] == "src/a.py"
        for _ in range(5):
            await pilot.click(FileTree, offset=(tree(app).size.width - 2, 1))
            await pilot.pause()
        await pilot.click(FileTree, offset=(6, 2), times=2)

    app = play(look_at(root), scenario)
    levels = [[pin.level.value for pin in pins] for pins in app.pins]
    assert levels == [["outline"], ["name"], ["omitted"], [], ["outline"]]
    assert app.opened == ["src/b.py"]


def test_what_has_no_text_is_not_raised(root: Path, look_at: LookAt) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("end", "plus")
        await pilot.pause()
        assert "binary" in why(app)

    assert play(look_at(root), scenario).pins == []


def test_paths_are_found_and_all_come_back(root: Path, look_at: LookAt) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"SRC")
        await until(pilot, lambda: tree(app).shown == ["src/a.py", "src/b.py"])
        await pilot.press("enter", "down", "x")
        assert app.pins[-1] == (Pin("/src/b.py", Level.OMITTED),)
        await pilot.press("escape")
        await until(pilot, lambda: tree(app).shown == ["src/", "docs/", "logo.png"])
        assert app.query_one(Input).value == ""

    play(look_at(root), scenario)


def test_another_glance_keeps_cursor_open_folders_and_row(root: Path, look_at: LookAt) -> None:
    before = look_at(root)
    (root / "zeros.py").write_text("zero = 0\n" * 2_000)
    (root / "src/b.py").write_text(CODE * 9)
    after = look_at(root)

    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.press("right", "down")
        assert tree(app).line is not None
        app.query_one(ContextPanel).show(after)
        await pilot.pause()
        line = tree(app).line
        assert line is not None
        assert line.path == "src/a.py"
        assert tree(app).shown[:4] == ["zeros.py", "src/", "src/b.py", "src/a.py"]
        assert tree(app).cursor == 3

    play(before, scenario)


def test_pins_whose_files_are_gone_are_dropped(root: Path, look_at: LookAt) -> None:
    gone, there = Pin("/gone.py", Level.FULL), Pin("/src/a.py", Level.NAME)

    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        await pilot.pause()

    assert play(look_at(root, (gone, there)), scenario).pins == [(there,)]


HOSTILE = {
    "[red]bold.py": "x = 1\n",
    "[@click=app.quit]a.py": "x = 1\n",
    "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字.py": "x = 1\n",
    "e\u0301\u202egnp.exe\x1b[31m\n.py": "x = 1\n",
    "a/" * 12 + "deep.py": "x = 1\n",
    "\U0001f600" * 30: "x = 1\n",
}


def test_hostile_and_wide_names_are_drawn_as_they_are_in_exactly_the_width(
    repository: MakeRepository, look_at: LookAt
) -> None:
    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        for _ in range(24):
            await pilot.press("right")
        width = tree(app).size.width
        drawn = [tree(app).render_line(y) for y in range(tree(app).size.height)]
        assert {strip.cell_length for strip in drawn} == {width}
        text = "\n".join(strip.text for strip in drawn)
        assert not {"\x1b", "\u202e"} & set(text)
        assert "[red]bold.py" in text
        assert "[@click=app.quit]a.py" in text
        await pilot.press("end")
        await pilot.pause()
        assert "\x1b" not in why(app)

    play(look_at(repository(HOSTILE)), scenario, size=(60, 60))


def test_many_thousand_files_are_listed_and_found(
    repository: MakeRepository, look_at: LookAt
) -> None:
    small = look_at(repository(FILES))
    model = small.documents[0]
    documents = tuple(
        replace(model, path=f"d{n % 100}/e{n % 1_000}/f{n}.py", tokens=n) for n in range(20_000)
    )
    glance = replace(small, documents=documents)

    async def scenario(app: Shown, pilot: Pilot[None]) -> None:
        assert len(tree(app).shown) == 100
        await pilot.press("right", "down", "right")
        assert len(tree(app).shown) == 100 + 10 + 20
        await pilot.press("slash", *"f1999")
        await until(pilot, lambda: len(tree(app).shown) == 11)
        assert tree(app).shown[0].endswith("/f19999.py")

    play(glance, scenario)
