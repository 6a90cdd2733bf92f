"""Whole files in named code blocks, and code blocks that are none."""

from __future__ import annotations

import pytest

from repoctx.patches.reply import parse_reply


@pytest.mark.parametrize(
    "opening",
    [
        "src/a.py\n```python\n",
        "src/a.py\n```\n",
        "**src/a.py**\n\n```python\n",
        "### `src/a.py`\n````\n",
        "src/a.py:\n~~~python\n",
        "```python src/a.py\n",
        "```python:src/a.py\n",
        "```src/a.py\n",
    ],
)
def test_a_named_code_block_is_the_file(opening: str) -> None:
    fence = next(mark for mark in ("````", "```", "~~~") if mark in opening)
    reply = parse_reply(f"Here it is.\n\n{opening}one\n\n  two\n{fence}\nDone.\n")
    (edit,) = reply.edits
    assert (edit.path, edit.action, edit.content) == ("src/a.py", "write", "one\n\n  two\n")
    assert reply.prose == "Here it is.\n\nDone.\n"


@pytest.mark.parametrize("name", ["CHANGES", "Dockerfile.windows", "makefile", "docs/LICENSE"])
def test_files_without_a_known_ending_are_known_by_their_names(name: str) -> None:
    assert [edit.path for edit in parse_reply(f"{name}\n```\nx\n```\n").edits] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "## Changes\n\n```python\nx = 1\n```\n",
        "**Version**:\n```\n1.0\n```\n",
        "Run it:\n\n```bash\npython a.py\n```\n",
        "For example:\n```python\nprint(1)\n```\n",
        "Look at `src/a.py` again:\n\n```python\nprint(1)\n```\n",
        "src/a.py\n```bash\npython src/a.py\n```\n",
        "`os.path`:\n```python\nos.path.join\n```\n",
        "src/a.py\n\n\nAnd now for something else.\n\n```python\nx = 1\n```\n",
        "```12:20:src/a.py\nx = 1\n```\n",
        "`src/a.py:12`:\n\n```python\nx = 1\n```\n",
        "src/a.py:12-14\n```python\nx = 1\n```\n",
        '```json\n{"name": "x"}\n```\n',
        "```dockerfile\nFROM x\n```\n",
        "```python\nsrc/a.py\n```\n\n```python\nx = 1\n```\n",
    ],
)
def test_other_code_blocks_are_prose(text: str) -> None:
    reply = parse_reply(text)
    assert (reply.edits, reply.problems, reply.prose) == ((), (), text)


def test_a_block_that_is_not_closed_is_a_problem() -> None:
    reply = parse_reply("a.py\n```python\nx = 1\n")
    assert reply.edits == ()
    assert "ends within this edit" in reply.problems[0].reason


def test_code_blocks_inside_the_file_are_content() -> None:
    inner = "Use it:\n```python\nx\n```\nEnd.\n"
    for fence in ("```", "````"):
        reply = parse_reply(f"notes.py\n{fence}\n{inner}{fence}\n")
        assert [edit.content for edit in reply.edits] == [inner]


def test_a_markdown_file_that_may_be_cut_at_its_own_fence_is_a_problem() -> None:
    reply = parse_reply("README.md\n```\nRun\n```\nls\n```\nand wait.\n```\n")
    assert "may have been cut" in reply.problems[0].reason
    safe = parse_reply("README.md\n````\nRun\n```\nls\n```\nand wait.\n````\n")
    assert safe.edits[0].content == "Run\n```\nls\n```\nand wait.\n"
    assert safe.problems == ()


def test_an_edit_in_a_named_code_block_is_read_as_the_edit() -> None:
    reply = parse_reply("a.py\n```\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n```\n")
    assert [edit.format for edit in reply.edits] == ["search_replace"]
    reply = parse_reply("a.py\n```\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-1\n+2\n```\n")
    assert [edit.format for edit in reply.edits] == ["unified_diff"]
