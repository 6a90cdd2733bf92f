"""The rows of a diff say neither more nor less than the two files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.edits import FileChange, FileState
from repoctx.patches.hunks import hunks
from repoctx.patches.rows import Row, Shape, Sheet

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c = 1\n", "c = 2\n", "\n", "d"]), max_size=40)
FILES = LINES.map(
    lambda lines: "".join(line if line[-1] == "\n" else line + "\n" for line in lines)
)


def _sheet(before: str, after: str) -> Sheet:
    change = FileChange("a.py", FileState(before.encode()), FileState(after.encode()))
    return Sheet(change, hunks(change))


def _all(sheet: Sheet, *, side_by_side: bool) -> list[Row]:
    gaps = range(len(sheet.hunks) + 1)
    unfolded = {gap: (sheet.hidden(gap, Shape()), 0) for gap in gaps}
    return sheet.rows(Shape(side_by_side, unfolded=unfolded))


@pytest.mark.parametrize("side_by_side", [False, True])
@given(FILES, FILES)
def test_with_nothing_folded_each_side_is_the_file(
    side_by_side: bool, before: str, after: str
) -> None:
    rows = _all(_sheet(before, after), side_by_side=side_by_side)
    if before == after:
        assert rows == []
        return
    assert "".join(row.before for row in rows if row.old and row.mark in " -~") == before
    assert "".join(row.after for row in rows if row.new and row.mark in " +~") == after
    for side in ([row.old for row in rows if row.old], [row.new for row in rows if row.new]):
        assert side == list(range(1, len(side) + 1))


@given(FILES, FILES)
def test_folds_hide_what_is_not_shown(before: str, after: str) -> None:
    sheet = _sheet(before, after)
    rows = sheet.rows(Shape())
    hidden = sum(row.hidden for row in rows)
    shown = len([row for row in rows if row.old])
    folds = len([row for row in rows if row.kind == "fold"])
    if sheet.hunks:
        assert hidden + shown - folds == before.count("\n")
    assert all(row.hidden != 1 for row in rows), "a fold is no smaller than a line"


def test_a_person_s_own_text_stands_in_place_of_the_new_lines() -> None:
    sheet = _sheet("a\nb\nc\n", "a\nB\nc\n")
    rows = sheet.rows(Shape(edits={0: "a\nmine\nand more\nc\n"}))
    assert [(row.mark, row.after if row.mark == "+" else row.before) for row in rows[1:]] == [
        (" ", "a\n"),
        ("-", "b\n"),
        ("+", "mine\n"),
        ("+", "and more\n"),
        (" ", "c\n"),
    ]


def test_side_by_side_a_line_stands_beside_what_it_became() -> None:
    before = "keep\ntotal = price\nkeep too\n"
    after = "keep\n# a new comment here\ntotal = price * 2\nkeep too\n"
    rows = _sheet(before, after).rows(Shape(side_by_side=True))
    assert [(row.mark, row.old, row.new) for row in rows if row.kind == "line"] == [
        (" ", 1, 1),
        ("+", 0, 2),
        ("~", 2, 3),
        (" ", 3, 4),
    ]
