"""A cited file opens at its line, whatever it is and however long."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection
from textual.widgets import Static

from repoctx.project import open_project
from repoctx.tui.viewer import Viewer
from repoctx.tui.viewer.file_text import SafeLines, found, lines_of, pattern_of
from repoctx.tui.viewer.highlighting import Highlighted, column_of, language_of_path, without_tabs
from repoctx.tui.viewer.sheet import Sheet
from tests.tui.conftest import until

MakeRepository = Callable[..., Path]


def view(
    root: Path,
    path: str,
    scene: Callable[[Viewer, Pilot[None]], Awaitable[None]],
    lines: tuple[int, int] = (1, 0),
) -> None:
    """Open the file, and let a scene play when it is read."""

    async def play() -> None:
        app: App[None] = App()
        async with app.run_test(size=(80, 24)) as pilot:
            viewer = Viewer(open_project([root]), path, *lines)
            await app.push_screen(viewer)
            await until(pilot, lambda: not viewer.query_one(Sheet).loading)
            await pilot.pause()
            await scene(viewer, pilot)

    asyncio.run(play())


def seen(viewer: Viewer) -> list[str]:
    sheet = viewer.query_one(Sheet)
    return [sheet.render_line(y).text.rstrip() for y in range(sheet.size.height)]


def title(viewer: Viewer) -> str:
    return str(viewer.query_one("#title", Static).render())


def test_the_cited_lines_are_in_the_middle_and_marked(repository: MakeRepository) -> None:
    root = repository({"a.py": "".join(f"x{n} = {n}\n" for n in range(1, 301))})

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        rows = seen(viewer)
        marked = [row for row in rows if row.startswith("▌")]
        assert [row.split()[-3] for row in marked] == ["▸x150", "▸x151"]
        assert 5 < rows.index(marked[0]) < 14
        assert title(viewer) == "a.py  300 lines"

    view(root, "a.py", scene, (150, 151))


def test_a_line_that_is_not_there_is_said_to_be(repository: MakeRepository) -> None:
    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        assert title(viewer) == "a.py  1 line; there is no line 99"

    view(repository({"a.py": "x = 1\n"}), "a.py", scene, (99, 99))


def test_a_million_lines_open_at_the_last(repository: MakeRepository) -> None:
    root = repository({"big.txt": "line\n" * 999_999 + "the end\n"}, commit=False)

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        assert any("1000000 ▸the end" in row for row in seen(viewer))
        await pilot.press("home")
        assert seen(viewer)[0] == "       1 ▸line"
        await pilot.press("slash", *"END", "enter")
        await until(pilot, lambda: "not found" in title(viewer))
        await pilot.press("slash")
        await pilot.press("backspace", "backspace", "backspace", *"end", "enter")
        await until(pilot, lambda: "found at 1,000,000" in title(viewer))

    view(root, "big.txt", scene, (1_000_000, 0))


def test_search_goes_on_and_round(repository: MakeRepository) -> None:
    root = repository({"a.py": "def a():\n    pass\n\n\ndef b():\n    pass\n"})

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        sheet = viewer.query_one(Sheet)
        at = []
        await pilot.press("slash", *"def", "enter")
        for key in ("n", "n", "N"):
            await until(pilot, lambda: "found at" in title(viewer))
            await viewer.workers.wait_for_complete()
            await pilot.pause()
            at.append(sheet.current)
            await pilot.press(key)
        assert at == [4, 0, 4]

    view(root, "a.py", scene)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("gone.txt", "gone.txt does not exist"),
        ("a.bin", "a.bin: binary, 3 bytes"),
        ("../x", "'../x' is not a path beneath the root"),
        ("link", "link is or passes through a symbolic link"),
    ],
)
def test_what_has_no_text_says_so_in_one_line(
    repository: MakeRepository, path: str, says: str
) -> None:
    root = repository({"a.bin": b"\0\1\2"})
    (root / "link").symlink_to("/etc/passwd")

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        assert str(viewer.query_one("#failure", Static).render()) == says
        await pilot.press("escape")
        assert viewer.app.screen is not viewer

    view(root, path, scene)


def test_a_notebook_is_shown_by_its_cells(repository: MakeRepository) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": ["x = 1"], "outputs": []}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        rows = seen(viewer)
        assert rows[0].endswith("▸# %%")
        assert rows[1].endswith("x = 1")

    view(repository({"n.ipynb": json.dumps(book)}), "n.ipynb", scene)


def test_lines_are_copied_with_their_tabs(repository: MakeRepository) -> None:
    root = repository({"m.mk": "all:\n\techo one\n\techo two\nend:\n"})

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        await pilot.press("down", "shift+down", "c")
        assert viewer.app.clipboard == "\techo one\n\techo two\n"
        sheet = viewer.query_one(Sheet)
        selection = Selection(Offset(4, 1), Offset(8, 2))
        assert sheet.get_selection(selection) == ("echo one\n\techo", "\n")
        assert sheet.get_selection(Selection(None, None)) == (
            "all:\n\techo one\n\techo two\nend:",
            "\n",
        )

    view(root, "m.mk", scene)


def test_hostile_text_and_names_are_only_text(repository: MakeRepository) -> None:
    name = "[red]\x1b]0;x.py"
    root = repository({name: "\x1b[31m = '[bold]' # \u202e\n"})

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        assert seen(viewer)[0].endswith("▸\\x1b[31m = '[bold]' # \\u202e")
        assert title(viewer) == "[red]\\x1b]0;x.py  1 line"

    view(root, name, scene)


def test_wide_characters_scroll_by_cells(repository: MakeRepository) -> None:
    root = repository({"a.txt": "中文" * 200 + "\n"})

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        sheet = viewer.query_one(Sheet)
        sheet.scroll_to(x=20, animate=False, force=True)
        await pilot.pause()
        assert sheet.render_line(0).cell_length == sheet.size.width
        assert "▸中文中" in sheet.render_line(0).text

    view(root, "a.txt", scene)


@given(st.text(alphabet="ab\n", max_size=40))
def test_lines_are_those_between_newlines(text: str) -> None:
    lines = lines_of(text)
    assert "\n".join(lines) == text.removesuffix("\n")


def test_lines_are_split_in_pieces_without_a_seam() -> None:
    text = ("x" * 700_000 + "\n") * 5 + "end"
    assert lines_of(text) == text.split("\n")


def test_a_very_long_line_is_drawn_in_part() -> None:
    (line,) = SafeLines(["x" * 10_000])[:]
    assert line.startswith("xxx")
    assert line.endswith("… 6,000 more characters")


@given(st.lists(st.sampled_from(["ab", "b", ""]), max_size=8), st.integers(0, 7))
def test_the_next_match_is_the_nearest_in_its_direction(lines: list[str], start: int) -> None:
    start = min(start, max(0, len(lines) - 1))
    matches = [number for number, line in enumerate(lines) if "a" in line]
    behind = [n for n in matches if n > start] + [n for n in matches if n <= start]
    assert found(lines, pattern_of("a"), start, 1) == (behind[0] if behind else None)
    before = [n for n in reversed(matches) if n < start] + [
        n for n in reversed(matches) if n >= start
    ]
    assert found(lines, pattern_of("a"), start, -1) == (before[0] if before else None)


@given(st.text(alphabet="a\t中", max_size=20), st.integers(0, 80))
def test_a_column_without_tabs_is_a_character_of_the_line(line: str, drawn: int) -> None:
    at = column_of(line, drawn)
    assert at >= 0
    if "\t" in line and drawn <= len(without_tabs(line)):
        assert len(without_tabs(line[:at])) >= drawn
        assert at == 0 or len(without_tabs(line[: at - 1])) < drawn


def test_colours_of_a_stretch_are_those_of_the_whole() -> None:
    text = ["def f():", '    """A text', "    of two lines.", '    """', "    return 1", ""] * 100
    lazily, at_once = Highlighted(text, "python"), Highlighted(text, "python")
    at_once.in_full()
    for number in (0, 70, 299, 599):
        assert lazily.line(number).plain == text[number]
        assert lazily.line(number).markup == at_once.line(number).markup


def test_a_language_is_known_by_the_name_without_reading() -> None:
    assert language_of_path("src/a.py") == "python"
    assert language_of_path("Makefile") == "make"
    assert language_of_path("no.such-thing") == "text"


def test_e_says_in_one_line_why_there_is_no_editor(
    repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"a.py": "x = 1\n", "b.png": b"\x89PNG\r\n\x1a\n\0\0"})
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    said: list[str] = []

    async def scene(viewer: Viewer, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(pilot, lambda: len(viewer.app._notifications) == 1)
        said.extend(each.message for each in viewer.app._notifications)

    view(root, "a.py", scene)
    monkeypatch.setenv("EDITOR", "vi")
    view(root, "b.png", scene)
    view(root, "gone.py", scene)
    assert said[0] == "no editor is known; set VISUAL or EDITOR"
    assert said[1].startswith("b.png: ")
    assert said[2].startswith("gone.py does not exist")
    assert not any("\n" in each for each in said)
