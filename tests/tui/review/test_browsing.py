"""Looking at a change: rows, folds, halves, the mouse, sizes, and text that is not to be trusted."""

from __future__ import annotations

from textual.color import Color
from textual.pilot import Pilot

from repoctx.patches.edits import FileChange
from repoctx.tui.review.diff import DiffView
from repoctx.tui.review.filelist import FileList
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


def test_the_diff_has_numbers_marks_and_what_it_hides(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        lines = app.lines()
        assert lines[0].split() == ["▌", "open", "y", "n", "e", "@@", "-1,6", "+1,6", "@@"]
        assert lines[3] == "▌ 3    - line_3 = 3"
        assert lines[4] == "▌    3 + line_3 = 10 * 3"
        assert lines[5] == "▌ 4  4   line_4 = 4"
        assert "30 unchanged lines" in lines[8]

    do_review([TWO_HUNKS], scenario)


def test_changed_words_stand_out_and_syntax_has_colours(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        parts = {
            part.text: part.style for part in app.review.pane.diff.render_line(4) if part.style
        }
        assert parts["10"].underline
        assert not parts["3"].underline
        colours = {str(parts[text].color) for text in ("line_3", "10")}
        assert len(colours) == 2

    do_review([TWO_HUNKS], scenario)


def test_the_end_is_shown_at_once(do_review: DoReview) -> None:
    lines = [f"line_{number} = {number}\n" for number in range(600)]
    long = change("long.py", "".join(lines), "".join(f"new_{line}" for line in lines))

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        diff = app.review.pane.diff
        seen: list[float] = []
        app.review.watch(diff, "scroll_y", lambda y: seen.append(y), init=False)
        await keys(pilot, "end")
        await until(pilot, lambda: diff.scroll_y == diff.max_scroll_y)
        assert seen == [diff.max_scroll_y]

    do_review([long], scenario)


def test_hidden_lines_come_into_sight_and_go_again(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        diff = app.review.pane.diff
        await keys(pilot, "X")
        assert diff.drawing is not None
        assert "line_7 = 7" in app.lines()[8]
        assert "line_25 = 25" in app.lines()[26]
        await keys(pilot, "j", "x")
        texts = [row.after for row in diff.drawing.rows if row.kind == "line" and row.mark != "-"]
        assert [text for text in texts if text] == edited(3, 40).splitlines(keepends=True)[:43]
        numbers = [row.new for row in diff.drawing.rows if row.new]
        assert numbers == list(range(1, 44))
        await keys(pilot, "z")
        assert len([row for row in diff.drawing.rows if row.kind == "fold"]) == 2

    do_review([TWO_HUNKS], scenario)


def test_hunks_and_files_are_walked_through(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "j")
        assert "hunk 2 of 2" in app.title_line
        await keys(pilot, "j")
        assert app.title_line.startswith("b.py")
        await keys(pilot, "k", "k")
        assert "a.py" in app.title_line
        assert "hunk 1 of 2" in app.title_line
        await keys(pilot, "right_square_bracket")
        assert app.title_line.startswith("b.py")
        await keys(pilot, "K")
        assert app.title_line.startswith("a.py")

    do_review([TWO_HUNKS, change("b.py", "x = 1\n", "x = 2\n")], scenario)


def test_side_by_side_from_120_columns_on(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "v")
        left, right = app.lines()[3][1:].split("│")
        assert left.split() == ["3", "-", "line_3", "=", "3"]
        assert right.split() == ["3", "+", "line_3", "=", "10", "*", "3"]
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not app.review.pane.side_by_side)
        await pilot.resize_terminal(140, 40)
        await until(pilot, lambda: app.review.pane.side_by_side)
        await keys(pilot, "v")
        assert not app.review.pane.side_by_side

    do_review([TWO_HUNKS], scenario, size=(140, 40))


def test_at_80_columns_the_files_stand_above_and_it_stays_unified(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "v")
        assert not app.review.pane.side_by_side
        files = app.review.query_one(FileList)
        assert files.region.y < app.review.pane.region.y
        assert files.region.width == app.review.pane.region.width == 80
        await pilot.resize_terminal(120, 24)
        await until(pilot, lambda: app.review.pane.region.x > 0 or app.review.pane.side_by_side)

    do_review([TWO_HUNKS], scenario, size=(80, 24))


def test_the_mouse_decides_selects_and_unfolds(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        header = app.lines()[0]
        await pilot.click(DiffView, offset=(header.index(" y ") + 1, 0))
        assert app.total.startswith("1 of 3")
        assert "accepted" in app.title_line, "a click does not move on"
        await pilot.click(DiffView, offset=(header.index(" n ") + 1, 0))
        assert app.total.startswith("0 of 3")
        fold = app.lines()[8]
        await pilot.click(DiffView, offset=(fold.index("all") + 1, 8))
        assert "line_7 = 7" in app.lines()[8]
        await pilot.click(FileList, offset=(5, 2))
        assert app.title_line.startswith("b.py")

    do_review([TWO_HUNKS, change("b.py", "x = 1\n", "x = 2\n")], scenario)


def test_a_click_asks_again_for_conflicts(do_review: DoReview) -> None:
    from tests.tui.review.test_ending import CONFLICT

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        at = next(n for n, line in enumerate(app.list_lines()) if "ask again" in line)
        await pilot.click(FileList, offset=(6, at))

    assert repr(do_review([TWO_HUNKS], scenario, conflicts=(CONFLICT,))) == "Retry(note='')"


def test_a_hunk_that_is_scrolled_out_of_sight_is_not_decided_about(do_review: DoReview) -> None:
    many = change("a.py", edited(), edited(3, 20, 40, 58))

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await keys(pilot, "pagedown", "pagedown", "y")
        assert app.review.review.decisions
        assert app.review.review.decision("a.py", 0) is None

    do_review([many], scenario, size=(80, 24))


def test_what_is_no_text_is_a_title(do_review: DoReview) -> None:
    files = [
        change("logo.png", b"\x89PNG\0\0", b"\x89PNG\0\1"),
        FileChange("b.py", state("x = 1\n"), state("x = 1\n"), old_path="a.py"),
        FileChange("run.sh", state("x\n"), state("x\n", 0o100755)),
        change("gone.py", "x = 1\n", None),
        change("new.py", None, "x = 1"),
    ]

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        shown = []
        for _ in files:
            shown.append("\n".join(app.lines()))
            await keys(pilot, "J")
        expected = (
            "other content (binary)",
            "rename from a.py to b.py",
            "mode 100644 to 100755",
            "delete gone.py",
            "new file new.py",
        )
        assert all(each in text for each, text in zip(expected, shown, strict=True))
        assert "[no newline at the end]" in shown[-1]
        names = [line.split() for line in app.list_lines()[1:6]]
        assert [name[1] for name in names] == ["logo.png", "ren", "mode", "del", "new"]
        await keys(pilot, "K", "K", "e")
        assert app.screen is app.review, "a mode has no lines to edit"

    do_review(files, scenario, size=(120, 30))


def test_hostile_names_and_lines_are_text_and_nothing_else(do_review: DoReview) -> None:
    evil = "[red]\x1b]0;title\x07[@click=app.quit]\u202eabc"
    files = [
        change(f"{evil}.py", "x\n", f"x\n{evil}\n", f"flag {evil}"),
        change("b.py", None, "y" * 1_000_000 + "\n"),
    ]

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        drawn = [app.lines(), app.list_lines(), [app.title_line]]
        for lines in drawn:
            assert any("[red]\\x1b]0;title\\x07[@click=app.quit]" in line for line in lines) or (
                lines is drawn[1]
            )
            assert not any(bad in line for line in lines for bad in "\x1b\x07\u202e")
        await keys(pilot, "y")
        body = str(app.screen.query_one("#body Static").render())
        assert "[red]\\x1b]0;title" in body
        await keys(pilot, "escape", "J", "end")
        assert app.review.pane.diff.virtual_size.width < 2_200
        await keys(pilot, "e")
        assert app.screen is app.review, "no editor shows a line of that length"

    do_review(files, scenario)


def test_tabs_and_wide_characters_keep_their_columns(do_review: DoReview) -> None:
    files = [change("a.go", "\n", "a\tb\n订单\tx\ne\u0301\ty\n订单订\tz \n")]

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        diff = app.review.pane.diff
        for y in range(1, 6):
            assert diff.render_line(y).cell_length == diff.size.width
        texts = [line.split("+ ")[1] for line in app.lines()[2:6]]
        assert texts == ["a   b", "订单    x", "e\u0301   y", "订单订  z·"]

    do_review(files, scenario)


def test_carriage_returns_are_shown_where_line_ends_differ(do_review: DoReview) -> None:
    same = change("a.txt", "one\r\ntwo\r\n", "one\r\nTWO\r\n")
    mixed = change("b.txt", "one\ntwo\n", "one\r\ntwo\n")

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        assert not any("CR" in line for line in app.lines())
        await keys(pilot, "J")
        assert [line for line in app.lines() if "CR" in line] == ["▌  1 + one  [CR]"]

    do_review([same, mixed], scenario)


def test_what_is_selected_is_copied_without_numbers(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        start = app.lines()[4].index("line_3")
        await pilot.mouse_down(DiffView, offset=(start, 4))
        await pilot.hover(DiffView, offset=(start + 7, 5))
        await pilot.mouse_up(DiffView, offset=(start + 7, 5))
        await pilot.pause()
        assert app.review.get_selected_text() == "line_3 = 10 * 3\nline_4 ="

    do_review([TWO_HUNKS], scenario)


def test_another_theme_has_other_colours(do_review: DoReview) -> None:
    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        def background() -> Color:
            style = list(app.review.pane.diff.render_line(4))[-1].style
            assert style is not None
            return Color.from_rich_color(style.bgcolor)

        dark = background()
        app.theme = "textual-light"
        await pilot.pause()
        assert background().brightness > dark.brightness + 0.3

    do_review([TWO_HUNKS], scenario)


def test_a_large_change_is_compared_and_laid_out_beside_the_screen(do_review: DoReview) -> None:
    lines = [f"value_{n} = {n}\n" for n in range(12_000)]
    after = [line.replace("=", "= 1 +") if n % 6 == 0 else line for n, line in enumerate(lines)]
    large = change("large.py", "".join(lines), "".join(after))

    async def scenario(app: Reviewing, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.review.pane.diff.drawing is not None)
        assert app.total.startswith("0 of ")
        await keys(pilot, "y")
        assert app.total.startswith("1 of ")

    do_review([large], scenario)
