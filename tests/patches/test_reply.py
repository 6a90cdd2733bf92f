"""A reply is read the same whatever the chunks, and nothing but whole edits comes out of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from repoctx.patches import formats
from repoctx.patches.edits import FileEdit
from repoctx.patches.reply import ReplyParser, parse_reply

SAMPLES = {
    "search_replace": (
        "Two changes.\n\nsrc/a.py\n```python\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n"
        "```\n\nAnd:\n\n```python\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n```\nDone.\n"
    ),
    "patch_envelope": (
        "```\n*** Begin Patch\n*** Add File: n.txt\n+one\n*** Update File: a.py\n@@ class A:\n"
        " x\n-y\n+z\n\n@@\n-k\n+l\n*** End of File\n*** End Patch\n```\nDone.\n"
    ),
    "unified_diff": (
        "diff --git a/a.py b/a.py\nindex 0123456..89abcde 100644\n--- a/a.py\n+++ b/a.py\n"
        "@@ -1,2 +1,2 @@ def f():\n a\n-b\n+c\n\nand\n```diff\n--- x\n+++ x\n@@ ... @@\n-1\n+2\n"
        "```\n"
    ),
    "whole_file": "a.py\n````python\nx = 1\n```\ny\n```\n````\n\nRun:\n```bash\npython a.py\n```\n",
    "json_edits": (
        'So:\n```json\n[{"file_path": "a.py", "old_string": "x", "new_string": "y"},\n'
        ' {"path": "b.py", "content": "z\\n"}]\n```\n{"name": "no edit"}\n'
    ),
    "mistakes": (
        "a.py\n<<<<<<< SEARCH\na\n=======\n<<<<<<< SEARCH\nb\n>>>>>>> REPLACE\n*** Begin Patch\n"
        '*** Foo: a\n*** End Patch\n>>>>>>> REPLACE\n--- x\nno diff\n{"old_string": 1,\n'
    ),
}

PIECES = [line + "\n" for text in SAMPLES.values() for line in text.splitlines()]


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map("".join),
    st.lists(st.integers(0, 40), max_size=60),
)
@settings(max_examples=300)
@example(SAMPLES["mistakes"], [1] * 60)
def test_any_chunking_gives_the_same_reply(text: str, sizes: list[int]) -> None:
    parser, fed, at = ReplyParser(), [], 0
    for size in sizes:
        fed += parser.feed(text[at : at + size])
        at += size
    fed += parser.feed(text[at:])
    reply = parser.finish()
    assert reply == parse_reply(text)
    assert tuple(fed) == reply.edits[: len(fed)]
    assert len(reply.edits) - len(fed) <= text.count("\n") + 1


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "mistakes"])
def test_every_cut_in_the_middle_of_an_edit_is_a_problem_and_never_half_an_edit(name: str) -> None:
    text = SAMPLES[name]
    whole = parse_reply(text)
    assert whole.problems == ()
    for end in range(len(text)):
        cut = parse_reply(text[:end])
        assert all(_is_whole(edit, whole.edits) for edit in cut.edits), text[:end]


def _is_whole(edit: FileEdit, whole: tuple[FileEdit, ...]) -> bool:
    """A diff outside a code block may end with the reply: its last line cannot be known."""
    if edit in whole:
        return True
    (same_line,) = (known for known in whole if known.line == edit.line)
    known, seen = same_line.replacements[0], edit.replacements[0]
    return known.search == seen.search and known.replace.startswith(seen.replace.rstrip("\n"))


def test_feed_returns_an_edit_as_soon_as_its_block_ends() -> None:
    parser = ReplyParser()
    assert parser.feed("a.py\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPL") == []
    assert [edit.path for edit in parser.feed("ACE\nmore")] == ["a.py"]


def test_prose_is_kept_without_the_edits_and_their_frames() -> None:
    assert parse_reply(SAMPLES["search_replace"]).prose == "Two changes.\n\n\nAnd:\n\nDone.\n"


@pytest.mark.parametrize("name", formats.NAMES)
def test_the_example_in_each_formats_instructions_is_read_in_that_format(name: str) -> None:
    reply = parse_reply(formats.instructions(name))
    assert reply.problems == ()
    assert reply.edits[0].format == name
    assert reply.edits[0].path == "src/new.py" if name == "patch_envelope" else "src/greeting.py"


def test_a_code_block_quoted_in_a_longer_one_is_an_example() -> None:
    block = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    text = f"I would write:\n\n````markdown\na.py\n```python\n{block}```\n````\n"
    reply = parse_reply(text)
    assert (reply.edits, reply.problems, reply.prose) == ((), (), text)


def test_a_draft_in_the_models_thoughts_is_no_edit() -> None:
    block = "a.py\n<<<<<<< SEARCH\na\n=======\n{}\n>>>>>>> REPLACE\n"
    reply = parse_reply(f"<think>\n{block.format('draft')}</think>\n{block.format('final')}")
    assert [edit.replacements[0].replace for edit in reply.edits] == ["final\n"]


def test_a_code_block_that_was_never_closed_does_not_hide_the_next() -> None:
    reply = parse_reply("```bash\nls\n\na.py\n```python\nx = 1\n```\n")
    assert [edit.path for edit in reply.edits] in (["a.py"], [])
    reply = parse_reply("```bash\nls\n\n```python a.py\nx = 1\n```\n")
    assert [edit.path for edit in reply.edits] == ["a.py"]


MANY = 40_000
"""Too many for anything that looks at all of them for each of them."""


@pytest.mark.parametrize(
    "text",
    [
        "~" * MANY + "`\n",
        "`" * MANY + "x`\n",
        '{"' + '\\"' * MANY + "\n",
        "--- a" + " " * MANY + "b\n+++ c\n",
        "a.py\n```\n" + "\n" * MANY + "```\n",
        "```diff\ndiff --git a/x b/x\n"
        + "\n" * MANY
        + "@@\n"
        + ">>>>>>> REPLACE\n" * MANY
        + "```\n",
        "x\n<<<<<<< SEARCH\n:start_line:1\n"
        + ":end_line:1\n" * MANY
        + "=======\n>>>>>>> REPLACE\n",
        "<<<<<<< SEARCH\n" * MANY,
        "@@\n" * MANY,
        "```\n" * MANY,
        "[" * MANY,
        "[\n" * MANY,
        "diff --git a/x b/x\n" * MANY,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_a_reply_of_nothing_but_repetition_is_read_like_any_other(text: str) -> None:
    reply = parse_reply(text)
    assert reply.edits or reply.problems or reply.prose


@given(st.text(alphabet='`~<>=+-@*{}[]"\\ \nab:', max_size=200))
@settings(max_examples=300)
def test_no_text_makes_the_parser_fail(text: str) -> None:
    parse_reply(text, "a.py")


@pytest.mark.parametrize(
    "begun", ["json\n{", 'json\n{"file', "diff\n", "diff\n--- ", "python\n<<<"]
)
def test_a_reply_that_ends_in_the_first_lines_of_the_next_edit_was_cut(begun: str) -> None:
    edit = '```json\n{"path": "a.py", "old_string": "a", "new_string": "b"}\n```\n'
    reply = parse_reply(f"{edit}\n```{begun}")
    assert len(reply.edits) == 1
    assert "the reply ends" in reply.problems[0].reason
    assert parse_reply(f"{edit}b.py\n``").problems != ()
    assert parse_reply(f"```{begun}").problems == ()
    assert parse_reply(f"{edit}\n```{begun}\n```\n").problems == ()
