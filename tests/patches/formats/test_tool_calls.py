"""A tool call in a reply's text is read as the edit that it is, or told as a problem."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.patches.edits import Replacement
from repoctx.patches.formats.tool_calls import Place, json_edit, tools
from repoctx.patches.reply import parse_reply

EDIT = {"path": "a.py", "old_string": "x", "new_string": "y"}


def read(name: str, arguments: Any, **how: Any) -> Any:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return parse_reply(Place().block(json_edit(name, text, **how)))


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("edit", EDIT, {"action": "edit", "replacements": (Replacement("x", "y", inline=True),)}),
        (
            "edit",
            EDIT | {"replace_all": True},
            {"action": "edit", "replacements": (Replacement("x", "y", inline=True, every=True),)},
        ),
        ("edit", EDIT | {"replace_all": None, "why": "so"}, {"action": "edit"}),
        ("write_file", {"path": "a.py", "content": "```\n"}, {"action": "write"}),
        ("delete_file", {"path": "a.py"}, {"action": "delete"}),
        ("rename_file", {"path": "a.py", "new_path": "b.py"}, {"new_path": "b.py"}),
        ("edit", {"file_path": "a.py", "old_str": "x", "new_str": "y"}, {"action": "edit"}),
    ],
)
def test_each_tool_is_one_edit(name: str, arguments: Any, expected: dict[str, Any]) -> None:
    reply = read(name, arguments)
    assert reply.problems == ()
    (edit,) = reply.edits
    assert (edit.path, reply.prose.strip()) == ("a.py", "")
    assert {key: getattr(edit, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("edit", '{"path": "a.py", "old_str', "no JSON object"),
        ("edit", "", "no JSON object"),
        ("edit", "[1]", "no JSON object"),
        ("edit", "null", "no JSON object"),
        ("edit", '{"path": "a.py", "old_string": "x"}', "new_string must be given"),
        ("edit", EDIT | {"replace_all": "yes"}, "replace_all must be a boolean"),
        ("edit", EDIT | {"path": ["a.py"]}, "path must be a string"),
        ("edit", EDIT | {"path": "  "}, "path must be given"),
        ("write_file", {"path": "a.py", "content": {"x": 1}}, "content must be a string"),
        ("write_file", {"path": "a.py", "content": "half \ud83d"}, "no JSON object"),
        ("rename_file", {"path": "a.py", "new_path": ""}, "new_path must be given"),
        ("run_shell", {"command": "rm -rf /"}, "there is no such tool; there are edit, write_file"),
        ("", EDIT, "no such tool"),
    ],
)
def test_a_call_that_cannot_be_read_is_a_problem_that_says_why(
    name: str, arguments: Any, reason: str
) -> None:
    reply = read(name, arguments)
    assert reply.edits == ()
    (problem,) = reply.problems
    assert reason in problem.reason


def test_a_call_that_the_reply_may_have_cut_is_a_problem_though_it_can_be_read() -> None:
    reply = read("edit", EDIT, is_cut=True)
    assert reply.edits == ()
    assert "ends within it" in reply.problems[0].reason


KEYS = st.sampled_from(
    ["path", "old_string", "new_string", "content", "new_path", "replace_all", "input", "edits"]
)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=6,
)


@given(
    st.sampled_from([tool["name"] for tool in tools()]) | st.text(max_size=5),
    NESTED.map(json.dumps) | st.text(max_size=30),
)
@settings(max_examples=300)
def test_whatever_a_call_holds_it_is_one_edit_or_one_problem(name: str, arguments: str) -> None:
    reply = read(name, arguments)
    assert len(reply.edits) + len(reply.problems) == 1
    assert reply.prose.strip() == ""


@pytest.mark.parametrize(
    ("text", "is_doubtful"),
    [
        ("I think so.", False),
        ("```python\nx\n```\n", False),
        ("<think>\nmaybe\n</think>\nSo:\n", False),
        ("<think>\nmaybe", False),
        ("```python\nprint(1)\n", True),
        ("````markdown\n```python\nprint(1)", True),
        ("~~~text\nwords", True),
        ("src/a.py\n```python\nprint(1)\n", True),
    ],
)
def test_what_is_left_open_before_a_call_is_closed_and_a_code_block_told(
    text: str, is_doubtful: bool
) -> None:
    place = Place()
    place.see(text)
    call = json_edit("write_file", '{"path": "called.py", "content": "called"}')
    reply = parse_reply(text + place.block(call) + "and more\n" + place.block(call))
    called = [edit for edit in reply.edits if edit.path == "called.py"]
    assert [edit.content for edit in called] == ["called"] * 2
    assert bool(reply.problems) == is_doubtful
