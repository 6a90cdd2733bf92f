"""A reply becomes a change set: files before and after, and a conflict for what does not fit."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.files import blob_id
from repoctx.patches.edits import EXECUTABLE, REGULAR, SYMLINK, ChangeSet, EditConflict, FileState
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply

Files = Mapping[str, str | bytes]


def write(root: Path, files: Files) -> None:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)


def planned(root: Path, files: Files, reply: str) -> ChangeSet:
    write(root, files)
    return plan(root, parse_reply(reply))


def after(changes: ChangeSet) -> dict[str, bytes | None]:
    """What each changed path holds; every change must fit."""
    assert changes.conflicts == ()
    result: dict[str, bytes | None] = {c.old_path: None for c in changes.files if c.old_path}
    return result | {c.path: c.after.content if c.after else None for c in changes.files}


def only_conflict(changes: ChangeSet) -> EditConflict:
    assert changes.files == ()
    (conflict,) = changes.conflicts
    return conflict


def block(path: str, search: str, replace: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def envelope(body: str) -> str:
    return f"*** Begin Patch\n{body}*** End Patch\n"


# Text


def test_a_change_carries_both_states_with_their_modes(tmp_path: Path) -> None:
    write(tmp_path, {"run.sh": "a\nb\n"})
    (tmp_path / "run.sh").chmod(0o755)
    (change,) = planned(tmp_path, {}, block("run.sh", "a\n", "x\n")).files
    assert change.before == FileState(b"a\nb\n", EXECUTABLE)
    assert change.after == FileState(b"x\nb\n", EXECUTABLE)
    assert (change.kind, change.old_path) == ("edit", None)


def test_edits_of_one_file_follow_one_another(tmp_path: Path) -> None:
    reply = block("a", "1\n", "2\n3\n") + block("a", "3\nx\n", "4\n")
    assert after(planned(tmp_path, {"a": "1\nx\n"}, reply)) == {"a": b"2\n4\n"}


def test_two_edits_of_the_same_lines_are_a_conflict_that_says_so(tmp_path: Path) -> None:
    reply = block("a", "1\n", "2\n") + block("a", "1\n", "3\n")
    changes = planned(tmp_path, {"a": "1\n"}, reply)
    assert "an earlier edit of this reply changed it" in changes.conflicts[0].reason


def test_one_misfit_stops_nothing_else_from_being_shown(tmp_path: Path) -> None:
    reply = block("a", "1\n", "2\n") + block("b", "no\n", "2\n")
    changes = planned(tmp_path, {"a": "1\n", "b": "x\n"}, reply)
    assert [change.path for change in changes.files] == ["a"]
    assert [conflict.path for conflict in changes.conflicts] == ["b"]


def test_a_file_section_with_one_bad_hunk_is_not_made_at_all(tmp_path: Path) -> None:
    reply = envelope("*** Update File: a\n@@\n-1\n+2\n@@\n-no\n+x\n@@\n-nor this\n+y\n")
    changes = planned(tmp_path, {"a": "1\n"}, reply)
    assert changes.files == ()
    assert [c.reason[:11] for c in changes.conflicts] == ["hunk 2 of 3", "hunk 3 of 3"]


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (b"a\r\nb\r\n", b"x\r\ny\r\nb\r\n"),
        (b"\xef\xbb\xbfa\nb", b"\xef\xbb\xbfx\ny\nb"),
        ("a\nä\n".encode("utf-16"), "x\ny\nä\n".encode("utf-16")),
        (b"a\n\xe9t\xe9 d\xe9j\xe0\n", b"x\ny\n\xe9t\xe9 d\xe9j\xe0\n"),
        (b"a\nok \xc3\xa4\xc3\xa4\xc3\xa4 \xff\n", b"x\ny\nok \xc3\xa4\xc3\xa4\xc3\xa4 \xff\n"),
        (b"a\rb\r", b"x\ry\rb\r"),
        (b"\r\na\n\x0c\n", b"\r\nx\ny\n\x0c\n"),
    ],
)
def test_encoding_mark_and_line_ends_stay(tmp_path: Path, content: bytes, result: bytes) -> None:
    assert after(planned(tmp_path, {"a": content}, block("a", "a\n", "x\ny\n"))) == {"a": result}


def test_a_character_that_the_files_encoding_lacks_is_a_conflict(tmp_path: Path) -> None:
    changes = planned(tmp_path, {"a": b"a\n\xe9t\xe9\n"}, block("a", "a\n", "雪\n"))
    assert "cannot be written in the file's encoding" in only_conflict(changes).reason


def test_the_nearest_lines_are_shown_for_text_that_is_not_there(tmp_path: Path) -> None:
    text = "".join(f"line {i}\n" for i in range(50)) + "def total(items):\n    return sum(items)\n"
    reply = block("a.py", "def total(items):\n    return sum(item)\n", "x\n")
    detail = only_conflict(planned(tmp_path, {"a.py": text}, reply)).detail
    assert "in the file, from line 51" in detail
    assert "-    return sum(item)\n+    return sum(items)" in detail


def test_text_that_is_there_already_is_told(tmp_path: Path) -> None:
    changes = planned(tmp_path, {"a": "new\n"}, block("a", "old\n", "new\n"))
    assert "already" in only_conflict(changes).hint


def test_a_reply_that_changes_nothing_is_a_conflict_and_a_part_of_one_is_not(
    tmp_path: Path,
) -> None:
    same = block("a", "1\n", "1\n")
    assert "changes nothing" in only_conflict(planned(tmp_path, {"a": "1\n2\n"}, same)).reason
    assert after(plan(tmp_path, parse_reply(same + block("a", "2\n", "3\n")))) == {"a": b"1\n3\n"}


def test_a_reply_without_edits_plans_nothing(tmp_path: Path) -> None:
    assert plan(tmp_path, parse_reply("Nothing to do.")).is_empty


# Names


def test_a_missing_file_is_a_conflict_with_the_names_that_may_be_meant(tmp_path: Path) -> None:
    files = {"src/app/views.py": "x\n", "docs/index.md": "y\n"}
    changes = planned(tmp_path, files, block("app/views.py", "x\n", "y\n"))
    assert only_conflict(changes).hint == "is it src/app/views.py?"
    changes = planned(tmp_path, files, block("docs/indx.md", "x\n", "y\n"))
    assert only_conflict(changes).hint == "is it docs/index.md?"


def test_absolute_dotted_and_windows_names_beneath_the_root_are_understood(tmp_path: Path) -> None:
    for name in (f"{tmp_path}/src/a.py", "./src//a.py", "src\\a.py"):
        call = {"file_path": name, "old_string": "x", "new_string": "y"}
        changes = planned(tmp_path, {"src/a.py": "x\n"}, json.dumps(call))
        assert after(changes) == {"src/a.py": b"y\n"}


def test_the_prefix_of_a_diff_is_no_folder_where_there_is_none(tmp_path: Path) -> None:
    files = {"src/m.py": "x\n"}
    edit, whole = block("a/src/m.py", "x\n", "y\n"), "b/src/m.py\n```\ny\n```\n"
    new = block("a/src/new.py", "", "z\n")
    assert after(planned(tmp_path, files, edit)) == {"src/m.py": b"y\n"}
    assert after(planned(tmp_path, files, whole)) == {"src/m.py": b"y\n"}
    assert after(planned(tmp_path, files, new + edit)) == {"src/m.py": b"y\n", "src/new.py": b"z\n"}
    assert after(planned(tmp_path, files, new)) == {"a/src/new.py": b"z\n"}
    added = envelope("*** Add File: a/src/m.py\n+y\n")
    assert after(planned(tmp_path, files, added)) == {"src/m.py": b"y\n"}


def test_a_folder_of_the_name_of_a_prefix_is_meant_where_there_is_one(tmp_path: Path) -> None:
    files = {"a/other.py": "x\n", "src/m.py": "x\n"}
    edit = block("a/src/m.py", "x\n", "y\n")
    assert "does not exist" in only_conflict(planned(tmp_path, files, edit)).reason


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", ".git/config", "sub/../../a", "link/a"])
def test_names_outside_of_the_root_are_conflicts(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    write(root, {"x": "x\n"})
    (root / "link").symlink_to(tmp_path)
    for reply in (block(path, "", "x\n"), envelope(f"*** Add File: {path}\n+x\n")):
        changes = plan(root, parse_reply(reply))
        assert changes.files == ()
        assert path.split("/")[-1] in changes.conflicts[0].reason


def test_a_diff_without_prefixes_may_name_a_folder_called_a(tmp_path: Path) -> None:
    reply = "```diff\n--- a/x.py\n+++ a/x.py\n@@ @@\n-1\n+2\n```\n"
    assert after(planned(tmp_path, {"a/x.py": "1\n"}, reply)) == {"a/x.py": b"2\n"}


# Whole files


def test_files_are_created_with_their_folders_and_modes(tmp_path: Path) -> None:
    reply = (
        block("new/a.txt", "", "a\n")
        + "b.py\n```python\nb\n```\n"
        + "diff --git a/c b/c\nnew file mode 100755\n--- /dev/null\n+++ b/c\n@@ -0,0 +1 @@\n+c\n"
    )
    changes = planned(tmp_path, {}, reply)
    assert after(changes) == {"new/a.txt": b"a\n", "b.py": b"b\n", "c": b"c\n"}
    assert [c.after.mode for c in changes.files if c.after] == [REGULAR, REGULAR, EXECUTABLE]
    assert {change.kind for change in changes.files} == {"create"}


def test_creation_never_replaces_a_file_but_fills_an_empty_one(tmp_path: Path) -> None:
    files = {"a": "x\n", "empty": ""}
    assert planned(tmp_path, files, block("a", "", "y\n")).files == ()
    assert after(planned(tmp_path, files, block("empty", "", "y\n"))) == {"empty": b"y\n"}
    git = "diff --git a/a b/a\nnew file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+y\n"
    assert "exists already" in only_conflict(planned(tmp_path, files, git)).reason


def test_an_envelope_may_replace_a_file_with_separate_consent(tmp_path: Path) -> None:
    files: Files = {"a": "x\n", "b": b"1\r\n2\r\n", "binary": b"\0"}
    added = planned(tmp_path, files, envelope("*** Add File: b\n+1\n+3\n"))
    assert after(added) == {"b": b"1\r\n3\r\n"}
    moved = planned(tmp_path, files, envelope("*** Update File: a\n*** Move to: b\n@@\n-x\n+y\n"))
    assert after(moved) == {"a": None, "b": b"y\n"}
    for changes in (added, moved):
        assert [c.flags for c in changes.files if c.path == "b"] == [
            ("replaces the file that is there",)
        ]
    lost = envelope("*** Update File: a\n*** Move to: b\n*** Delete File: b\n")
    assert "was replaced earlier" in planned(tmp_path, files, lost).conflicts[0].reason
    twice = envelope("*** Update File: b\n@@\n-1\n+0\n*** Add File: b\n+3\n")
    assert "exists already" in planned(tmp_path, files, twice).conflicts[0].reason
    assert planned(tmp_path, files, envelope("*** Add File: binary\n+3\n")).files == ()
    rest = envelope("*** Add File: a\n+y\n+# ... rest of the code unchanged ...\n")
    assert "placeholder" in only_conflict(planned(tmp_path, files, rest)).reason


def test_a_rewritten_file_keeps_its_line_ends_encoding_and_last_newline(tmp_path: Path) -> None:
    reply = "a.txt\n```\none\n2\nthree\nfour\n```\n"
    changes = planned(tmp_path, {"a.txt": b"one\r\ntwo\r\nthree"}, reply)
    assert after(changes) == {"a.txt": b"one\r\n2\r\nthree\r\nfour"}
    mixed = planned(tmp_path, {"a.txt": b"one\r\ntwo\nthree\r\n"}, reply)
    assert after(mixed) == {"a.txt": b"one\r\n2\nthree\r\nfour\r\n"}


def test_json_content_says_itself_how_the_file_ends(tmp_path: Path) -> None:
    reply = '{"path": "a.txt", "content": "x"}'
    assert after(planned(tmp_path, {"a.txt": "a\n"}, reply)) == {"a.txt": b"x"}


def test_an_excerpt_or_a_block_with_placeholders_is_no_whole_file(tmp_path: Path) -> None:
    text = "".join(f"line {i}\n" for i in range(60))
    excerpt = planned(tmp_path, {"a.py": text}, "a.py\n```\nline 4\nline 5\n```\n")
    assert "does not look like all of a.py: 2 lines in place of 60" in only_conflict(excerpt).reason
    lazy = f"a.py\n```\n{text[:400]}\n# ... rest of the code ...\n```\n"
    assert "placeholder" in only_conflict(planned(tmp_path, {"a.py": text}, lazy)).reason
    empty = planned(tmp_path, {"a.py": "x\n"}, "a.py\n```\n```\n")
    assert "is empty" in only_conflict(empty).reason


def test_a_new_file_with_the_rest_left_out_is_a_conflict(tmp_path: Path) -> None:
    reply = "new.py\n```python\ndef f():\n    # ... existing code ...\n```\n"
    assert "placeholder" in only_conflict(planned(tmp_path, {}, reply)).reason


def test_a_shown_file_beside_other_edits_is_not_taken_for_a_rewrite(tmp_path: Path) -> None:
    reply = "a.py\n```python\nx = 1\n```\n" + block("b.py", "1\n", "2\n")
    changes = planned(tmp_path, {"a.py": "x = 0\n", "b.py": "1\n"}, reply)
    assert [change.path for change in changes.files] == ["b.py"]
    assert "not clear" in changes.conflicts[0].reason


def test_a_file_given_twice_and_differently_is_a_conflict(tmp_path: Path) -> None:
    for files in ({}, {"a.py": "x\n"}):
        changes = planned(tmp_path, files, "a.py\n```\n1\n```\na.py\n```\n2\n```\n")
        assert "given twice" in changes.conflicts[0].reason


def test_deletions_and_renames_are_planned(tmp_path: Path) -> None:
    files = {"gone": "x\n", "old": "a\nb\n"}
    body = "*** Delete File: gone\n*** Update File: old\n*** Move to: dir/new\n@@\n-a\n+A\n"
    changes = planned(tmp_path, files, envelope(body))
    gone, moved = changes.files
    assert (gone.path, gone.kind, gone.after) == ("gone", "delete", None)
    assert (moved.path, moved.old_path, moved.kind) == ("dir/new", "old", "rename")
    assert (moved.before, moved.after) == (FileState(b"a\nb\n"), FileState(b"A\nb\n"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("*** Delete File: none\n", "does not exist"),
        ("*** Delete File: dir\n", "is a folder"),
        ("*** Update File: none\n*** Move to: x\n", "does not exist"),
        ("*** Update File: a\n*** Move to: a\n", "exists already"),
        ("*** Update File: a\n*** Move to: dir\n", "is a folder"),
        ("*** Add File: a/c\n+x\n", "which is a file"),
    ],
)
def test_what_cannot_be_moved_or_deleted_is_a_conflict(
    tmp_path: Path, body: str, reason: str
) -> None:
    files = {"a": "a\n", "b": "b\n", "dir/c": "c\n"}
    assert reason in only_conflict(planned(tmp_path, files, envelope(body))).reason


def test_a_deletion_that_shows_other_content_is_a_conflict(tmp_path: Path) -> None:
    reply = "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n"
    assert after(planned(tmp_path, {"x": "one\n"}, reply)) == {"x": None}
    more = planned(tmp_path, {"x": "one\ntwo\n"}, reply)
    assert "holds more than the patch deletes" in only_conflict(more).reason
    assert planned(tmp_path, {"x": "two\n"}, reply).files == ()


def test_an_edit_after_a_deletion_or_rename_of_its_file_is_a_conflict(tmp_path: Path) -> None:
    reply = envelope("*** Update File: a\n*** Move to: b\n*** Update File: a\n@@\n-x\n+y\n")
    changes = planned(tmp_path, {"a": "x\n"}, reply)
    assert "renamed earlier in this reply" in changes.conflicts[0].reason


def test_a_name_that_becomes_free_may_be_taken(tmp_path: Path) -> None:
    files = {"a": "A\n", "b": "B\n"}
    swap = (
        "diff --git a/a b/b\nrename from a\nrename to b\n"
        "diff --git a/b b/a\nrename from b\nrename to a\n"
    )
    assert after(planned(tmp_path, files, swap)) == {"a": b"B\n", "b": b"A\n"}
    late = envelope("*** Update File: a\n*** Move to: b\n*** Delete File: b\n")
    assert "was replaced earlier" in planned(tmp_path, files, late).conflicts[0].reason
    replace = envelope("*** Delete File: b\n*** Update File: a\n*** Move to: b\n")
    assert after(planned(tmp_path, files, replace)) == {"a": None, "b": b"A\n"}
    chain = envelope(
        "*** Update File: a\n*** Move to: c\n*** Update File: c\n*** Move to: d\n@@\n-A\n+C\n"
    )
    (change,) = planned(tmp_path, files, chain).files
    assert (change.old_path, change.path) == ("a", "d")


def test_a_new_file_below_a_new_link_is_a_conflict(tmp_path: Path) -> None:
    new = (
        "diff --git a/{0} b/{0}\nnew file mode {1}\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+..\n"
    )
    reply = new.format("out", "120000") + new.format("out/x", "100644")
    changes = planned(tmp_path, {}, reply)
    assert [change.path for change in changes.files] == ["out"]
    assert "needs the folder out, which is a file" in changes.conflicts[0].reason


# Not text


def test_binary_files_and_links_are_not_edited_as_text(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("a")
    for path in ("blob", "link"):
        changes = planned(tmp_path, {"blob": b"a\n\0", "a": "a\n"}, block(path, "a\n", "b\n"))
        assert changes.files == ()


def test_a_mode_alone_can_change_and_a_risky_path_is_flagged(tmp_path: Path) -> None:
    reply = "diff --git a/.envrc b/.envrc\nold mode 100644\nnew mode 100755\n"
    (change,) = planned(tmp_path, {".envrc": "x\n"}, reply).files
    assert (change.kind, change.after) == ("mode", FileState(b"x\n", EXECUTABLE))
    assert change.flags


def test_secrets_are_put_back_into_search_and_replacement(tmp_path: Path) -> None:
    write(tmp_path, {"a": "key = 'hunter2'\n"})
    seen = []

    def restore(path: str, text: str, file_text: str) -> str:
        seen.append((path, file_text))
        return text.replace("[SECRET]", "hunter2")

    reply = parse_reply(block("a", "key = '[SECRET]'\n", "key = '[SECRET]'  # old\n"))
    assert after(plan(tmp_path, reply, restore)) == {"a": b"key = 'hunter2'  # old\n"}
    assert set(seen) == {("a", "key = 'hunter2'\n")}


def test_too_many_conflicts_are_counted_instead_of_told(tmp_path: Path) -> None:
    changes = plan(tmp_path, parse_reply(">>>>>>> REPLACE\n" * 500))
    assert len(changes.conflicts) == 101
    assert changes.conflicts[-1].reason == "and 400 more conflicts"


# Laws

CONTENTS = st.sampled_from(
    [
        b"",
        b"a\nb\nc\n",
        b"a\nB\nc\n",
        b"a\r\nb\r\n",
        b"no end",
        b"a\nb\nc\nd\ne\nf\ng\n",
        b"\0\1\2",
        b"\0" * 99,
    ]
)
NAMES = st.sampled_from(["a", "dir/b", "with space", 'q"t', "\u00e4", "deep/er/c"])


@given(st.dictionaries(NAMES, CONTENTS), st.dictionaries(NAMES, CONTENTS), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_plan_of_a_patch_that_git_made_gives_what_git_saw(
    tmp_path_factory: pytest.TempPathFactory,
    old: dict[str, bytes],
    new: dict[str, bytes],
    finds_copies: bool,
) -> None:
    root = tmp_path_factory.mktemp("git")

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True).stdout

    git("init", "-q")
    trees: list[str] = []
    for files in (new, old):
        for path in new:
            (root / path).unlink(missing_ok=True)
        write(root, files)
        git("add", "-A")
        trees.insert(0, git("write-tree").decode().strip())
    options = ["-C", "--find-copies-harder"] if finds_copies else ["--no-renames"]
    patch = os.fsdecode(git("diff", "--binary", *options, *trees))
    made = {**old} | after(plan(root, parse_reply(patch)))
    assert {path: content for path, content in made.items() if content is not None} == new


LINES = st.lists(st.sampled_from(["a", "b", "c", "", "  d"]), min_size=1, max_size=10)


def git_diff(old: bytes, new: bytes, body: str) -> str:
    ids = f"{blob_id(old)[:9]}..{blob_id(new)[:9]}"
    return f"diff --git a/m.py b/m.py\nindex {ids} 100644\n--- a/m.py\n+++ b/m.py\n{body}"


def test_a_diff_of_this_very_file_must_give_the_file_that_it_names(tmp_path: Path) -> None:
    old, new = b"a\nb\n", b"a\nbeta\n"
    diff = git_diff(old, new, "@@ -1,2 +1,2 @@\n a\n-b\n+beta\n")
    assert after(planned(tmp_path, {"m.py": old}, diff)) == {"m.py": new}
    cut = planned(tmp_path, {"m.py": old}, diff[:-3] + "\n")
    assert "does not give the file" in only_conflict(cut).reason
    drifted = planned(tmp_path, {"m.py": b"0\na\nb\n"}, diff)
    assert after(drifted) == {"m.py": b"0\na\nbeta\n"}


def test_a_placeholder_in_a_diff_is_code_only_if_git_wrote_it(tmp_path: Path) -> None:
    old, rest = b"a\nb\n", "# ... rest of the code unchanged ..."
    body = f"@@ -1,2 +1,2 @@\n a\n-b\n+{rest}\n"
    new = f"a\n{rest}\n".encode()
    made_up = git_diff(b"other", b"thing", body)
    assert "placeholder" in only_conflict(planned(tmp_path, {"m.py": old}, made_up)).reason
    assert after(planned(tmp_path, {"m.py": old}, git_diff(old, new, body))) == {"m.py": new}


@given(
    LINES, st.integers(0, 9), st.integers(1, 4), st.lists(st.sampled_from(["x", "y"]), max_size=3)
)
@settings(max_examples=60, deadline=None)
def test_every_format_makes_the_same_change_or_none(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    start: int,
    size: int,
    new: list[str],
) -> None:
    root = tmp_path_factory.mktemp("same")
    write(root, {"f.py": "".join(line + "\n" for line in lines)})
    old = lines[start : start + size]
    text, replacement = ("".join(line + "\n" for line in part) for part in (old, new))
    signed = "".join(f"-{line}\n" for line in old) + "".join(f"+{line}\n" for line in new)
    call = {"path": "f.py", "old_string": text, "new_string": replacement}
    replies = [
        block("f.py", text, replacement),
        envelope(f"*** Update File: f.py\n@@\n{signed}"),
        f"```diff\n--- a/f.py\n+++ b/f.py\n@@ ... @@\n{signed}```\n",
        json.dumps(call),
    ]
    wanted = "".join(line + "\n" for line in lines[:start] + new + lines[start + size :]).encode()
    for reply in replies:
        changes = plan(root, parse_reply(reply))
        if any(line.strip() for line in old) and not changes.conflicts:
            assert after(changes) == {"f.py": wanted}


def test_a_link_is_deleted_and_made_as_a_link(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("target")
    gone = "diff --git a/l b/l\ndeleted file mode 120000\n"
    (change,) = planned(tmp_path, {}, gone).files
    assert change.before == FileState(b"target", SYMLINK)
    moved = (
        "diff --git a/l b/l\nindex 0123456..89abcde 120000\n--- a/l\n+++ b/l\n@@ -1 +1 @@\n"
        "-target\n\\ No newline at end of file\n+other\n\\ No newline at end of file\n"
    )
    (change,) = planned(tmp_path, {}, moved).files
    assert change.after == FileState(b"other", SYMLINK)


def test_a_diff_of_this_very_file_that_does_not_fit_says_which_hunk(tmp_path: Path) -> None:
    write(tmp_path, {"a": "1\n2\n3\n"})
    git = ["git", "hash-object", str(tmp_path / "a")]
    blob = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    hunks = "@@ -1 +1 @@\n-1\n+one\n@@ -2 +2 @@\n-9\n+nine\n@@ -2 +2 @@\n-9\n+nine\n"
    reply = f"diff --git a/a b/a\nindex {blob}..89abcde 100644\n--- a/a\n+++ b/a\n{hunks}"
    changes = plan(tmp_path, parse_reply(reply))
    assert [conflict.hunk for conflict in changes.conflicts] == [2, 3]
    assert changes.files == ()


def test_a_series_of_patches_is_checked_one_after_the_other(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    write(tmp_path, {"a": "1\n2\n3\n"})
    git("add", "a")
    git("commit", "-qm", "one")
    for text in ("1\n# ... rest of the code ...\n3\n", "4\n# ... rest of the code ...\n3\n"):
        write(tmp_path, {"a": text})
        git("commit", "-qam", "next")
    series = git("format-patch", "--stdout", "HEAD~2")
    write(tmp_path, {"a": "1\n2\n3\n"})
    assert after(plan(tmp_path, parse_reply(series))) == {"a": text.encode()}
