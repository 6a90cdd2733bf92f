"""An answer falls into the same pieces however it is cut, and nothing of it is lost."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from repoctx.tui.transcript.pieces import Piece, Pieces

LINES = st.sampled_from(
    [
        *("```python", "```", "````", "~~~", "   ```", "text `x`", "", "- item"),
        *("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "*** Begin Patch", "*** End Patch"),
        *("x" * 900, "y z " * 2500, "  code\r"),
    ]
)


def pieces(*chunks: str) -> list[Piece]:
    found = Pieces()
    for chunk in chunks:
        found.feed(chunk)
    found.finish()
    return found.pieces


def kinds(text: str) -> list[tuple[str, str, str]]:
    return [(piece.kind, piece.language, piece.text) for piece in pieces(text)]


def test_prose_and_code_are_told_apart() -> None:
    answer = "One.\n\n```python\nx = 1\n```\nTwo.\n"
    assert kinds(answer) == [
        ("prose", "", "One.\n"),
        ("code", "python", "x = 1"),
        ("prose", "", "Two."),
    ]


def test_code_in_a_list_loses_the_indentation_of_its_fence() -> None:
    assert kinds("1. Do\n   ```sh\n   make\n     more\n   ```\n") == [
        ("prose", "", "1. Do"),
        ("code", "sh", "make\n  more"),
    ]


def test_a_fence_inside_an_edit_does_not_end_its_block() -> None:
    edit = "<<<<<<< SEARCH\n```\n=======\n```sh\n>>>>>>> REPLACE"
    assert kinds(f"README.md\n```md\n{edit}\n```\nDone.")[1:] == [
        ("code", "md", edit),
        ("prose", "", "Done."),
    ]


def test_an_edit_without_a_fence_is_code() -> None:
    patch = "*** Begin Patch\n*** Delete File: a\n*** End Patch"
    assert kinds(f"So:\n{patch}\nDone.") == [
        ("prose", "", "So:"),
        ("code", "", patch),
        ("prose", "", "Done."),
    ]


def test_lines_are_numbered_as_in_the_answer() -> None:
    found = pieces("a\n\n```\nx\n```\nb\n")
    assert [(piece.line, piece.last) for piece in found] == [(1, 2), (3, 5), (6, 6)]


def test_long_prose_is_closed_where_a_paragraph_ends() -> None:
    found = pieces("\n\n".join(["word " * 100] * 40))
    assert len(found) > 5
    assert all(len(piece.text) < 4_000 for piece in found)


@given(st.lists(LINES, max_size=14), st.lists(st.integers(0, 4000), max_size=8), st.booleans())
def test_any_chunks_give_the_same_pieces_and_keep_every_character(
    lines: list[str], cuts: list[int], ended: bool
) -> None:
    text = "\n".join(lines) + "\n" * ended
    at = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    chunks = [text[start:end] for start, end in pairwise(at)]
    cut, whole = pieces(*chunks), pieces(text)
    assert "".join(line for piece in cut for line in piece.source) == text
    assert cut == whole
