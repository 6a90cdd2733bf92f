"""How far a review is, and the way back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.patches.review import Review
from repoctx.patches.tally import Deciding, Tally

LINES = [f"line {number}\n" for number in range(1, 61)]


def _edited(*numbers: int) -> FileState:
    lines = (line.upper() if n in numbers else line for n, line in enumerate(LINES, 1))
    return FileState("".join(lines).encode())


CHANGES = ChangeSet(
    (
        FileChange("a.py", _edited(), _edited(3, 30)),
        FileChange("b.py", _edited(), _edited(5), flags=("git hook",)),
        FileChange("c.py", _edited(), _edited(1, 20, 40)),
    )
)
PLACES = [("a.py", 0), ("a.py", 1), ("b.py", 0), ("c.py", 0), ("c.py", 1), ("c.py", 2)]


def test_the_sum_is_said_in_one_line() -> None:
    deciding = Deciding(Review(CHANGES))
    assert str(deciding.total()) == ("0 of 6 hunks in 0 of 3 files accepted; 1 flagged, 6 open")
    deciding.decide(deciding.review.accept_rest())
    assert str(deciding.total()) == ("5 of 6 hunks in 2 of 3 files accepted; 1 flagged, 1 open")
    assert [change.path for change in deciding.flagged()] == ["b.py"]


def test_a_file_is_accepted_rejected_partly_decided_or_open() -> None:
    deciding = Deciding(Review(CHANGES))
    assert deciding.tally("a.py") == Tally(2, 0, 0, 2, 2)
    assert deciding.tally("a.py").state == "open"
    deciding.decide(deciding.review.accept("a.py", 0))
    assert deciding.tally("a.py").state == "partly"
    deciding.decide(deciding.review.edit("a.py", 1, "text\n"))
    assert deciding.tally("a.py").state == "accepted"
    deciding.decide(deciding.review.reject("a.py"))
    assert deciding.tally("a.py").state == "rejected"


def test_steps_go_through_all_hunks_and_end_at_the_ends() -> None:
    deciding = Deciding(Review(CHANGES))
    way = [PLACES[0]]
    while (place := deciding.step(way[-1], 1)) is not None:
        way.append(place)
    assert way == PLACES
    assert deciding.step(PLACES[0], -1) is None
    assert deciding.step(PLACES[3], -1) == PLACES[2]


def test_the_next_open_hunk_may_stand_before_this_one() -> None:
    deciding = Deciding(Review(CHANGES))
    deciding.decide(deciding.review.reject("c.py"))
    assert deciding.next_open(("c.py", 1)) == ("a.py", 0)
    deciding.decide(deciding.review.reject("a.py", 0))
    assert deciding.next_open(("a.py", 1)) == ("b.py", 0)
    deciding.decide(deciding.review.reject("b.py"))
    assert deciding.next_open(("a.py", 1)) == ("a.py", 1)
    deciding.decide(deciding.review.reject_rest())
    assert deciding.next_open(("a.py", 0)) is None


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.booleans()), max_size=20))
def test_every_decision_can_be_taken_back(choices: list[tuple[tuple[str, int], bool]]) -> None:
    deciding = Deciding(Review(CHANGES))
    states = [(deciding.review, deciding.total())]
    for (path, hunk), accepted in choices:
        decide = deciding.review.accept if accepted else deciding.review.reject
        if deciding.decide(decide(path, hunk), (path, hunk)):
            states.append((deciding.review, deciding.total()))
    fresh = Deciding(deciding.review)
    assert fresh.total() == deciding.total(), "what is counted along is what is counted anew"
    for review, total in reversed(states[:-1]):
        assert deciding.undo() is not None
        assert (deciding.review, deciding.total()) == (review, total)
    assert deciding.undo() is None


def test_a_review_of_one_file_knows_its_decisions_only() -> None:
    review = Review(CHANGES).accept("a.py").accept("c.py", 0)
    assert review.only("c.py").result().files == (FileChange("c.py", _edited(), _edited(1)),)
