"""The *** Begin Patch envelope, strict and as models write it."""

from __future__ import annotations

import pytest

from repoctx.patches.edits import FileEdit, Replacement
from repoctx.patches.reply import parse_reply


def edits(body: str) -> tuple[FileEdit, ...]:
    reply = parse_reply(f"*** Begin Patch\n{body}*** End Patch\n")
    assert reply.problems == ()
    return reply.edits


def test_every_kind_of_section_is_read() -> None:
    add, update, move, delete = edits(
        "*** Add File: a.txt\n+one\n+\n+two\n"
        "*** Update File: b.txt\n@@\n-old\n+new\n"
        "*** Update File: c.txt\n*** Move to: d.txt\n"
        "*** Delete File: e.txt\n"
    )
    assert (add.action, add.path, add.content) == ("create", "a.txt", "one\n\ntwo\n")
    assert (update.action, update.path) == ("edit", "b.txt")
    assert update.replacements == (Replacement("old\n", "new\n", kept=(None,)),)
    assert (move.action, move.path, move.new_path) == ("rename", "c.txt", "d.txt")
    assert (delete.action, delete.path) == ("delete", "e.txt")


def test_stacked_anchors_belong_to_the_chunk_below() -> None:
    (edit,) = edits(
        "*** Update File: a.py\n@@ class A:\n@@     def f(self):\n-        1\n+        2\n"
        "\n@@ class B:\n-    3\n+    4\n"
    )
    first, second = edit.replacements
    assert first.anchors == ("class A:", "    def f(self):")
    assert second.anchors == ("class B:",)
    assert second.search == "    3\n"


def test_the_first_anchor_may_be_missing_and_empty_lines_are_context() -> None:
    (edit,) = edits("*** Update File: a.py\n one\n\n-two\n+2\n")
    assert edit.replacements == (Replacement("one\n\ntwo\n", "one\n\n2\n", kept=(0, 1, None)),)


def test_end_of_file_and_line_numbers_are_hints() -> None:
    (edit,) = edits("*** Update File: a.py\n@@ -7,2 +7,2 @@\n-a\n+b\n@@\n-z\n+y\n*** End of File\n")
    assert edit.replacements[0].line == 7
    assert edit.replacements[0].anchors == ()
    assert edit.replacements[1].at_end


def test_an_insertion_without_context_goes_to_the_end() -> None:
    (edit,) = edits("*** Update File: a.py\n@@\n+last\n")
    assert edit.replacements == (Replacement("", "last\n", at_end=True, kept=(None,)),)


def test_a_line_of_the_file_that_reads_like_the_patchs_own_is_context() -> None:
    lines = ("*** End Patch", "*** End of File", "*** Update File: b", "```", "@@ x")
    for line in lines:
        body = f"*** Begin Patch\n*** Update File: a.md\n@@\n {line}\n-x\n+y\n*** End Patch\n"
        for frame in ("{}", "```\n{}```\n", "```diff\n{}```\n"):
            reply = parse_reply(frame.format(body))
            assert reply.problems == ()
            assert [edit.replacements[0].search for edit in reply.edits] == [f"{line}\nx\n"]


def test_a_sections_first_line_may_be_indented_where_no_line_of_a_file_can_be_meant() -> None:
    add, delete = edits(" *** Add File: a\n+x\n *** Delete File: b\n")
    assert (add.path, delete.path) == ("a", "b")


@pytest.mark.parametrize(
    "frame",
    [
        "apply_patch <<'EOF'\n{}EOF\n",
        "```\n{}```\n",
        '```bash\napply_patch <<"EOF"\n{}EOF\n```\n',
        "<<EOF\n{}EOF\n",
    ],
)
def test_what_stands_around_the_envelope_does_not_matter(frame: str) -> None:
    patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n"
    assert [edit.path for edit in parse_reply(frame.format(patch)).edits] == ["a"]


def test_a_shells_words_around_an_envelope_stay_in_their_code_block() -> None:
    patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n"
    shell = "```bash\napply_patch <<'EOF'\n{}EOF\n```\n"
    assert parse_reply(shell.format(patch)).prose == shell.format("")


def test_a_code_block_ends_an_envelope_that_has_no_end_marker() -> None:
    reply = parse_reply("```\n*** Begin Patch\n*** Delete File: a\n```\nThat is all.\n")
    assert [edit.action for edit in reply.edits] == ["delete"]
    assert reply.prose == "That is all.\n"


def test_the_begin_marker_may_be_missing() -> None:
    reply = parse_reply("*** Delete File: a\n*** End Patch\n")
    assert [edit.path for edit in reply.edits] == ["a"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "is empty"),
        ("*** Frobnicate File: a\n", "not part of a patch"),
        ("*** Add File: a\n+x\ny\n", "does not begin with +"),
        ("*** Update File: a\n", "changes nothing"),
        ("*** Update File: a\n@@\n-a\n+b\n*** Rename to: c\n", "not expected"),
        ("*** Delete File: a\n-x\n", "not expected"),
        ("*** Add File: \n+x\n", "names no file"),
    ],
)
def test_a_malformed_section_is_a_problem(body: str, reason: str) -> None:
    reply = parse_reply(f"*** Begin Patch\n{body}*** End Patch\n")
    assert reply.edits == ()
    assert reason in reply.problems[0].reason


def test_a_reply_that_ends_within_the_envelope_gives_no_edit_at_all() -> None:
    reply = parse_reply("*** Begin Patch\n*** Delete File: a\n*** Update File: b\n@@\n-x\n+")
    assert reply.edits == ()
    assert "ends within this edit" in reply.problems[0].reason
