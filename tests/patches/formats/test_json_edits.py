"""Tool calls written as JSON in the spellings of several tools."""

from __future__ import annotations

import json
from typing import Any

import pytest

from repoctx.patches.edits import Replacement
from repoctx.patches.reply import parse_reply


@pytest.mark.parametrize(
    "call",
    [
        {"file_path": "a.py", "old_string": "x", "new_string": "y"},
        {"filePath": "a.py", "oldString": "x", "newString": "y"},
        {"path": "a.py", "old_str": "x", "new_str": "y", "command": "str_replace"},
        {"name": "Edit", "input": {"file_path": "a.py", "old_string": "x", "new_string": "y"}},
        {"file_path": "a.py", "edits": [{"old_string": "x", "new_string": "y"}]},
        [{"file_path": "a.py", "old_string": "x", "new_string": "y"}],
        {
            "type": "function",
            "function": {
                "name": "edit",
                "arguments": json.dumps(
                    {"file_path": "a.py", "old_string": "x", "new_string": "y"}
                ),
            },
        },
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("frame", ["{}\n", "```json\n{}\n```\n", "<tool_call>\n{}\n</tool_call>\n"])
def test_every_spelling_of_a_replacement_is_read(call: Any, indent: int | None, frame: str) -> None:
    reply = parse_reply(f"I change it.\n{frame.format(json.dumps(call, indent=indent))}")
    assert reply.problems == ()
    (edit,) = reply.edits
    assert (edit.path, edit.action, edit.format) == ("a.py", "edit", "json_edits")
    assert edit.replacements == (Replacement("x", "y", inline=True),)


def test_replace_all_and_several_edits_are_kept_in_order() -> None:
    call = {
        "file_path": "a.py",
        "edits": [
            {"old_string": "x", "new_string": "y", "replace_all": True},
            {"old_string": "1", "new_string": "2"},
        ],
    }
    first, second = parse_reply(json.dumps(call)).edits
    assert first.replacements[0].every
    assert not second.replacements[0].every


def test_path_and_content_write_a_file() -> None:
    (edit,) = parse_reply('{"path": "a.py", "content": "x\\n"}').edits
    assert (edit.action, edit.content) == ("write", "x\n")


def test_files_are_deleted_and_renamed() -> None:
    reply = parse_reply(
        '```json\n[{"file_path": "a.py", "delete": true},\n'
        ' {"file_path": "b.py", "rename_to": "c.py", "delete": false}]\n```\n'
    )
    assert reply.problems == ()
    assert [(e.path, e.action, e.new_path) for e in reply.edits] == [
        ("a.py", "delete", ""),
        ("b.py", "rename", "c.py"),
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"delete": "yes"},
        {"delete": 1},
        {"delete": 1, "rename_to": "b.py"},
        {"delete": True, "rename_to": "b.py"},
        {"delete": True, "content": "x"},
        {"rename_to": ""},
        {"rename_to": ["b.py"]},
        {"rename_to": "b.py", "old_string": "x", "new_string": "y"},
    ],
)
def test_a_deletion_or_renaming_that_is_not_clear_is_a_problem(more: dict[str, Any]) -> None:
    reply = parse_reply(json.dumps({"file_path": "a.py", **more}))
    assert reply.edits == ()
    assert [problem.path for problem in reply.problems] == ["a.py"]


def test_an_edit_may_say_that_it_deletes_nothing() -> None:
    call = {"file_path": "a.py", "old_string": "x", "new_string": "y", "delete": False}
    (edit,) = parse_reply(json.dumps(call)).edits
    assert edit.action == "edit"


def test_a_patch_in_a_tool_call_is_read_as_a_patch() -> None:
    patch = "*** Begin Patch\n*** Delete File: a\n*** End Patch"
    shell = {"command": ["bash", "-lc", f"apply_patch <<'EOF'\n{patch}\nEOF\n"]}
    calls = [
        {"patchText": patch},
        {"command": ["apply_patch", patch]},
        {"name": "shell", "arguments": json.dumps(shell)},
        {"name": "apply_patch", "arguments": {"input": patch}},
    ]
    for call in calls:
        assert [edit.action for edit in parse_reply(json.dumps(call)).edits] == ["delete"]
    mixed = [{"file_path": "a", "old_string": "x", "new_string": "y"}, *calls]
    assert len(parse_reply(json.dumps(mixed)).edits) == 5


def test_all_of_a_patch_in_a_tool_call_stands_in_the_calls_line() -> None:
    patch = "*** Begin Patch\n*** Delete File: a\n*** Delete File: b\n*** Add File: c\nx\n"
    reply = parse_reply("So:\n" + json.dumps({"patch": patch + "*** End Patch"}))
    assert [edit.line for edit in reply.edits] == [2, 2]
    assert reply.problems[0].reason.startswith("line 2 of the reply")


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_deep_nesting_harms_nothing(depth: int) -> None:
    call = '{"file_path": "a.py", "old_string": "x", "new_string": "y"}'
    reply = parse_reply("[" * depth + call + "]" * depth)
    assert len(reply.edits) + len(reply.problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "x", "version": "1"}\n',
        '```json\n{\n  "path": "/api",\n  "content": "text",\n  "status": 200\n}\n```\n',
        "```js\n{\n  a: 1\n}\n```\n",
        "{not json at all}\n",
        "[link](http://example.org)\n",
        "[1, 2, 3]\n",
        '{"command": "view", "path": "a.py"}\n',
        '{"a": "b"\nand so on\n',
        '{"path": "a.py", "delete": true}\n',
        '{"path": "old.py", "rename_to": "new.py"}\n',
        '```python\n{"file_path": "a.py", "old_string": "x", "new_string": "y"}\n```\n',
    ],
)
def test_other_json_is_prose(text: str) -> None:
    reply = parse_reply(text)
    assert (reply.edits, reply.problems, reply.prose) == ((), (), text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"file_path": "a.py", "old_string": "a\nb", "new_string": "c"}\n', "cannot be read"),
        ('{"file_path": "a.py", "old_string": "a"}\n', "missing"),
        ('{"old_string": "a", "new_string": "b"}\n', "names no file"),
        ('{"file_path": "a.py",\n"old_string": "a",\n', "ends within"),
        ('{"command": "insert", "path": "a", "insert_line": 1, "new_str": "x"}\n', "line number"),
    ],
)
def test_an_edit_that_cannot_be_read_is_a_problem(text: str, reason: str) -> None:
    reply = parse_reply(text)
    assert reply.edits == ()
    assert reason in reply.problems[0].reason
