"""What does not fit or does not parse goes back to the model; what fits is kept; a person decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from repoctx import events
from repoctx.conversation import load_conversation
from repoctx.patches.edits import ChangeSet
from repoctx.session import Question, Retry, Session, accept_all, open_session

MakeRepository = Callable[..., Path]

FILES = {
    "a.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
    "b.py": "ANSWER = 41\n",
}


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```python\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n\n"


ONE = block("a.py", "    return 1\n", "    return 10\n")
TWO = block("a.py", "    return 2\n", "    return 20\n")
WRONG_TWO = block("a.py", "def two():\n    return 3\n", "def two():\n    return 20\n")
ANSWER = block("b.py", "ANSWER = 41\n", "ANSWER = 42\n")
BROKEN = block("b.py", "ANSWER = 41\n", "ANSWER = (42\n")

Play = Callable[..., list[events.Event]]


@pytest.fixture
def root(repository: MakeRepository) -> Path:
    return repository(FILES)


@pytest.fixture
def play(root: Path, tmp_path: Path) -> Play:
    """A function that asks with these replies recorded, and returns the events."""

    def ask(*replies: str, question: Question | None = None, **settings: Any) -> list[events.Event]:
        return list(scripted(root, tmp_path, replies, **settings).ask(question or QUESTION))

    return ask


QUESTION = Question("change it", review=accept_all)


def scripted(root: Path, folder: Path, replies: Sequence[str], **settings: Any) -> Session:
    recording = folder / "recording.jsonl"
    recording.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    return open_session(root, backend="scripted", recording=str(recording), **settings)


def asked(root: Path) -> list[str]:
    """What the model was asked, round by round."""
    turns = load_conversation(open_session(root).project.state)
    return [turn.content for turn in turns if turn.role == "user"]


def ended(happened: list[events.Event]) -> events.Finished:
    last = happened[-1]
    assert isinstance(last, events.Finished), last
    return last


def content(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text() for name in FILES}


# Only what failed is asked for again


def test_what_fits_is_kept_and_only_the_rest_is_asked_for_again(root: Path, play: Play) -> None:
    happened = play(ONE + WRONG_TWO + ANSWER, TWO)
    assert ended(happened).status == "applied"
    assert content(root) == {
        "a.py": FILES["a.py"].replace("1", "10").replace("2", "20"),
        "b.py": "ANSWER = 42\n",
    }
    again = asked(root)[1]
    assert (
        "1. a.py: the SEARCH text is not in the file (the edit at line 12 of your reply)" in again
    )
    assert "- a.py (1 edit)\n- b.py (1 edit)" in again
    assert "-    return 3\n+    return 2" in again, (
        "the failed lines stand beside the nearest of the file"
    )


def test_nothing_is_written_while_a_try_is_open(root: Path, play: Play) -> None:
    assert ended(play(ONE + WRONG_TWO, WRONG_TWO, WRONG_TWO)).exit_code == 3
    assert content(root) == FILES
    assert len(asked(root)) == 3, "as many tries as the setting says"


def test_a_model_that_sends_everything_again_is_understood(root: Path, play: Play) -> None:
    """The first edit again, and once in other words: it then touches a line that is changed."""
    wider = block("a.py", "def one():\n    return 1\n", "def one():\n    return 10\n")
    for everything in (ONE + TWO, wider + TWO):
        assert ended(play(ONE + WRONG_TWO, everything)).status == "applied"
        assert content(root)["a.py"] == FILES["a.py"].replace("1", "10").replace("2", "20")
        (root / "a.py").write_text(FILES["a.py"])


def test_an_insertion_that_is_sent_again_is_not_made_twice(root: Path, play: Play) -> None:
    """With fewer lines around it, so that it would fit once more."""
    kept = block("a.py", "def one():\n    return 1\n", "def one():\n    note()\n    return 1\n")
    again = block("a.py", "def one():\n", "def one():\n    note()\n")
    for more in ("", ANSWER):
        assert ended(play(kept + more + WRONG_TWO, again + TWO)).status == "applied"
        assert content(root)["a.py"].count("note()") == 1
        assert "return 20" in content(root)["a.py"]
        (root / "a.py").write_text(FILES["a.py"])
        (root / "b.py").write_text(FILES["b.py"])


def test_a_next_try_that_would_lose_what_fitted_is_a_conflict(root: Path, play: Play) -> None:
    other = block("a.py", "def one():\n    return 1\n", "def one():\n    return 11\n")
    assert ended(play(ONE + WRONG_TWO, other + TWO, rounds=2)).exit_code == 3
    assert content(root) == FILES


def test_a_next_try_that_leaves_a_failed_edit_out_is_a_conflict(root: Path, play: Play) -> None:
    happened = play(ONE + WRONG_TWO, "I cannot do that.", rounds=2)
    assert ended(happened).exit_code == 3
    assert content(root) == FILES
    assert (
        "was not sent again" in [e for e in happened if isinstance(e, events.Conflict)][-1].reason
    )


def test_an_edit_whose_text_is_there_already_may_be_left_out(root: Path, play: Play) -> None:
    done = block("b.py", "ANSWER = 40\n", "ANSWER = 41\n")
    assert ended(play(ONE + done, "Then it is not needed.")).status == "applied"
    assert content(root) == {**FILES, "a.py": FILES["a.py"].replace("1", "10")}


def test_hunks_of_a_diff_that_fit_are_kept_too(root: Path, play: Play) -> None:
    diff = (
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n def one():\n-    return 1\n"
        "+    return 10\n@@ -5,2 +5,2 @@\n def two():\n-    return 3\n+    return 20\n```\n"
    )
    assert ended(play(diff, TWO)).status == "applied"
    assert content(root)["a.py"] == FILES["a.py"].replace("1", "10").replace("2", "20")


def test_a_reply_cut_off_in_an_edit_keeps_the_whole_ones(root: Path, play: Play) -> None:
    assert ended(play(ONE + ANSWER[:30], ANSWER)).status == "applied"
    assert content(root)["b.py"] == "ANSWER = 42\n"
    assert content(root)["a.py"] == FILES["a.py"].replace("1", "10")


def test_in_the_end_the_edits_that_fit_can_be_taken_alone(root: Path, play: Play) -> None:
    question = Question("change it", review=accept_all, partial=True)
    happened = play(ONE + WRONG_TWO, question=question, rounds=1)
    assert ended(happened).status == "applied"
    assert content(root) == {**FILES, "a.py": FILES["a.py"].replace("1", "10")}
    assert any(isinstance(event, events.Conflict) for event in happened)


# The person asks for another try


def reviewer(*answers: ChangeSet | Retry | None) -> Callable[[ChangeSet], ChangeSet | Retry]:
    """Answer with these in turn; None accepts."""
    left = list(answers)

    def review(changes: ChangeSet) -> ChangeSet | Retry:
        return left.pop(0) or changes

    return review


def test_a_person_can_send_a_change_back_with_words(root: Path, play: Play) -> None:
    question = Question("change it", review=reviewer(Retry("Keep one() as it is."), None))
    assert ended(play(ONE + TWO, TWO, question=question, rounds=1)).status == "applied"
    assert content(root)["a.py"] == FILES["a.py"].replace("2", "20")
    assert "Keep one() as it is." in asked(root)[1]


def test_a_person_can_have_the_failed_edits_asked_for_again(root: Path, play: Play) -> None:
    question = Question("change it", review=reviewer(Retry(), None), partial=True)
    assert ended(play(ONE + WRONG_TWO, TWO, question=question, rounds=1)).status == "applied"
    assert content(root)["a.py"] == FILES["a.py"].replace("1", "10").replace("2", "20")


# The syntax guard


def test_what_does_not_parse_goes_back_before_a_person_sees_it(root: Path, play: Play) -> None:
    happened = play(ONE + BROKEN, ANSWER)
    assert ended(happened).status == "applied"
    assert content(root)["b.py"] == "ANSWER = 42\n"
    proposed = [event.diff for event in happened if isinstance(event, events.EditProposed)]
    assert not any("(42" in diff for diff in proposed)
    assert "b.py: with the edits the file does not parse any more, from line 1 on" in asked(root)[1]
    assert ">     1 ANSWER = (42" in asked(root)[1]
    assert "- a.py (1 edit)" in asked(root)[1]


def test_what_still_does_not_parse_needs_a_consent_of_its_own(root: Path, play: Play) -> None:
    seen: list[ChangeSet] = []

    def review(changes: ChangeSet) -> ChangeSet:
        seen.append(changes)
        return ChangeSet(())

    play(BROKEN, question=Question("change it", review=review), rounds=1)
    (change,) = seen[0].files
    assert change.flags == ("does not parse any more (line 1)",)
    assert content(root) == FILES


def test_the_guard_can_be_turned_off(root: Path, play: Play) -> None:
    assert ended(play(BROKEN, syntax_guard=False)).status == "applied"
    assert content(root)["b.py"] == "ANSWER = (42\n"


def test_a_file_that_did_not_parse_before_is_not_judged(root: Path, play: Play) -> None:
    (root / "b.py").write_text("ANSWER = 41\n(\n")
    assert ended(play(ANSWER)).status == "applied"


def test_hunks_that_do_not_parse_without_the_others_are_told(root: Path, play: Play) -> None:
    from repoctx.patches.review import Review

    lines = "".join(f"x{n} = {n}\n" for n in range(20))
    (root / "b.py").write_text(lines)
    opened = block("b.py", "x0 = 0\n", 'x0 = """\n') + block("b.py", "x19 = 19\n", '"""\n')

    def first_hunk(changes: ChangeSet) -> ChangeSet:
        return Review(changes).accept("b.py", 0).result()

    happened = play(opened, question=Question("change it", review=first_hunk))
    notices = [event.message for event in happened if isinstance(event, events.Notice)]
    assert notices == ["b.py, line 1: does not parse with only the hunks that you accepted"]


def test_what_was_applied_before_is_not_said_to_be_unwritten(root: Path, play: Play) -> None:
    """A later try that does not fit, or is not wanted, leaves the failing check as the end."""
    question = Question("change it", check="false", review=accept_all)
    happened = play(ONE, WRONG_TWO, question=question, rounds=2)
    assert ended(happened).status == "check-failed"
    assert ended(happened).exit_code == 4
    assert ended(happened).message == (
        "1 edit does not fit; nothing more was written, and the check still fails; "
        "`repoctx undo` takes it back"
    )


def test_a_check_is_told_before_it_writes_anything(root: Path, play: Play) -> None:
    happened = play("Nothing.", question=Question("why?", check="true"))
    assert happened[0] == events.Progress("check", 0, None)
