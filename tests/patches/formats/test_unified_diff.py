"""Unified diffs as models write them and git's own, whole."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from repoctx.patches.edits import EXECUTABLE, REGULAR, SYMLINK, FileEdit
from repoctx.patches.reply import parse_reply


def only_edit(reply: str, path_hint: str = "") -> FileEdit:
    parsed = parse_reply(reply, path_hint)
    assert parsed.problems == ()
    (edit,) = parsed.edits
    return edit


def only_problem(reply: str) -> str:
    parsed = parse_reply(reply)
    assert parsed.edits == ()
    return parsed.problems[0].reason


@pytest.mark.parametrize(
    "header",
    [
        "--- a/src/a.py\n+++ b/src/a.py\n",
        "--- src/a.py\n+++ src/a.py\n",
        "--- old/src/a.py\n+++ new/src/a.py\n",
        "--- src/a.py.orig\n+++ src/a.py\n",
        "--- a/src/a.py\t2026-01-02 03:04:05.000000000 +0000\n+++ b/src/a.py\t2026-01-02\n",
        "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n",
        "diff --git a/src/a.py b/src/a.py\nindex 0123456..89abcde 100644\n"
        "--- a/src/a.py\n+++ b/src/a.py\n",
        "Index: src/a.py\n=======\n--- src/a.py\n+++ src/a.py\n",
    ],
)
@pytest.mark.parametrize("numbers", ["@@ -1,2 +1,2 @@ def f():", "@@ ... @@", "@@", "@@ @@"])
def test_headers_of_every_kind_name_the_file(header: str, numbers: str) -> None:
    edit = only_edit(f"```diff\n{header}{numbers}\n one\n-two\n+2\n```\n")
    assert edit.path == "src/a.py"
    assert (edit.replacements[0].search, edit.replacements[0].replace) == ("one\ntwo\n", "one\n2\n")


def test_wrong_counts_in_a_code_block_do_not_matter() -> None:
    edit = only_edit("```diff\n--- a/x\n+++ b/x\n@@ -1,9 +1,1 @@\n a\n-b\n+c\n\n d\n```\nDone.\n")
    assert edit.replacements[0].search == "a\nb\n\nd\n"


def test_outside_a_code_block_right_counts_end_the_hunk() -> None:
    reply = parse_reply("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\n- a remark\n")
    assert reply.edits[0].replacements[0].search == "a\nb\n"


def test_a_mail_signature_is_no_deleted_line() -> None:
    reply = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-b\n+c\n-- \n2.55.0\n"
    assert only_edit(reply).replacements[0].search == "b\n"


def test_a_fence_among_the_files_lines_does_not_end_the_code_block() -> None:
    hunk = "@@ -1,4 +1,4 @@\n ```\n-x\n+y\n ```\n"
    edit = only_edit(f"```diff\n--- a/a.md\n+++ b/a.md\n{hunk}```\nDone.\n")
    assert edit.replacements[0].search == "```\nx\n```\n"
    nested = "".join(
        f"   {line}\n" for line in f"```diff\n--- a.md\n+++ a.md\n{hunk}```".split("\n")
    )
    assert only_edit(f"1. So:\n\n{nested}").replacements[0].search == "```\nx\n```\n"


def test_a_context_line_may_lack_its_space_in_a_code_block() -> None:
    edit = only_edit("```diff\n--- a/x\n+++ b/x\n@@ @@\ndef f():\n-    a\n+    b\n```\n")
    assert edit.replacements[0].search == "def f():\n    a\n"


def test_deleted_lines_that_look_like_headers_are_lines() -> None:
    hunk = "@@ -1,3 +1,2 @@\n a\n--- comment\n b\n"
    assert only_edit(f"--- a/x\n+++ b/x\n{hunk}").replacements[0].search == "a\n-- comment\nb\n"


def test_line_numbers_headings_and_anchors_are_kept_as_hints() -> None:
    edit = only_edit(
        "```diff\n--- a/x\n+++ b/x\n@@ -7 +7 @@ class A:\n-a\n+b\n@@ def f\n-c\n+d\n```"
    )
    first, second = edit.replacements
    assert (first.line, first.heading, first.anchors) == (7, "class A:", ())
    assert (second.line, second.anchors) == (None, ("def f",))


def test_several_files_in_one_block_are_several_edits() -> None:
    body = "--- a/x\n+++ b/x\n@@ @@\n-a\n+b\n--- a/y\n+++ b/y\n@@ @@\n-c\n+d\n"
    assert [edit.path for edit in parse_reply(f"```diff\n{body}```").edits] == ["x", "y"]


def test_a_diff_without_names_is_for_the_file_named_above_or_by_the_caller() -> None:
    assert only_edit("src/a.py\n```diff\n@@ -1 +1 @@\n-a\n+b\n```\n").path == "src/a.py"
    assert only_edit("src/a.py\n```diff\n-a\n+b\n```\n").path == "src/a.py"
    assert only_edit("@@ -1 +1 @@\n-a\n+b\n", path_hint="x.py").path == "x.py"
    assert "names no file" in only_problem("@@ -1 +1 @@\n-a\n+b\n")


def test_a_coloured_snippet_without_names_is_prose() -> None:
    assert parse_reply("Like so:\n\n```diff\n-a\n+b\n```\n").edits == ()


def test_two_names_that_are_not_one_file_are_a_problem_unless_the_caller_knows() -> None:
    diff = "--- one.go\n+++ two.go\n@@ -1 +1 @@\n-a\n+b\n"
    assert "two files" in only_problem(diff)
    assert only_edit(diff, path_hint="main.go").path == "main.go"


def test_creation_and_deletion_are_said_by_dev_null_or_by_the_time_zero() -> None:
    zero = "x\t1970-01-01 01:00:00.000000000 +0100"
    for nothing in ("/dev/null", zero):
        made = only_edit(f"--- {nothing}\n+++ x\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n")
        assert (made.action, made.path, made.content) == ("create", "x", "a")
        gone = only_edit(f"--- x\n+++ {nothing}\n@@ -1 +0,0 @@\n-a\n")
        assert (gone.action, gone.path) == ("delete", "x")


def test_dev_null_above_old_lines_is_a_models_mistake_for_an_edit() -> None:
    edit = only_edit("```diff\n--- /dev/null\n+++ x\n@@ @@\n-a\n+b\n```")
    assert (edit.action, edit.path) == ("edit", "x")


def test_what_is_said_about_the_last_newline_is_kept() -> None:
    head = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n"
    marker = "\\ No newline at end of file\n"
    said = [
        only_edit(head + body).replacements[0].final_newline
        for body in (
            "-a\n+b\n",
            f"-a\n+b\n{marker}",
            f"-a\n{marker}+b\n",
            f"-a\n{marker}+b\n{marker}",
        )
    ]
    assert said == [None, False, True, False]


def test_modes_renames_and_copies_are_read() -> None:
    mode = only_edit("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n")
    assert (mode.action, mode.path, mode.mode) == ("edit", "x", EXECUTABLE)
    moved = only_edit("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n")
    assert (moved.action, moved.path, moved.new_path) == ("rename", "x", "y")
    copied = only_edit("diff --git a/x b/y\ncopy from x\ncopy to y\n")
    assert (copied.action, copied.path, copied.new_path) == ("copy", "x", "y")
    empty = only_edit("diff --git a/a b b/a b\nnew file mode 100644\nindex 0000000..e69de29\n")
    assert (empty.action, empty.path, empty.content, empty.mode) == ("create", "a b", "", REGULAR)
    link = only_edit(
        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
        "@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n"
    )
    assert (link.mode, link.content) == (SYMLINK, "target")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            "diff --git a/x b/x\nnew file mode 160000\n@@ -0,0 +1 @@\n+Subproject commit 0\n",
            "submod",
        ),
        (
            "diff --git a/x b/x\nindex 01234..56789 100644\nBinary files a/x and b/x differ\n",
            "no data",
        ),
        ("diff --git a/x b/x\nnew file mode 100644\nGIT binary patch\nbogus\n", "no data"),
        ("diff --git a/x b/x\nindex 0123456..89abcde 100644\n", "no hunks"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n+content\n", "above the first @@"),
        (
            "diff --cc x\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n\nDone.\n",
            "merge",
        ),
        ("diff --git a/x b/x\nnew file mode 100644\n@@ -1 +1 @@\n-a\n+b\n", "no old lines"),
        ("diff --git a/x b/y\nrename from x\nrename to y\nnew file mode 100644\n", "new, moved"),
        ("diff --git a/x b/y\nrename from x\nrename to y\nrename from z\n", "twice"),
        ("diff --git a/x b/y\ncopy from x\ncopy to y\n--- /dev/null\n+++ b/y\n", "moved"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n@@ -1 +1 @@\n-a\n+b\n", "no hunks"),
        ("diff --git a/x b/x\nnew file mode 100644\ndeleted file mode 100644\n", "new, moved"),
        ("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n", "ends within"),
        ("```diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "ends within"),
        ("--- a/x\n+++ b/x\n@@ ... @@\n-a\n+b\n", "nothing says"),
    ],
)
def test_what_cannot_be_read_is_a_problem(reply: str, reason: str) -> None:
    assert reason in only_problem(reply)


@pytest.mark.parametrize("line", ["old mode 100999", "index 0123456..89abcde 999999"])
def test_a_mode_that_is_none_says_nothing(line: str) -> None:
    edit = only_edit(f"diff --git a/x b/x\n{line}\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    assert (edit.action, edit.mode) == ("edit", None)


@pytest.mark.parametrize("time", ["0001-01-01 00:00:00 +9900", "9999-12-31 23:59:59 -9900"])
def test_a_time_beyond_all_calendars_is_not_the_time_zero(time: str) -> None:
    assert only_edit(f"--- x\t{time}\n+++ x\n@@ -1 +1 @@\n-a\n+b\n").action == "edit"


@pytest.mark.parametrize(
    ("quoted", "name"),
    [
        (r"\303\244\t\\\"", '\u00e4\t\\"'),
        (r"\8", "8"),
        ("\\\u00e4", "\\\u00e4"),
        ("\ud800", "\ud800"),
    ],
)
def test_whatever_is_quoted_has_a_name(quoted: str, name: str) -> None:
    reply = f'diff --git "a/{quoted}" "b/{quoted}"\nnew file mode 100644\n'
    assert only_edit(reply).path == name


def test_three_dashes_in_prose_begin_no_diff() -> None:
    text = "--- and so on\nnothing more\n"
    assert parse_reply(text).prose == text


def test_every_patch_that_git_makes_is_read_whole(tmp_path: Path) -> None:
    """Odd names, binary content as literal and as delta, modes, links, renames, deletions."""

    def git(*arguments: str) -> bytes:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout

    git("init", "-q")
    blob = bytes(range(256)) * 8
    (tmp_path / "blob").write_bytes(blob)
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "moved").write_text("line\n" * 20)
    (tmp_path / "gone").write_text("gone\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    (tmp_path / "blob").write_bytes(blob + b"\0more")
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "moved").rename(tmp_path / "new name")
    (tmp_path / "gone").unlink()
    (tmp_path / 'b\u00e4d "quoted"\t.txt').write_text("x\n")
    (tmp_path / "literal").write_bytes(b"\0\1\2")
    (tmp_path / "link").symlink_to("tool")
    git("add", "-A")
    patch = git("diff", "--cached", "--binary", "-M").decode()
    reply = parse_reply(patch)
    assert reply.problems == ()
    found = {edit.path: edit for edit in reply.edits}
    assert found['b\u00e4d "quoted"\t.txt'].content == "x\n"
    assert found["blob"].binary is not None
    assert found["blob"].binary.is_delta
    literal = found["literal"].binary
    assert literal is not None
    assert (literal.data, literal.is_delta) == (b"\0\1\2", False)
    assert found["tool"].mode == EXECUTABLE
    assert found["link"].mode == SYMLINK
    assert (found["moved"].action, found["moved"].new_path) == ("rename", "new name")
    assert found["gone"].action == "delete"


def test_names_that_are_not_utf_8_are_decoded_as_the_file_system_does() -> None:
    reply = 'diff --git "a/\\377.txt" "b/\\377.txt"\nnew file mode 100644\n'
    assert os.fsencode(only_edit(reply).path) == b"\xff.txt"


def test_a_new_file_without_a_final_newline_has_no_part_of_one() -> None:
    diff = "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n\\ No newline at end of file\n"
    for text in (diff, diff.replace("\n", "\r\n")):
        assert [edit.content for edit in parse_reply(text).edits] == ["one"]


def test_a_git_diff_that_is_cut_above_its_hunks_is_a_problem() -> None:
    move = "diff --git a/x b/y\nsimilarity index {}%\nrename from x\nrename to y\n"
    assert parse_reply(move.format(100)).problems == ()
    assert "no hunks" in parse_reply(move.format(90)).problems[0].reason
    new = "diff --git a/x b/x\nnew file mode 100644\nindex "
    assert parse_reply(new + "0000000..e69de29").problems == ()
    assert "ends within" in parse_reply(new).problems[0].reason


def test_a_diff_outside_of_a_code_block_that_ends_in_a_new_line_without_a_newline_may_be_cut() -> (
    None
):
    diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+another\n"
    assert parse_reply(diff).problems == ()
    assert "ends within" in parse_reply(diff[:-1]).problems[0].reason
    assert parse_reply(f"```diff\n{diff}```").problems == ()
    context = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-one\n+another\n two"
    assert parse_reply(context).problems == ()
    assert "ends within" in parse_reply(diff + "diff --git").problems[0].reason
