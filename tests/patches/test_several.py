"""A change to several roots: planned whole, applied in all of them or in none, undone as one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.patches import several
from repoctx.patches.edits import ChangeSet
from repoctx.patches.history import log, undo
from repoctx.patches.reply import parse_reply
from repoctx.patches.several import (
    apply_several,
    plan_several,
    recover_several,
    undo_several,
)
from repoctx.patches.together import together
from repoctx.roots import Root, roots_of


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n\n"


BOTH = block("api/a.txt", "one", "two") + block("web/a.txt", "one", "three")


@pytest.fixture
def states(tmp_path: Path) -> dict[Root, Path]:
    for name in ("api", "web"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("one\n")
    roots = roots_of([tmp_path / "web", tmp_path / "api"])
    made = {root: tmp_path / f"state-{root.path.name}" for root in roots}
    for state in made.values():
        state.mkdir()
    return made


def plan(states: dict[Root, Path], reply: str) -> ChangeSet:
    return plan_several(list(states), parse_reply(reply), lambda path, text, file_text: text)


def texts(states: dict[Root, Path]) -> list[str]:
    return [(root.path / "a.txt").read_text() for root in states]


def test_each_edit_goes_to_the_root_whose_prefix_its_path_carries(
    states: dict[Root, Path],
) -> None:
    changes = plan(states, BOTH)
    assert [change.path for change in changes.files] == ["api/a.txt", "web/a.txt"]
    entry = apply_several(states, changes, "both")
    assert texts(states) == ["two\n", "three\n"]
    assert [file.path for file in entry.files] == ["api/a.txt", "web/a.txt"]
    assert [log(state)[0].id for state in states.values()] == [entry.id, entry.id]


@pytest.mark.parametrize("name", ["api/a.txt", "./api/a.txt", "absolute"])
def test_a_path_may_be_spelled_as_replies_do(states: dict[Root, Path], name: str) -> None:
    (api, _) = states
    name = str(api.path / "a.txt") if name == "absolute" else name
    assert [c.path for c in plan(states, block(name, "one", "two")).files] == ["api/a.txt"]


def test_a_git_diff_may_put_its_own_letters_first(states: dict[Root, Path]) -> None:
    diff = "diff --git a/api/a.txt b/api/a.txt\n--- a/api/a.txt\n+++ b/api/a.txt\n@@ -1 +1 @@\n-one\n+two\n"  # fmt: skip
    assert [c.path for c in plan(states, diff).files] == ["api/a.txt"]


@pytest.mark.parametrize("path", ["a.txt", "other/a.txt", "api", "../api/a.txt"])
def test_a_path_without_a_roots_prefix_is_a_conflict(states: dict[Root, Path], path: str) -> None:
    (conflict,) = plan(states, block(path, "one", "two")).conflicts
    assert "api/, web/" in conflict.hint or "names no file" in conflict.reason


@pytest.mark.parametrize("path", ["api/../web/a.txt", "api/.git/config", "api/../../out.txt"])
def test_no_prefix_leads_out_of_its_root(states: dict[Root, Path], path: str) -> None:
    changes = plan(states, f"*** Begin Patch\n*** Add File: {path}\n+evil\n*** End Patch\n")
    assert changes.files == ()
    assert changes.conflicts


def test_a_file_does_not_move_from_one_root_to_another(states: dict[Root, Path]) -> None:
    diff = "diff --git a/api/a.txt b/web/b.txt\nsimilarity index 100%\nrename from api/a.txt\nrename to web/b.txt\n"  # fmt: skip
    (conflict,) = plan(states, diff).conflicts
    assert "cannot move from api/" in conflict.reason


def test_a_rename_within_a_root_carries_the_prefix_on_both_names(
    states: dict[Root, Path],
) -> None:
    diff = "diff --git a/api/a.txt b/api/b.txt\nsimilarity index 100%\nrename from api/a.txt\nrename to api/b.txt\n"  # fmt: skip
    changes = plan(states, diff)
    assert [(c.old_path, c.path) for c in changes.files] == [("api/a.txt", "api/b.txt")]
    apply_several(states, changes, "")
    assert (next(iter(states)).path / "b.txt").read_text() == "one\n"


def test_one_conflict_in_any_root_keeps_all_from_being_written(states: dict[Root, Path]) -> None:
    changes = plan(states, BOTH.replace("one\n=======\nthree", "nine\n=======\nthree"))
    assert [conflict.path for conflict in changes.conflicts] == ["web/a.txt"]
    with pytest.raises(ConflictError):
        apply_several(states, changes, "")
    assert texts(states) == ["one\n", "one\n"]


def test_an_edit_that_changes_nothing_hinders_no_other(states: dict[Root, Path]) -> None:
    reply = block("api/a.txt", "one", "one") + block("web/a.txt", "one", "two")
    assert plan(states, reply).conflicts == ()
    (conflict,) = plan(states, block("api/a.txt", "one", "one")).conflicts
    assert "changes nothing" in conflict.reason


def test_when_a_later_root_refuses_the_earlier_ones_are_put_back(
    states: dict[Root, Path],
) -> None:
    changes = plan(states, BOTH)
    (_, web) = states
    (web.path / "a.txt").write_text("edited meanwhile\n")
    with pytest.raises(ConflictError) as raised:
        apply_several(states, changes, "")
    assert texts(states) == ["one\n", "edited meanwhile\n"]
    assert raised.value.message.startswith("web/: a.txt changed")
    assert "api/ was put back as it was" in raised.value.message


def test_a_quoted_file_beside_edits_of_another_root_is_not_written(
    states: dict[Root, Path],
) -> None:
    reply = block("api/a.txt", "one", "two") + "web/a.txt\n```\nquoted\n```\n"
    (conflict,) = plan(states, reply).conflicts
    assert "it is not clear whether the block is all of web/a.txt" in conflict.reason


def test_undo_takes_the_last_change_back_in_every_root_it_changed(
    states: dict[Root, Path],
) -> None:
    apply_several(states, plan(states, block("web/a.txt", "one", "two")), "web alone")
    apply_several(states, plan(states, block("api/a.txt", "one", "two")), "api alone")
    assert undo_several(states).note == "api alone"
    assert texts(states) == ["one\n", "two\n"]
    assert undo_several(states).note == "web alone"
    with pytest.raises(UsageError, match="nothing to undo"):
        undo_several(states)


def test_undo_in_one_root_takes_its_part_back(states: dict[Root, Path]) -> None:
    apply_several(states, plan(states, BOTH), "")
    (_, web) = states
    undo(web.path, states[web])
    assert texts(states) == ["two\n", "one\n"]
    assert [file.path for file in undo_several(states).files] == ["api/a.txt"]
    assert texts(states) == ["one\n", "one\n"]


def test_undo_that_one_root_refuses_leaves_all_as_they_are(states: dict[Root, Path]) -> None:
    apply_several(states, plan(states, BOTH), "")
    (_, web) = states
    (web.path / "a.txt").write_text("edited since\n")
    with pytest.raises(ConflictError, match="api/ was put back as it was"):
        undo_several(states)
    assert texts(states) == ["two\n", "edited since\n"]


# Death between two roots


def _dies_at(name: str, states: dict[Root, Path], place: str, work: Callable[[], object]) -> None:
    """Run the work in a process of its own that is killed as it comes to a root."""
    child = os.fork()
    if child == 0:
        real = getattr(several, name)

        def until(root: Path, *arguments: Any, **named: Any) -> Any:
            if root.name == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(root, *arguments, **named)

        setattr(several, name, until)
        try:
            work()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _marks(states: dict[Root, Path]) -> list[str]:
    return [p.name for state in states.values() for p in state.glob("together*")]


@pytest.mark.parametrize("place", ["api", "web"])
def test_an_apply_that_dies_between_two_roots_is_taken_back(
    states: dict[Root, Path], place: str
) -> None:
    changes = plan(states, BOTH)
    _dies_at("apply", states, place, lambda: apply_several(states, changes, ""))
    assert texts(states) == ["two\n" if place == "web" else "one\n", "one\n"]
    said = recover_several(states)
    if place == "web":
        assert said == "an interrupted apply to several folders: the part in api/ was taken back"
    else:
        assert said is None
    assert texts(states) == ["one\n", "one\n"]
    assert _marks(states) == []
    assert recover_several(states) is None
    apply_several(states, changes, "")
    assert texts(states) == ["two\n", "three\n"]


def test_an_undo_that_dies_between_two_roots_is_taken_back(states: dict[Root, Path]) -> None:
    apply_several(states, plan(states, BOTH), "")
    _dies_at("undo", states, "web", lambda: undo_several(states))
    assert texts(states) == ["one\n", "three\n"]
    assert "the part in api/ was taken back" in str(recover_several(states))
    assert texts(states) == ["two\n", "three\n"]
    assert _marks(states) == []
    undo_several(states)
    assert texts(states) == ["one\n", "one\n"]


def test_what_was_whole_before_the_death_stays(states: dict[Root, Path]) -> None:
    changes = plan(states, BOTH)
    shared: list[str] = []
    with together(states, "apply", "0a1b2c3d"):
        marks = {state: (state / "together.json").read_bytes() for state in states.values()}
    assert _marks(states) == []
    shared.append(apply_several(states, changes, "").id)
    for state, mark in marks.items():
        (state / "together.json").write_bytes(mark.replace(b"0a1b2c3d", shared[0].encode()))
    assert recover_several(states) is None
    assert texts(states) == ["two\n", "three\n"]
    assert _marks(states) == []


def test_the_marks_of_a_living_process_are_left_alone(states: dict[Root, Path]) -> None:
    with together(states, "apply", "0a1b2c3d"):
        assert recover_several(states) is None
        assert len(_marks(states)) == 2
    assert _marks(states) == []


def test_a_part_that_was_edited_since_stays_and_that_is_said(states: dict[Root, Path]) -> None:
    changes = plan(states, BOTH)
    _dies_at("apply", states, "web", lambda: apply_several(states, changes, ""))
    (api, _) = states
    (api.path / "a.txt").write_text("person's\n")
    assert "the part in api/ stays: edited since" in str(recover_several(states))
    assert texts(states) == ["person's\n", "one\n"]
    assert recover_several(states) is None


def test_a_mark_in_which_other_roots_take_part_waits_for_them(states: dict[Root, Path]) -> None:
    changes = plan(states, BOTH)
    _dies_at("apply", states, "web", lambda: apply_several(states, changes, ""))
    (api, _) = states
    assert recover_several({api: states[api]}) is None
    assert texts(states) == ["two\n", "one\n"]
    recover_several(states)
    assert texts(states) == ["one\n", "one\n"]


def test_a_damaged_last_change_of_any_root_is_not_passed_over(states: dict[Root, Path]) -> None:
    apply_several(states, plan(states, block("web/a.txt", "one", "two")), "web alone")
    apply_several(states, plan(states, block("api/a.txt", "one", "two")), "api alone")
    (api, _) = states
    (name,) = (states[api] / "history").iterdir()
    (name / "manifest.json").write_bytes(b"{")
    with pytest.raises(RepoctxError, match="damaged"):
        undo_several(states)
    assert texts(states) == ["two\n", "two\n"]
