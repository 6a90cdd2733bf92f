"""Hunks that a person splits, and hunks that a person edits as text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.patches.buffer import buffer_of, edited_text
from repoctx.patches.edits import ChangeSet, EditError, FileChange, FileState
from repoctx.patches.review import Review, hunks

LINES = [f"line {number}\n" for number in range(1, 31)]


def edited(*numbers: int, newline: str = "\n") -> bytes:
    lines = [line.upper() if n in numbers else line for n, line in enumerate(LINES, 1)]
    return "".join(lines).replace("\n", newline).encode()


def review(before: bytes, after: bytes) -> Review:
    return Review(ChangeSet((FileChange("a", FileState(before), FileState(after)),)))


def content(reviewed: Review) -> bytes:
    (change,) = reviewed.result().files
    assert change.after is not None
    return change.after.content


def test_a_split_hunk_is_several_that_share_no_line() -> None:
    whole = review(edited(), edited(3, 6, 8, 25))
    assert [hunk.header for hunk in whole.hunks("a")] == ["@@ -1,11 +1,11 @@", "@@ -22,7 +22,7 @@"]
    split = whole.split("a", 0)
    assert [hunk.header for hunk in split.hunks("a")] == [
        *("@@ -1,4 +1,4 @@", "@@ -5,3 +5,3 @@", "@@ -8,4 +8,4 @@", "@@ -22,7 +22,7 @@"),
    ]
    assert content(split.accept("a", 1).accept("a", 3)) == edited(6, 25)


def test_decisions_keep_their_hunks_when_another_is_split() -> None:
    decided = review(edited(), edited(3, 6, 20, 25)).reject("a", 0).edit("a", 1, "mine\n")
    split = decided.split("a", 0)
    assert [split.decision("a", n) for n in range(3)] == [False, False, "mine\n"]
    again = split.split("a", 2)
    assert [again.decision("a", n) for n in range(4)] == [False, False, None, None]


def test_a_part_of_a_split_hunk_is_edited_alone() -> None:
    split = review(edited(), edited(3, 6)).split("a", 0)
    text = "".join(split.hunks("a")[0].new_lines).replace("LINE 3", "mine")
    assert content(split.edit("a", 0, text).accept("a", 1)) == edited(6).replace(
        b"line 3\n", b"mine\n"
    )


@pytest.mark.parametrize("hunk", [0, 1, -1])
def test_what_has_no_unchanged_line_inside_cannot_be_split(hunk: int) -> None:
    with pytest.raises(UsageError, match="cannot be split"):
        review(edited(), edited(3, 4)).split("a", hunk)


@given(st.data())
def test_hunks_however_split_give_the_change_and_each_line_from_its_side(
    data: st.DataObject,
) -> None:
    line = st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n"])
    before, after = (
        b"".join(data.draw(st.lists(line, max_size=14), label=name)) for name in ("old", "new")
    )
    if before == after:
        return
    reviewed = review(before, after)
    for _ in range(data.draw(st.integers(0, 3))):
        number = data.draw(st.integers(0, len(reviewed.hunks("a")) - 1))
        try:
            reviewed = reviewed.split("a", number)
        except UsageError:
            continue
    parts = reviewed.hunks("a")
    assert content(reviewed.accept("a")) == after
    ends = [part.old_start + len(part.old_lines) for part in parts if part.old_lines]
    starts = [part.old_start for part in parts if part.old_lines]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    texts = reviewed
    for number, part in enumerate(parts):
        texts = texts.edit("a", number, "".join(part.new_lines))
    assert content(texts) == after


# The text that is edited


def hunk_of(before: str, after: str) -> str:
    (hunk,) = hunks(FileChange("a", FileState(before.encode()), FileState(after.encode())))
    return buffer_of(hunk)


def test_the_buffer_reads_like_the_hunk_and_says_how_to_edit_it() -> None:
    assert hunk_of("one\ntwo\n", "one\n2\n") == (
        "@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
        "# To leave out a line that begins with '+', delete it. To keep one that begins with '-',"
        " put a\n# space in place of the '-'. What you write yourself begins with '+'.\n"
        "# These lines go away. Without any other line the hunk stays as it was.\n"
    )


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("+2\n", "+zwei\n"), "one\nzwei\n\n"),
        (("+2\n", ""), "one\n\n"),
        (("-two\n", " two\n"), "one\ntwo\n2\n\n"),
        (("+2\n", "+2\n+\n+3\n"), "one\n2\n\n3\n\n"),
        ((" \n", "\n"), "one\n2\n\n"),  # an editor that strips spaces
        ((" \n#", "\n\n\n#"), "one\n2\n\n"),
        (("+2\n", "+2\r\n"), "one\n2\n\n"),  # an editor on another system
    ],
)
def test_an_edited_buffer_gives_the_new_lines(edit: tuple[str, str], expected: str) -> None:
    before, after = "one\ntwo\n\n", "one\n2\n\n"
    (hunk,) = hunks(FileChange("a", FileState(before.encode()), FileState(after.encode())))
    assert edited_text(hunk, buffer_of(hunk).replace(*edit, 1)) == expected


def test_an_emptied_buffer_says_nothing() -> None:
    (hunk,) = hunks(FileChange("a", FileState(b"one\n"), FileState(b"two\n")))
    assert edited_text(hunk, "\n\n") is None
    assert edited_text(hunk, "# only\n# help\n") is None


@pytest.mark.parametrize(
    "edit", [("-two", "-owt"), (" one\n", ""), ("-two\n", ""), ("+2", "2"), (" one", " eno")]
)
def test_old_lines_and_marks_are_checked(edit: tuple[str, str]) -> None:
    (hunk,) = hunks(FileChange("a", FileState(b"one\ntwo\n"), FileState(b"one\n2\n")))
    with pytest.raises(EditError):
        edited_text(hunk, buffer_of(hunk).replace(*edit, 1))


def test_line_ends_are_those_of_the_hunk() -> None:
    state = FileState(edited(newline="\r\n"))
    (hunk,) = hunks(FileChange("a", state, FileState(edited(3, newline="\r\n"))))
    unix = buffer_of(hunk).replace("\r\n", "\n").replace("+LINE 3", "+drei")
    text = edited_text(hunk, unix)
    assert text is not None
    assert text.splitlines(keepends=True)[2:4] == ["drei\r\n", "line 4\r\n"]


def test_a_missing_newline_at_the_end_of_the_file_can_stay_and_go() -> None:
    (hunk,) = hunks(FileChange("a", FileState(b"one\ntwo"), FileState(b"one\n2")))
    assert edited_text(hunk, buffer_of(hunk)) == "one\n2"
    note = "+2\n\\ No newline at end of file\n"
    assert edited_text(hunk, buffer_of(hunk).replace(note, "+2\n")) == "one\n2\n"
    kept = buffer_of(hunk).replace("-two\n\\ No newline at end of file\n", " two\n")
    assert edited_text(hunk, kept) == "one\ntwo\n2"


@example(["\r\n"])
@example(["\n", "\r\n"])
@given(st.lists(st.text(max_size=5).map(lambda t: t.replace("\n", "") + "\n"), max_size=6))
def test_an_unedited_buffer_is_the_hunk(lines: list[str]) -> None:
    after = "".join(lines)
    change = FileChange("a", FileState(b"x\n"), FileState(after.encode("utf-8", "replace")))
    for number, hunk in enumerate(hunks(change)):
        if hunk.lines:
            assert edited_text(hunk, buffer_of(hunk)) == "".join(hunk.new_lines), number
