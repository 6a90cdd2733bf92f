"""A next try that sends hundreds of kept edits again is understood in a few plans, not hundreds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches import repeated
from repoctx.patches.edits import ChangeSet
from repoctx.patches.plan import plan
from repoctx.patches.reply import Reply, parse_reply
from repoctx.patches.retry import plan_again, unfinished
from repoctx.patches.standing import standing

EDITS = 300
LINES = [f"def function_{i // 10}():\n" if i % 10 == 0 else f"    {i}\n" for i in range(10 * EDITS)]
FILE = "".join(LINES)


def block(old: str, new: str) -> str:
    return f"big.py\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n\n"


def noted(number: int, above: int = 0, below: int = 1) -> str:
    """Insert a line into one function, shown with so many lines around."""
    at = 10 * number + 1
    old, new = "".join(LINES[at - above : at]), "".join(LINES[at : at + below])
    return block(old + new, old + "    note()\n" + new)


WRONG = block("    nowhere\n", "    somewhere()\n")
MENDED = block(LINES[15], "    somewhere()\n")
NUMBERS = [number for number in range(EDITS) if number != 1]
FIRST = "".join(map(noted, NUMBERS)) + WRONG

PlanAgain = Callable[[str, str], ChangeSet]


@pytest.fixture
def plans() -> list[int]:
    """The edits of each plan."""
    return []


@pytest.fixture
def again(tmp_path: Path, plans: list[int]) -> PlanAgain:
    """A function that plans a reply, and then the next one upon it."""
    (tmp_path / "big.py").write_text(FILE)

    def planned(reply: Reply) -> ChangeSet:
        plans.append(len(reply.edits))
        return replace(plan(tmp_path, reply), edits=reply.edits)

    def plan_both(first: str, second: str) -> ChangeSet:
        earlier = unfinished(planned(parse_reply(first)))
        return plan_again(earlier, parse_reply(second), planned)

    return plan_both


def text(changes: ChangeSet) -> str:
    assert changes.conflicts == ()
    assert changes.files[0].after is not None
    return changes.files[0].after.content.decode()


def sent_again(numbers: list[int]) -> str:
    return "".join(noted(number, above=1, below=0) for number in numbers)


@pytest.mark.parametrize("numbers", [NUMBERS, NUMBERS[:200]])
def test_insertions_with_other_lines_around_are_not_made_twice(
    again: PlanAgain, plans: list[int], numbers: list[int]
) -> None:
    made = text(again(FIRST, sent_again(numbers) + MENDED))
    assert made.count("note()") == len(NUMBERS)
    assert made.count("somewhere()") == 1
    assert len(plans) < 10


def test_edits_that_are_not_kept_ones_are_found_among_hundreds_that_are(
    again: PlanAgain, plans: list[int]
) -> None:
    more = "".join(block(LINES[10 * n + 7], f"    more({n})\n") for n in (3, 70, 200))
    made = text(again(FIRST, more + sent_again(NUMBERS[:200]) + MENDED))
    assert made.count("note()") == len(NUMBERS)
    assert made.count("more(") == 3
    assert len(plans) < 20


def test_one_that_still_does_not_fit_is_the_only_conflict(again: PlanAgain) -> None:
    changes = again(FIRST, sent_again(NUMBERS) + WRONG)
    assert [conflict.reason for conflict in changes.conflicts] == [
        "the SEARCH text is not in the file"
    ]


def test_more_than_can_be_told_apart_is_asked_for_anew(
    again: PlanAgain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated, "_ALONE", 0)
    monkeypatch.setattr(repeated, "_MOST", 3 * len(FILE))
    many = "".join(block(LINES[10 * n + 7], f"    more({n})\n") for n in range(50))
    changes = again(FIRST, many + sent_again(NUMBERS[:200]) + MENDED)
    (conflict,) = changes.conflicts
    assert conflict.hint == "send only those that did not fit"
    assert len(unfinished(changes).kept) == len(NUMBERS)


LINE = st.sampled_from(["a\n", "b\n", "ab\n", "\n", "a\r\n"])


@given(st.lists(LINE, max_size=12), st.lists(st.lists(LINE, max_size=4), max_size=4), st.booleans())
def test_lines_stand_in_a_text_where_they_follow_each_other(
    lines: list[str], stretches: list[list[str]], is_ended: bool
) -> None:
    whole = "".join(lines) if is_ended else "".join(lines) + "a"
    wanted = {tuple(stretch) for stretch in stretches}
    assert standing(wanted, whole) == {x for x in wanted if "\n" + "".join(x) in "\n" + whole}
    ends = {(*stretch, "a") for stretch in wanted}
    assert standing(ends, whole) == {x for x in ends if "".join(x) in whole}
