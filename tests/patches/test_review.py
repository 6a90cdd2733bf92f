from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.errors import ConflictError, UsageError
from repoctx.patches.edits import (
    EXECUTABLE,
    REGULAR,
    SYMLINK,
    ChangeSet,
    EditConflict,
    EditError,
    FileChange,
    FileState,
)
from repoctx.patches.merge import merge
from repoctx.patches.review import Review, hunks, select_hunks, unified

LINES = [f"line {number}\n" for number in range(1, 31)]


def _change(before: bytes, after: bytes, path: str = "a.py") -> FileChange:
    return FileChange(path, FileState(before), FileState(after))


def _edited(*numbers: int) -> bytes:
    return "".join(
        line.upper() if number in numbers else line for number, line in enumerate(LINES, 1)
    ).encode()


TWO_PLACES = _change(_edited(), _edited(3, 20))


def test_a_hunk_reads_like_a_unified_diff() -> None:
    first, second = hunks(TWO_PLACES)
    assert str(first) == (
        "@@ -1,6 +1,6 @@\n line 1\n line 2\n-line 3\n+LINE 3\n line 4\n line 5\n line 6\n"
    )
    assert second.header == "@@ -17,7 +17,7 @@"
    assert second.old_lines == tuple(LINES[16:23])
    assert second.new_lines[3] == "LINE 20\n"


def test_near_changes_are_one_hunk_and_without_context_each_is_its_own() -> None:
    near = _change(_edited(), _edited(3, 9))
    assert len(hunks(near)) == 1
    assert len(hunks(near, context=0)) == 2
    assert len(hunks(_change(_edited(), _edited(3, 11)))) == 2


def test_one_hunk_of_two_can_be_taken() -> None:
    assert select_hunks(TWO_PLACES, [0]) == _change(_edited(), _edited(3))
    assert select_hunks(TWO_PLACES, {1}) == _change(_edited(), _edited(20))


def test_a_number_that_is_no_hunk_is_a_usage_error() -> None:
    for number in (2, -1):
        with pytest.raises(UsageError):
            select_hunks(TWO_PLACES, [number])


def test_a_rename_is_a_hunk_of_its_own() -> None:
    change = FileChange("new.py", FileState(_edited()), FileState(_edited(3), EXECUTABLE), "old.py")
    header, text = hunks(change)
    assert header.lines == ()
    assert header.header == "rename from old.py to new.py, mode 100644 to 100755"
    assert text.lines
    only_text = FileChange("old.py", FileState(_edited()), FileState(_edited(3)))
    assert select_hunks(change, [1]) == only_text
    only_rename = FileChange(
        "new.py", FileState(_edited()), FileState(_edited(), EXECUTABLE), "old.py"
    )
    assert select_hunks(change, [0]) == only_rename


@pytest.mark.parametrize(
    ("change", "header"),
    [
        (FileChange("n", None, FileState(b"a\nb")), "@@ -0,0 +1,2 @@"),
        (FileChange("n", None, FileState(b"")), "new file n"),
        (FileChange("n", FileState(b"a\n"), None), "@@ -1 +0,0 @@"),
        (FileChange("n", FileState(b""), None), "delete n"),
        (FileChange("n", None, FileState(b"\0")), "new file n (binary)"),
        (_change(b"\0a", b"\0b"), "other content (binary)"),
        (_change("ä\n".encode("utf-16"), "ä\n".encode()), "@@ -1 +1 @@"),
        (FileChange("n", FileState(b"a", SYMLINK), FileState(b"b", SYMLINK)), "@@ -1 +1 @@"),
        (FileChange("n", FileState(b"a"), FileState(b"a", EXECUTABLE)), "mode 100644 to 100755"),
        (FileChange("n", FileState(b"a"), FileState(b"a"), "o"), "rename from o to n"),
    ],
)
def test_what_cannot_be_parted_is_one_hunk(change: FileChange, header: str) -> None:
    (hunk,) = hunks(change)
    assert hunk.header == header
    assert select_hunks(change, [0]) == change
    assert select_hunks(change, []) is None


def test_a_legacy_encoding_is_shown_as_text_and_kept_as_bytes() -> None:
    before = "".join(f"Zeile {n}: schön\r\n" for n in range(30)).encode("cp1252")
    after = before.replace(b"Zeile 3:", b"Line 3:").replace(b"Zeile 25:", b"Line 25:")
    first, _ = hunks(_change(before, after))
    assert "-Zeile 3: schön\r\n" in str(first)
    expected = before.replace(b"Zeile 25:", b"Line 25:")
    assert select_hunks(_change(before, after), [1]) == _change(before, expected)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_lines_of_wide_encodings_end_at_characters_not_bytes(codec: str) -> None:
    mark = "\ufeff".encode(codec)
    lines = [f"\u0a0a {n} \u010a\u0d0a\n" for n in range(30)]
    before = mark + "".join(lines).encode(codec)
    lines[2], lines[25] = "two\n", "\u0a0a"
    after = mark + "".join(lines).encode(codec)
    first, second = hunks(_change(before, after))
    assert first.new_lines[2] == "two\n"
    partly = select_hunks(_change(before, after), [0])
    assert partly is not None
    assert partly.after is not None
    assert partly.after.content.decode("utf-16" if "16" in codec else "utf-32").count("two") == 1
    assert partly.after.content.startswith(mark)
    rest = FileChange("a.py", partly.after, FileState(after))
    assert select_hunks(rest, [0]) == rest
    assert second.old_start > first.old_start


def test_a_carriage_return_alone_ends_no_line() -> None:
    (hunk,) = hunks(_change(b"a\rb\x0cc\x85\n", b"a\rB\x0cc\x85\n"))
    assert len(hunk.lines) == 2


# Laws

LINE = st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "}\n", "é\n", "\x0c\n", "x\ry\n"])
TEXT = st.builds(
    lambda lines, last: ("".join(lines) + last).encode(),
    st.lists(LINE, max_size=40),
    st.sampled_from(["", "end", "\r"]),
)
CONTENT = TEXT | st.binary(max_size=30)
STATE = st.builds(FileState, CONTENT, st.sampled_from([REGULAR, EXECUTABLE, SYMLINK]))
CHANGES = st.builds(
    lambda before, after, old: FileChange("new", before, after, old if before and after else None),
    st.none() | STATE,
    st.none() | STATE,
    st.none() | st.just("old"),
).filter(lambda change: (change.before or change.after) and change.before != change.after)
CONTEXT = st.sampled_from([0, 1, 3])


@given(CHANGES, CONTEXT)
def test_all_hunks_give_the_change_and_none_gives_nothing(change: FileChange, context: int) -> None:
    every = range(len(hunks(change, context=context)))
    assert len(every) > 0
    assert select_hunks(change, every, context=context) == change
    assert select_hunks(change, [], context=context) is None


@given(CHANGES, CONTEXT, st.data())
def test_what_is_left_after_some_hunks_leads_to_the_same_end(
    change: FileChange, context: int, data: st.DataObject
) -> None:
    count = len(hunks(change, context=context))
    chosen = data.draw(st.sets(st.integers(0, count - 1)))
    partly = select_hunks(change, chosen, context=context)
    if partly is None:
        return
    assert partly.before == change.before
    old_path = None if partly.path == change.path else partly.path
    rest = FileChange(change.path, partly.after, change.after, old_path)
    if rest.before != rest.after or old_path:
        assert select_hunks(rest, range(len(hunks(rest, context=context))), context=context) == rest


@given(TEXT, TEXT, CONTEXT, st.data())
def test_each_line_comes_from_the_accepted_side(
    before: bytes, after: bytes, context: int, data: st.DataObject
) -> None:
    """Two complementary choices, each made alone, merge to the whole change."""
    change = _change(before, after)
    parts = hunks(change, context=context)
    chosen = data.draw(st.sets(st.integers(0, max(0, len(parts) - 1)))) if parts else set()
    one = select_hunks(change, chosen, context=context)
    other = select_hunks(change, set(range(len(parts))) - chosen, context=context)
    contents = [c.after.content if c and c.after else before for c in (one, other)]
    assert sum(map(len, contents)) == len(before) + len(after)
    merged = merge(before, contents[0], contents[1])
    assert merged in (after, None)  # None where a hunk of many equal lines can be read elsewhere


# The unified diff

NAMES = ["a.py", "sp ace.py", 'd/q"uote.py', "new\nline", "back\\slash", "tab\t", "é.py", "\udcff"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["edit", "create", "delete", "rename", "mode"])
def test_git_applies_the_diff_to_the_same_bytes(
    tmp_path: Path, repository: Callable[..., Path], name: str, kind: str
) -> None:
    before, after = FileState(_edited()), FileState(_edited(1, 9, 30)[:-1])
    change = {
        "edit": FileChange(name, before, after),
        "create": FileChange(name, None, after),
        "delete": FileChange(name, before, None),
        "rename": FileChange(name, before, after, "from here"),
        "mode": FileChange(name, before, FileState(before.content, EXECUTABLE)),
    }[kind]
    files = {change.old_path or name: before.content} if change.before else {"other": b""}
    root = repository(files)
    diff = unified(change).encode("utf-8", "surrogateescape")
    subprocess.run(["git", "apply", "-"], cwd=root, input=diff, check=True)
    if change.after is None:
        assert not (root / name).exists()
        return
    assert (root / name).read_bytes() == change.after.content
    assert bool((root / name).stat().st_mode & 0o100) == (change.after.mode == EXECUTABLE)
    assert kind != "rename" or not (root / "from here").exists()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=TEXT, after=TEXT)
def test_git_applies_any_diff_of_text(tmp_path: Path, before: bytes, after: bytes) -> None:
    if before == after:
        return
    (tmp_path / "a.py").write_bytes(before)
    diff = unified(_change(before, after)).encode()
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=tmp_path, input=diff, check=True)
    assert (tmp_path / "a.py").read_bytes() == after


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            FileChange("bin", FileState(b"\0"), FileState(b"\0\0")),
            "diff --git a/bin b/bin\nBinary files a/bin and b/bin differ\n",
        ),
        (
            FileChange("new", None, FileState(b"", EXECUTABLE)),
            "diff --git a/new b/new\nnew file mode 100755\n",
        ),
        (
            FileChange("l", FileState(b"text\n"), FileState(b"to", SYMLINK)),
            "diff --git a/l b/l\ndeleted file mode 100644\n--- a/l\n+++ /dev/null\n@@ -1 +0,0 @@\n"
            "-text\ndiff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
            "@@ -0,0 +1 @@\n+to\n\\ No newline at end of file\n",
        ),
        (
            FileChange("b", FileState(b"x\n"), FileState(b"x\n"), "a"),
            "diff --git a/a b/b\nrename from a\nrename to b\n",
        ),
    ],
)
def test_special_changes_read_as_in_git(change: FileChange, expected: str) -> None:
    assert unified(change) == expected


# A whole review

SET = ChangeSet(
    (
        TWO_PLACES,
        FileChange("run.sh", None, FileState(b"#!/bin/sh\n", EXECUTABLE), None, ("executable",)),
        FileChange("gone", FileState(b"x\n"), None),
    ),
    (EditConflict("c.py", "does not fit", "look again"),),
)


def test_nothing_is_accepted_until_it_is() -> None:
    review = Review(SET)
    assert review.result() == ChangeSet(())
    assert review.undecided() == (("a.py", 0), ("a.py", 1), ("run.sh", 0), ("gone", 0))


def test_decisions_make_the_result() -> None:
    review = Review(SET).accept("a.py", 1).reject("a.py", 0).accept("gone")
    assert review.result() == ChangeSet((_change(_edited(), _edited(20)), SET.files[2]))
    assert review.undecided() == (("run.sh", 0),)
    assert review.decision("a.py", 0) is False
    assert review.accept("a.py", 0).result().files[0] == TWO_PLACES


def test_files_with_flags_need_their_own_consent() -> None:
    rest = Review(SET).accept_rest()
    assert [change.path for change in rest.result().files] == ["a.py", "gone"]
    assert rest.accept_rest(flagged=True).result().files == SET.files
    assert rest.accept("run.sh").result().files == SET.files
    assert rest.reject_rest().undecided() == ()


def test_an_earlier_decision_is_not_changed_by_the_rest() -> None:
    review = Review(SET).reject("a.py", 0).accept_rest()
    assert review.result().files[0] == _change(_edited(), _edited(20))


def test_a_hunk_can_be_edited() -> None:
    review = Review(SET).edit("a.py", 0, "rewritten\n").accept("a.py", 1)
    (change,) = review.result().files
    expected = "rewritten\n" + "".join(LINES[6:])
    assert change.after == FileState(expected.replace("line 20\n", "LINE 20\n").encode())
    created = Review(SET).edit("run.sh", 0, "").result().files[0]
    assert created.after == FileState(b"", EXECUTABLE)


def test_an_edit_keeps_encoding_and_mark() -> None:
    before, after = "\ufeffä\nb\n".encode("utf-16-le"), "\ufeffä\nc\n".encode("utf-16-le")
    review = Review(ChangeSet((_change(before, after),))).edit("a.py", 0, "ö\n")
    assert review.result().files[0].after == FileState("\ufeffö\n".encode("utf-16-le"))


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    before = "schön, größer\n".encode("cp1252")
    after = before + b"x\n"
    with pytest.raises(ConflictError):
        Review(ChangeSet((_change(before, after),))).edit("a.py", 0, "\u65e5\n")


def test_a_deletion_cannot_be_edited() -> None:
    with pytest.raises(EditError):
        Review(SET).edit("gone", 0, "x")


@pytest.mark.parametrize(("path", "hunk"), [("nowhere", 0), ("a.py", 2), ("a.py", -1)])
def test_a_decision_about_nothing_is_a_usage_error(path: str, hunk: int) -> None:
    with pytest.raises(UsageError):
        Review(SET).accept(path, hunk)
