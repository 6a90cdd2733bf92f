"""SEARCH/REPLACE blocks as aider, Cline and Roo teach them, and as models mistype them."""

from __future__ import annotations

import pytest

from repoctx.patches.edits import FileEdit, Replacement
from repoctx.patches.reply import parse_reply


def only_edit(reply: str, path_hint: str = "") -> FileEdit:
    parsed = parse_reply(reply, path_hint)
    assert parsed.problems == ()
    (edit,) = parsed.edits
    return edit


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def test_a_block_says_file_search_and_replace() -> None:
    edit = only_edit(f"src/a.py\n```python\n{block('old', 'new')}```\n")
    assert (edit.path, edit.action, edit.format, edit.line) == (
        "src/a.py",
        "edit",
        "search_replace",
        3,
    )
    assert edit.replacements == (Replacement("old\n", "new\n"),)


@pytest.mark.parametrize(
    "above",
    [
        "a.py\n",
        "**a.py**\n",
        "`a.py`:\n",
        "### a.py\n",
        "File: a.py\n",
        "**`a.py`** (new file)\n\n",
        "a.py\n```python\n",
        "a.py\n\n```python\n",
        "```python\na.py\n",
        "```python a.py\n",
        "```python:a.py\n",
        '```python title="a.py"\n',
        "a.py\n<source>python\n",
        "```\na.py\n```\n```python\n",
        "Now change `a.py` as well:\n",
        "Now change a.py, please.\n\n",
        "<replace_in_file>\n<path>a.py</path>\n<diff>\n",
        "<file>\n<path>a.py</path>\n<diff>\n<content><![CDATA[\n",
    ],
)
def test_the_file_is_named_near_the_block(above: str) -> None:
    assert only_edit(above + block("old", "new")).path == "a.py"


def test_a_block_without_a_name_is_for_the_file_of_the_one_before() -> None:
    reply = f"a.py\n{block('1', '2')}\nAnd then:\n\n{block('3', '4')}"
    assert [edit.path for edit in parse_reply(reply).edits] == ["a.py", "a.py"]


def test_a_heading_above_an_explanation_names_the_file() -> None:
    reply = f"## `b.py`\n\nThe loop ends early.\n\n```\n{block('1', '2')}```\n"
    assert only_edit(reply).path == "b.py"


def test_without_any_name_the_callers_hint_counts_and_without_that_it_is_a_problem() -> None:
    assert only_edit(block("1", "2"), path_hint="hint.py").path == "hint.py"
    reply = parse_reply(block("1", "2"))
    assert reply.edits == ()
    assert "names no file" in reply.problems[0].reason


def test_a_name_in_a_sentence_that_contradicts_the_last_file_is_a_problem() -> None:
    reply = f"a.py\n{block('1', '2')}\nThe same as in `b.py`:\n{block('3', '4')}"
    parsed = parse_reply(reply)
    assert [edit.path for edit in parsed.edits] == ["a.py"]
    assert "not clear whether the edit is for b.py or for a.py" in parsed.problems[0].reason


@pytest.mark.parametrize(
    ("head", "divider", "tail"),
    [
        ("<<<<< SEARCH", "=====", ">>>>> REPLACE"),
        ("<<<<<<<<< SEARCH", "=======", ">>>>>>>>> REPLACE"),
        ("<<<<<<< SEARCH>", "=======", ">>>>>>> REPLACE>"),
        ("<<<<<<< SEARCH  ", "=======  ", ">>>>>>> REPLACE  "),
        ("------- SEARCH", "=======", "+++++++ REPLACE"),
        ("----- SEARCH", "=====", "+++++ REPLACE"),
        ("<<<<<<< SEARCH\r", "=======\r", ">>>>>>> REPLACE\r"),
    ],
)
def test_markers_of_other_lengths_and_tools_are_read(head: str, divider: str, tail: str) -> None:
    edit = only_edit(f"a.py\n{head}\nold\n{divider}\nnew\n{tail}\n")
    assert edit.replacements == (Replacement("old\n", "new\n"),)


def test_a_title_underlined_with_equals_signs_is_not_the_divider() -> None:
    reply = "a.rst\n<<<<<<< SEARCH\nTitle\n=====\n=======\nThe Title\n=========\n>>>>>>> REPLACE\n"
    assert only_edit(reply).replacements == (
        Replacement("Title\n=====\n", "The Title\n=========\n"),
    )


def test_roos_line_numbers_become_a_hint() -> None:
    reply = "a.py\n<<<<<<< SEARCH\n:start_line:12\n-------\nold\n=======\nnew\n>>>>>>> REPLACE\n"
    assert only_edit(reply).replacements == (Replacement("old\n", "new\n", line=12),)


def test_numbers_before_every_line_are_taken_off() -> None:
    search = " 9 | a\n10 | \n11 |   b"
    edit = only_edit("a.py\n" + block(search, "a"))
    assert edit.replacements == (Replacement("a\n\n  b\n", "a\n", line=9),)


def test_numbers_that_do_not_follow_one_another_are_text() -> None:
    edit = only_edit("a.py\n" + block("9 | a\n9 | b", "x"))
    assert edit.replacements[0].search == "9 | a\n9 | b\n"


@pytest.mark.parametrize(
    "marker",
    [
        "=======",
        "<<<<<<< SEARCH",
        ">>>>>>> REPLACE",
        "-------",
        "+++++++ REPLACE",
        ":start_line:5",
        "=======  ",
        "\\=======",
    ],
)
def test_an_escaped_marker_is_text(marker: str) -> None:
    edit = only_edit("a.md\n" + block(f"\\{marker}", f"\\{marker}\nx"))
    assert edit.replacements == (Replacement(f"{marker}\n", f"{marker}\nx\n"),)


def test_a_second_divider_at_the_code_blocks_end_stands_for_replace() -> None:
    edit = only_edit("a.py\n```\n<<<<<<< SEARCH\na\n=======\nb\n=======\n```\nDone.\n")
    assert edit.replacements == (Replacement("a\n", "b\n"),)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", "no ======= line"),
        ("<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n>>>>>>> REPLACE\n", "more than one ======="),
        ("<<<<<<< SEARCH\na\n=======\nb\n", "ends within this edit"),
        ("<<<<<<< SEARCH\na\n", "ends within this edit"),
        ("a\n=======\nb\n>>>>>>> REPLACE\n", "without a SEARCH marker"),
        ("<<<<<<< SEARCH>>\na\n=======\nb\n>>>>>>> REPLACE\n", "no SEARCH marker"),
        ("<<<<<<< SEARCH a.py\na\n=======\nb\n>>>>>>> REPLACE\n", "no SEARCH marker"),
        ("<<<<<<< SEARCH\na\n=======\n:start_line:3\nb\n>>>>>>> REPLACE\n", "line number"),
    ],
)
def test_a_malformed_block_is_a_problem_and_no_edit(reply: str, reason: str) -> None:
    parsed = parse_reply("a.py\n" + reply)
    assert parsed.edits == ()
    assert reason in parsed.problems[0].reason


def test_a_block_without_an_end_does_not_hide_the_next_one() -> None:
    reply = "a.py\n<<<<<<< SEARCH\na\n=======\nb\n```\n\na.py\n```\n" + block("1", "2")
    parsed = parse_reply(reply)
    assert "no REPLACE line" in parsed.problems[0].reason
    assert [edit.replacements[0].search for edit in parsed.edits] == ["1\n"]


def test_fences_inside_a_block_are_text() -> None:
    edit = only_edit("README.md\n```\n" + block("```bash\nls\n```", "~~~\nls\n~~~") + "```\n")
    assert edit.replacements[0].search == "```bash\nls\n```\n"


def test_a_block_in_a_list_item_is_read_without_the_items_indentation() -> None:
    reply = "1. a.py\n\n   ```python\n" + "".join(
        f"   {line}\n" for line in block("if x:\n    y", "z").splitlines()
    )
    parsed = parse_reply(reply, "a.py")
    assert parsed.edits[0].replacements == (Replacement("if x:\n    y\n", "z\n"),)


def test_quoted_blocks_are_prose() -> None:
    quoted = "".join(f"> {line}\n" for line in block("a", "b").splitlines())
    assert parse_reply(f"a.py\n{quoted}").edits == ()
