from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.patches import history
from repoctx.patches.apply import apply
from repoctx.patches.edits import EXECUTABLE, REGULAR, SYMLINK, ChangeSet, FileChange, FileState
from repoctx.patches.history import log, redo, undo, unreadable

Tree = Any

LINES = "".join(f"line {number}\n" for number in range(1, 21))


def _edited(number: int, text: str) -> str:
    return LINES.replace(f"line {number}\n", text)


def test_undo_brings_everything_back_and_redo_forward(tree: Tree) -> None:
    tree.write("edit.py", "old\r\nno newline", 0o640)
    tree.write("gone/deep/only.txt", "x", 0o600)
    (tree.root / "gone/deep").chmod(0o750)
    tree.write("from.py", "move me\n", 0o664)
    tree.write("special", "x", 0o4755)
    (tree.root / "link").symlink_to("edit.py")
    before = tree.view()
    tree.apply(
        tree.edit("edit.py", "new\n"),
        tree.edit("made/deep/new.py", "fresh\n"),
        tree.delete("gone/deep/only.txt"),
        tree.rename("from.py", "to/name.py", "moved\n"),
        tree.edit("special", "y"),
        tree.link("link", "elsewhere"),
    )
    after = tree.view()
    for _ in range(3):
        assert undo(tree.root, tree.state).undone
        assert tree.view() == before
        assert not redo(tree.root, tree.state).undone
        assert tree.view() == after


def test_undo_walks_back_through_every_change(tree: Tree) -> None:
    views = [tree.view()]
    for number in range(4):
        tree.apply(tree.edit("a", f"{number}\n"), tree.edit(f"d{number}/f", "x"))
        views.append(tree.view())
    for view in reversed(views[:-1]):
        undo(tree.root, tree.state)
        assert tree.view() == view
    for view in views[1:]:
        redo(tree.root, tree.state)
        assert tree.view() == view


def test_there_is_nothing_to_undo_or_redo_at_first(tree: Tree) -> None:
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(tree.root, tree.state)
    with pytest.raises(UsageError, match="nothing to redo"):
        redo(tree.root, tree.state)
    assert log(tree.state) == []


def test_log_is_newest_first_and_says_what_is_undone(tree: Tree) -> None:
    first = tree.apply(tree.edit("a", "1"), note="first")
    second = tree.apply(tree.edit("b", "1"), note="sec\nond \udcff")
    assert log(tree.state) == [second, first]
    undo(tree.root, tree.state)
    assert [(e.id, e.undone) for e in log(tree.state)] == [(second.id, True), (first.id, False)]
    redo(tree.root, tree.state)
    assert log(tree.state) == [second, first]
    assert second.note == "sec\nond \udcff"


def test_a_new_change_after_an_undo_clears_what_could_be_redone(tree: Tree) -> None:
    tree.apply(tree.edit("a", "1"))
    undo(tree.root, tree.state)
    tree.apply(tree.edit("b", "1"))
    with pytest.raises(UsageError, match="nothing to redo"):
        redo(tree.root, tree.state)
    assert [e.undone for e in log(tree.state)] == [False, True]


def test_an_older_change_can_be_undone_by_its_id(tree: Tree) -> None:
    tree.write("a", LINES)
    first = tree.apply(tree.edit("a", _edited(3, "three\n")))
    tree.apply(tree.edit("a", tree.read("a").replace("line 15\n", "fifteen\n")))
    undo(tree.root, tree.state, first.id[:6])
    assert tree.read("a") == _edited(15, "fifteen\n")
    with pytest.raises(UsageError, match="already undone"):
        undo(tree.root, tree.state, first.id)
    redo(tree.root, tree.state)
    assert tree.read("a") == _edited(15, "fifteen\n").replace("line 3\n", "three\n")


@pytest.mark.parametrize("name", ["", "nonsense", "zzzzzzzz"])
def test_an_id_that_names_no_change_is_a_usage_error(tree: Tree, name: str) -> None:
    tree.apply(tree.edit("a", "1"))
    with pytest.raises(UsageError):
        undo(tree.root, tree.state, name)


def test_an_edit_made_since_survives_undo_and_redo(tree: Tree) -> None:
    tree.write("a", LINES)
    tree.apply(tree.edit("a", _edited(3, "model's\n")))
    tree.write("a", tree.read("a").replace("line 15\n", "person's\n"))
    undo(tree.root, tree.state)
    assert tree.read("a") == _edited(15, "person's\n")
    redo(tree.root, tree.state)
    assert tree.read("a") == _edited(3, "model's\n").replace("line 15\n", "person's\n")


def test_an_edit_in_the_same_place_refuses_the_whole_undo(tree: Tree) -> None:
    for name in ("a", "b", "c"):
        tree.write(name, LINES)
    tree.apply(*(tree.edit(name, _edited(3, "model's\n")) for name in ("a", "b", "c")))
    tree.write("b", _edited(3, "person's\n"))
    tree.write("c", _edited(3, "person's too\n"))
    view = tree.view()
    with pytest.raises(ConflictError, match="b, c"):
        undo(tree.root, tree.state)
    assert tree.view() == view
    assert not log(tree.state)[0].undone


def test_a_created_file_that_was_edited_is_not_deleted(tree: Tree) -> None:
    tree.apply(tree.edit("new", "model's\n"), tree.edit("other", "x"))
    tree.write("new", "model's\nperson's\n")
    with pytest.raises(ConflictError, match="new"):
        undo(tree.root, tree.state)
    assert tree.read("new") == "model's\nperson's\n"
    assert tree.read("other") == "x"


def test_a_deleted_file_that_was_written_again_is_not_overwritten(tree: Tree) -> None:
    tree.write("a", "old\n")
    tree.apply(tree.delete("a"))
    tree.write("a", "person's\n")
    with pytest.raises(ConflictError, match="a"):
        undo(tree.root, tree.state)
    assert tree.read("a") == "person's\n"


def test_a_file_that_the_person_deleted_comes_back_as_it_was(tree: Tree) -> None:
    tree.write("d/a", "old\n", 0o600)
    before = tree.view()
    tree.apply(tree.edit("d/a", "new\n"))
    shutil.rmtree(tree.root / "d")
    undo(tree.root, tree.state)
    assert tree.view()["d/a"] == before["d/a"]


def test_a_file_that_the_person_put_back_already_needs_nothing(tree: Tree) -> None:
    tree.write("a", "old\n")
    tree.apply(tree.edit("a", "new\n"), tree.edit("b", "x"))
    tree.write("a", "old\n")
    (tree.root / "b").unlink()
    undo(tree.root, tree.state)
    assert sorted(tree.view()) == ["a"]
    assert tree.read("a") == "old\n"


def test_edits_made_under_the_new_name_come_back_to_the_old_one(tree: Tree) -> None:
    tree.write("old.py", LINES)
    tree.apply(tree.rename("old.py", "new.py", _edited(3, "model's\n")))
    tree.write("new.py", tree.read("new.py").replace("line 15\n", "person's\n"))
    undo(tree.root, tree.state)
    assert sorted(tree.view()) == ["old.py"]
    assert tree.read("old.py") == _edited(15, "person's\n")
    tree.write("old.py", tree.read("old.py").replace("line 9\n", "more\n"))
    redo(tree.root, tree.state)
    assert sorted(tree.view()) == ["new.py"]
    assert tree.read("new.py") == (
        LINES.replace("line 3\n", "model's\n")
        .replace("line 15\n", "person's\n")
        .replace("line 9\n", "more\n")
    )


def test_a_renamed_file_edited_in_the_same_place_refuses_the_undo(tree: Tree) -> None:
    tree.write("old.py", LINES)
    tree.apply(tree.rename("old.py", "new.py", _edited(3, "model's\n")))
    tree.write("new.py", _edited(3, "person's\n"))
    with pytest.raises(ConflictError):
        undo(tree.root, tree.state)
    assert tree.read("new.py") == _edited(3, "person's\n")


def test_the_old_name_taken_since_refuses_the_undo(tree: Tree) -> None:
    tree.write("old.py", "x\n")
    tree.apply(tree.rename("old.py", "new.py"))
    tree.write("old.py", "person's\n")
    with pytest.raises(ConflictError, match=r"old\.py"):
        undo(tree.root, tree.state)
    assert (tree.read("old.py"), tree.read("new.py")) == ("person's\n", "x\n")


def test_a_swap_of_names_is_undone(tree: Tree) -> None:
    tree.write("a", "was a")
    tree.write("b", "was b", 0o600)
    before = tree.view()
    tree.apply(tree.rename("a", "b"), tree.rename("b", "a"))
    undo(tree.root, tree.state)
    assert tree.view() == before


def test_a_chmod_made_since_is_kept(tree: Tree) -> None:
    tree.write("a", "old\n", 0o644)
    tree.write("b", LINES, 0o644)
    tree.apply(tree.edit("a", "new\n"), tree.edit("b", _edited(3, "new\n")))
    (tree.root / "a").chmod(0o600)
    (tree.root / "b").chmod(0o755)
    undo(tree.root, tree.state)
    modes = [stat.S_IMODE((tree.root / name).stat().st_mode) for name in "ab"]
    assert modes == [0o600, 0o755]
    assert (tree.read("a"), tree.read("b")) == ("old\n", LINES)


@pytest.mark.parametrize("what", ["folder", "link to a folder", "fifo", "link"])
def test_something_else_in_the_files_place_refuses_the_undo(tree: Tree, what: str) -> None:
    tree.write("d/a", "old\n")
    tree.apply(tree.edit("d/a", "new\n"), tree.edit("other", "x"))
    target = tree.root / "d" / "a"
    if what == "link to a folder":
        (tree.root / "d").rename(tree.root / "real")
        (tree.root / "d").symlink_to("real")
    else:
        target.unlink()
        {"folder": target.mkdir, "fifo": lambda: os.mkfifo(target)}.get(
            what, lambda: target.symlink_to("other")
        )()
    with pytest.raises(ConflictError, match="d/a"):
        undo(tree.root, tree.state)
    assert tree.read("other") == "x"


def test_a_folder_that_was_made_stays_while_something_is_in_it(tree: Tree) -> None:
    tree.apply(tree.edit("made/deep/new", "x"))
    tree.write("made/mine", "y")
    undo(tree.root, tree.state)
    assert sorted(tree.view()) == ["made", "made/mine"]


def test_undo_does_not_need_the_files_to_be_text(tree: Tree) -> None:
    tree.write("a", b"\0\xff\xfe")
    tree.apply(tree.edit("a", b"\0new"))
    undo(tree.root, tree.state)
    assert (tree.root / "a").read_bytes() == b"\0\xff\xfe"


def test_the_history_is_bounded_in_entries(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_ENTRIES", 5)
    for number in range(8):
        tree.apply(tree.edit("a", f"{number}"), note=str(number))
    assert [entry.note for entry in log(tree.state)] == ["7", "6", "5", "4", "3"]
    for _ in range(2):
        undo(tree.root, tree.state)
    assert tree.read("a") == "5"
    undo(tree.root, tree.state)
    redo(tree.root, tree.state)
    assert tree.read("a") == "5"


def test_the_history_is_bounded_in_bytes(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_BYTES", 250_000)
    for number in range(6):
        tree.apply(tree.edit(f"f{number}", "x" * 100_000), note=str(number))
    assert [entry.note for entry in log(tree.state)] == ["5", "4"]
    tree.apply(tree.edit("huge", "x" * 900_000), note="huge")
    assert [entry.note for entry in log(tree.state)] == ["huge"]
    undo(tree.root, tree.state)
    assert "huge" not in tree.view()


def _damage(tree: Tree, number: int) -> None:
    name = sorted(os.listdir(tree.state / "history"))[number]
    (tree.state / "history" / name / "manifest.json").write_bytes(b"{")


def test_a_damaged_entry_does_not_hide_the_others(tree: Tree) -> None:
    first = tree.apply(tree.edit("a", "1"), note="first")
    tree.apply(tree.edit("b", "1"), note="second")
    _damage(tree, -1)
    assert [entry.note for entry in log(tree.state)] == ["first"]
    (line,) = unreadable(tree.state)
    assert "damaged" in line
    undo(tree.root, tree.state, first.id)
    assert sorted(tree.view()) == ["b"]


def test_another_change_is_never_undone_in_place_of_a_damaged_one(tree: Tree) -> None:
    tree.apply(tree.edit("a", "1"), note="first")
    tree.apply(tree.edit("b", "1"), note="second")
    _damage(tree, -1)
    for step in (undo, redo):
        with pytest.raises(RepoctxError, match="change is damaged"):
            step(tree.root, tree.state)
    assert sorted(tree.view()) == ["a", "b"]


def test_a_damaged_entry_that_is_older_is_not_in_the_way(tree: Tree) -> None:
    tree.apply(tree.edit("a", "1"), note="first")
    tree.apply(tree.edit("b", "1"), note="second")
    _damage(tree, 0)
    undo(tree.root, tree.state)
    redo(tree.root, tree.state)
    undo(tree.root, tree.state)
    assert sorted(tree.view()) == ["a"]


def test_when_only_damaged_entries_are_left_that_is_said(tree: Tree) -> None:
    tree.apply(tree.edit("a", "1"))
    _damage(tree, 0)
    with pytest.raises(RepoctxError, match="damaged"):
        undo(tree.root, tree.state)
    assert log(tree.state) == []
    assert sorted(tree.view()) == ["a"]


STATES = st.one_of(
    st.none(),
    st.builds(
        FileState,
        st.sampled_from([b"", b"a\n", b"a\nb\nc\n", b"x\r\ny", b"\0\xff", b"\xe9\n"]),
        st.sampled_from([REGULAR, EXECUTABLE]),
    ),
    st.builds(FileState, st.sampled_from([b"a", b"../elsewhere"]), st.just(SYMLINK)),
)
PATHS = st.sampled_from(["a", "b", "d/a", "d/e/a", "d/e/b", "f/a", "sp ace", "\udcff"])
STEPS = st.lists(st.dictionaries(PATHS, STATES, min_size=1, max_size=6), min_size=1, max_size=4)


def _apply_states(tree: Tree, wanted: dict[str, FileState | None]) -> bool:
    changes = []
    for path, after in wanted.items():
        before = tree.now(path)
        if before != after:
            changes.append(FileChange(path, before, after))
    if changes:
        apply(tree.root, ChangeSet(tuple(changes)), tree.state)
    return bool(changes)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_is_applied_comes_back_exactly(
    make_tree: Callable[[], Tree], steps: list[dict[str, FileState | None]]
) -> None:
    tree = make_tree()
    views = [tree.view()]
    for wanted in steps:
        if _apply_states(tree, wanted):
            views.append(tree.view())
    for view in views[-2::-1]:
        undo(tree.root, tree.state)
        assert tree.view() == view
    for view in views[1:]:
        redo(tree.root, tree.state)
        assert tree.view() == view


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(model=STEPS, person=st.dictionaries(PATHS, st.binary(max_size=8), max_size=3))
def test_no_byte_of_the_person_is_lost(
    make_tree: Callable[[], Tree],
    model: list[dict[str, FileState | None]],
    person: dict[str, bytes],
) -> None:
    """After undo a file edited by hand holds those edits, or the undo refused and nothing moved."""
    tree = make_tree()
    applied = sum(_apply_states(tree, wanted) for wanted in model)
    written: dict[str, bytes] = {}
    for path, extra in person.items():
        if not (tree.root / path).is_symlink():
            old = (tree.root / path).read_bytes() if (tree.root / path).exists() else b""
            written[path] = old + b"\nPERSON " + extra.hex().encode()
            tree.write(path, written[path])
    for _ in range(applied):
        view = tree.view()
        try:
            undo(tree.root, tree.state)
        except ConflictError:
            assert tree.view() == view
            break
    for path, content in written.items():
        assert content.rpartition(b"\n")[2] in (tree.root / path).read_bytes()
