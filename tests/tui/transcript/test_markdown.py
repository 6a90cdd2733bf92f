"""Markdown becomes blocks in which nothing leads anywhere but the repository's own places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._cells import cell_len

from repoctx.terminal import printable
from repoctx.tui.transcript.blocks import rows_of
from repoctx.tui.transcript.item import Item
from repoctx.tui.transcript.markdown import Page, page
from repoctx.tui.transcript.wrapping import wrapped


def of(text: str) -> Page:
    return page(text, {"a.py", "src/b.py", "my file.py"}.__contains__)


def drawn(text: str, width: int = 80) -> list[str]:
    blocks = of(text).blocks
    rows = rows_of(blocks, width)
    return [
        (blocks[row.block].rest if row.start else blocks[row.block].first)
        + blocks[row.block].content.plain[row.start : row.end].rstrip()
        for row in rows
    ]


def test_lists_hang_and_paragraphs_stand_apart() -> None:
    text = (
        "One two three four.\n\n- a first item that wraps\n  - inner\n- second\n\n3. three\n\nEnd."
    )
    assert drawn(text, 16) == [
        "One two three",
        "four.",
        "",
        "• a first item",
        "  that wraps",
        "  • inner",
        "• second",
        "",
        "3. three",
        "",
        "End.",
    ]


def test_a_table_has_columns_of_cells_not_characters() -> None:
    assert drawn("| 名 | b |\n|---|---|\n| x | y |") == ["名 │ b", "───┼──", "x  │ y"]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("see `a.py:3`", "a.py", 3),
        ("see a.py:3-9.", "a.py", 3),
        ("**src/b.py:2**", "src/b.py", 2),
        ("- `my file.py:7`", "my file.py", 7),
        ("## `src/b.py`", "src/b.py", 0),
    ],
)
def test_a_place_of_the_repository_is_a_link(text: str, path: str, line: int) -> None:
    (place,) = of(text).places
    assert (place.path, place.line) == (path, line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a.txt](http://evil.example/)", "a.txt (http://evil.example/)"),
        ("[x](file:///etc/passwd)", "[x](file:///etc/passwd)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<https://evil.example>", "https://evil.example"),
        ("![pic](http://evil.example/p.png)", "pic (http://evil.example/p.png)"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("<div onclick=x>hi</div>", "<div onclick=x>hi</div>"),
        ("&#x202e;&lrm;x", "\\u202e\\u200ex"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("`\x1b]0;t\x07`", "\\x1b]0;t\\x07"),
        ("__init__ and _x_", "__init__ and _x_"),
    ],
)
def test_anything_else_is_shown_and_leads_nowhere(text: str, shown: str) -> None:
    found = of(text)
    assert [block.content.plain for block in found.blocks] == [shown]
    assert found.places == ()
    assert "@click" not in repr([block.content.spans for block in found.blocks])


def test_what_is_copied_is_the_text_and_not_its_layout() -> None:
    text = "## Title\n\nSome words that wrap at any width.\n\n- one\n- two\n  three"
    item = Item(of(text).blocks)
    assert "\n".join(item.copied(n, 0, None) or "" for n in range(len(item.blocks))) == text
    assert item.copied(2, 5, 10) == "words"


@given(st.text(max_size=200))
def test_any_text_is_drawn_without_a_control_character(text: str) -> None:
    for block in of(text).blocks:
        assert printable(block.content.plain) == block.content.plain
        assert "\n" not in block.content.plain


@given(st.text(alphabet="ab 中e\u0301🙂-", max_size=80), st.integers(2, 20), st.booleans())
def test_wrapped_parts_fit_and_are_the_whole(text: str, width: int, anywhere: bool) -> None:
    parts = wrapped(text, width, anywhere=anywhere)
    assert "".join(text[start:end] for start, end in parts) == text
    assert all(cell_len(text[start:end].rstrip()) <= width for start, end in parts)
