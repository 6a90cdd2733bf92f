"""Death at a chosen moment, what a person does meanwhile, and the recovery."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from repoctx.errors import RepoctxError
from repoctx.patches import exchange, journal, transaction
from repoctx.patches.apply import recover
from repoctx.patches.edits import FileChange
from repoctx.patches.history import log, undo

Tree = Any


def _dies(work: Callable[[], object]) -> None:
    """Run the work in a process of its own, which must be killed by itself."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _die() -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return False


@pytest.fixture
def two(tree: Tree) -> tuple[FileChange, ...]:
    """A change of two files and one new one."""
    tree.write("a.py", "a\n")
    tree.write("b.py", "b\n")
    return tree.edit("a.py", "A\n"), tree.edit("b.py", "B\n"), tree.edit("d/new.py", "N\n")


def _dies_between_swaps(tree: Tree, changes: tuple[FileChange, ...]) -> None:
    swap = exchange.swap

    def swap_only_a(folder: int, one: str, other: str) -> bool:
        return swap(folder, one, other) if other == "a.py" else _die()

    def work() -> None:
        exchange.swap = swap_only_a
        tree.apply(*changes)

    _dies(work)


def test_a_half_made_change_is_rolled_back_by_the_next_command(
    tree: Tree, two: tuple[FileChange, ...]
) -> None:
    view = tree.view()
    _dies_between_swaps(tree, two)
    assert tree.read("a.py") == "A\n"
    message = recover(tree.root, tree.state)
    assert message == "an interrupted apply of a.py, b.py, d/new.py was rolled back"
    assert tree.view() == view
    assert log(tree.state) == []
    assert recover(tree.root, tree.state) is None


def test_the_next_change_mends_by_itself(tree: Tree, two: tuple[FileChange, ...]) -> None:
    _dies_between_swaps(tree, two)
    tree.apply(*two)
    assert (tree.read("a.py"), tree.read("b.py")) == ("A\n", "B\n")
    undo(tree.root, tree.state)
    assert sorted(tree.view()) == ["a.py", "b.py"]


def test_a_change_that_was_committed_is_completed(tree: Tree, two: tuple[FileChange, ...]) -> None:
    commit = journal.commit

    def commit_and_die(state: Path) -> None:
        commit(state)
        _die()

    def work() -> None:
        journal.commit = commit_and_die
        tree.apply(*two)

    _dies(work)
    message = recover(tree.root, tree.state)
    assert message == "an interrupted apply of a.py, b.py, d/new.py was completed"
    assert sorted(tree.view()) == ["a.py", "b.py", "d", "d/new.py"]
    assert not log(tree.state)[0].undone


def test_an_edit_made_between_crash_and_recovery_is_left_and_said(
    tree: Tree, two: tuple[FileChange, ...]
) -> None:
    _dies_between_swaps(tree, two)
    tree.write("a.py", "person's\n")
    message = recover(tree.root, tree.state)
    assert message is not None
    assert "rolled back, but not a.py, edited since" in message
    assert tree.read("a.py") == "person's\n"
    assert sorted(tree.view()) == ["a.py", "b.py"]
    kept = re.search(r"kept in (.*)$", message)
    assert kept
    record = journal.read_record(Path(kept[1]))
    assert {s.path: s.before.state.content for s in record.steps if s.before} == {
        "a.py": b"a\n",
        "b.py": b"b\n",
    }


def test_an_edit_of_a_file_that_was_not_reached_is_nothing_special(
    tree: Tree, two: tuple[FileChange, ...]
) -> None:
    _dies_between_swaps(tree, two)
    tree.write("b.py", "person's\n")
    message = recover(tree.root, tree.state)
    assert message
    assert message.endswith("was rolled back")
    assert (tree.read("a.py"), tree.read("b.py")) == ("a\n", "person's\n")
    assert sorted(tree.view()) == ["a.py", "b.py"]


@pytest.fixture
def half_made(tree: Tree) -> Tree:
    """A tree in which d/a.py is new and d/b.py still old."""
    tree.write("d/a.py", "a\n")
    tree.write("d/b.py", "b\n")
    _dies_between_swaps(tree, (tree.edit("d/a.py", "A\n"), tree.edit("d/b.py", "B\n")))
    return tree


@pytest.mark.parametrize("swaps", [True, False])
def test_a_recovery_that_dies_in_the_middle_of_a_file_can_be_repeated(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, swaps: bool
) -> None:
    if not swaps:
        monkeypatch.setattr(exchange, "swap", lambda *_: False)
    tree.write("a.py", "a\n" * 1000)
    tree.write("b.py", "b\n" * 1000)
    view = tree.view()
    changes = (tree.edit("a.py", "A\n"), tree.edit("b.py", "B\n"))
    rename, write, swap = os.rename, os.write, exchange.swap

    def swap_b_and_die(folder: int, one: str, other: str) -> bool:
        done = swap(folder, one, other)
        return _die() if done and other == "b.py" else done

    def rename_b_and_die(source: Any, target: Any, **named: Any) -> None:
        rename(source, target, **named)
        if target == "b.py":
            _die()

    def write_half_and_die(descriptor: int, content: Any) -> int:
        write(descriptor, bytes(content)[:500])
        return _die()

    def first() -> None:
        os.rename = cast(Any, rename_b_and_die)
        exchange.swap = swap_b_and_die
        tree.apply(*changes)

    def second() -> None:
        os.write = write_half_and_die
        os.rename = cast(Any, rename_b_and_die)
        recover(tree.root, tree.state)
        _die()  # where names are swapped nothing needs to be written

    _dies(first)
    for _ in range(3):
        _dies(second)
    recover(tree.root, tree.state)
    assert tree.view() == view


def test_recovery_does_not_follow_a_folder_that_became_a_link(
    half_made: Tree, folder: Path
) -> None:
    (half_made.root / "d").rename(folder / "elsewhere")
    (half_made.root / "d").symlink_to(folder / "elsewhere")
    files = sorted(os.listdir(folder / "elsewhere"))
    message = recover(half_made.root, half_made.state)
    assert message
    assert "rolled back, but not d/a.py" in message
    assert sorted(os.listdir(folder / "elsewhere")) == files
    assert (folder / "elsewhere" / "a.py").read_bytes() == b"A\n"
    assert recover(half_made.root, half_made.state) is None


def test_recovery_does_not_bring_back_a_folder_that_went(half_made: Tree) -> None:
    shutil.rmtree(half_made.root / "d")
    message = recover(half_made.root, half_made.state)
    assert message
    assert "rolled back, but not d/a.py, d/b.py" in message
    assert half_made.view() == {}


def test_recovery_does_not_replace_a_folder_in_a_files_place(half_made: Tree) -> None:
    (half_made.root / "d" / "a.py").unlink()
    (half_made.root / "d" / "a.py").mkdir()
    message = recover(half_made.root, half_made.state)
    assert message
    assert "rolled back, but not d/a.py" in message
    assert (half_made.root / "d" / "a.py").is_dir()
    assert half_made.read("d/b.py") == "b\n"


def test_ctrl_c_in_the_middle_rolls_back_before_it_is_raised(
    tree: Tree, two: tuple[FileChange, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = tree.view()
    swap = exchange.swap

    def interrupted(folder: int, one: str, name: str) -> bool:
        done = swap(folder, one, name)
        os.kill(os.getpid(), signal.SIGINT)
        return done

    monkeypatch.setattr(exchange, "swap", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tree.apply(*two)
    assert tree.view() == view
    assert recover(tree.root, tree.state) is None


def test_a_second_ctrl_c_does_not_stop_the_way_back(
    tree: Tree, two: tuple[FileChange, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = tree.view()
    settle = transaction.settle

    def impatient(root: int, state: Path) -> Any:
        if journal.pending(state):
            os.kill(os.getpid(), signal.SIGINT)
        return settle(root, state)

    def interrupted(*_: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(exchange, "swap", interrupted)
    monkeypatch.setattr(transaction, "settle", impatient)
    with pytest.raises(KeyboardInterrupt):
        tree.apply(*two)
    assert tree.view() == view
    assert not journal.pending(tree.state)


def test_a_damaged_journal_stops_every_change_and_says_where_it_is(
    tree: Tree, two: tuple[FileChange, ...]
) -> None:
    _dies_between_swaps(tree, two)
    (tree.state / "tx" / "manifest.json").write_bytes(b"{}")
    for work in (lambda: recover(tree.root, tree.state), lambda: tree.apply(*two)):
        with pytest.raises(RepoctxError, match="damaged") as caught:
            work()
        assert "\n" not in str(caught.value)
