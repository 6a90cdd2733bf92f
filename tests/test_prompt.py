"""What a model reads: stable before the repository, complete after it."""

from __future__ import annotations

import pytest

from repoctx.attachments import Attachment
from repoctx.backends.base import CheckFailure, Message
from repoctx.patches.edits import EditConflict
from repoctx.patches.formats import CHOICES
from repoctx.prompt import (
    after_conflicts,
    after_failed_check,
    first_question,
    instructions,
    remembered,
)


@pytest.mark.parametrize("name", CHOICES)
def test_the_instructions_hold_the_edit_format_and_nothing_left_to_fill(name: str) -> None:
    text = instructions(name)
    assert "$" not in text.replace("$ ", "")
    assert text == instructions(name), "a prefix that changes is paid for again"


def test_a_question_carries_attachments_and_the_failing_check() -> None:
    failure = CheckFailure("make test", 2, "a ``` fence\nassert 1 == 2\n")
    text = first_question("why?", [Attachment("log.txt", "line one")], failure)
    assert text.index("line one") < text.index("why?") < text.index("make test")
    assert "````\na ``` fence\nassert 1 == 2\n````" in text


def test_a_long_output_keeps_its_end() -> None:
    text = after_failed_check(CheckFailure("c", 1, "x" * 100_000 + "the end"))
    assert "the end" in text
    assert len(text) < 10_000


def test_dollar_signs_of_the_person_are_left_alone() -> None:
    assert "cost $5 and ${HOME}" in first_question("cost $5 and ${HOME}", (), None)


def test_every_conflict_is_listed_with_its_hint() -> None:
    conflicts = [
        EditConflict("a.py", "no match", "look again", "-x\n+y"),
        EditConflict("", "r", "h"),
    ]
    text = after_conflicts(conflicts)
    assert "1. a.py: no match\n   look again\n-x\n+y" in text
    assert "2. no file named: r" in text


def test_the_conversation_grows_by_a_question_and_its_answer() -> None:
    messages = remembered((), "q", "a")
    assert messages == (Message("user", "q"), Message("assistant", "a"))
