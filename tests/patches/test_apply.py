from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.patches import exchange, writers
from repoctx.patches.apply import apply, recover
from repoctx.patches.edits import (
    EXECUTABLE,
    SYMLINK,
    ChangeSet,
    EditConflict,
    EditError,
    FileChange,
    FileState,
)
from tests.waiting import PATIENCE, next_line, running

Tree = Any  # the fixture's class lives in conftest.py, which tests do not import


def test_every_kind_of_change_is_written(tree: Tree) -> None:
    tree.write("edit.py", "old\n")
    tree.write("gone/only.txt", "x")
    tree.write("from.py", "move me\n", 0o640)
    tree.write("run.sh", "#!/bin/sh\n", 0o644)
    entry = tree.apply(
        tree.edit("edit.py", "new\n"),
        tree.edit("made/deep/new.py", "fresh\n"),
        tree.delete("gone/only.txt"),
        tree.rename("from.py", "to/name.py", "moved\n"),
        tree.executable("run.sh"),
        tree.link("latest", "edit.py"),
        note="everything",
    )
    assert tree.read("edit.py") == "new\n"
    assert tree.read("made/deep/new.py") == "fresh\n"
    assert not (tree.root / "gone").exists()
    assert not (tree.root / "from.py").exists()
    assert tree.read("to/name.py") == "moved\n"
    assert stat.S_IMODE((tree.root / "to/name.py").stat().st_mode) == 0o640
    assert stat.S_IMODE((tree.root / "run.sh").stat().st_mode) == 0o755
    assert os.readlink(tree.root / "latest") == "edit.py"
    assert [f.kind for f in entry.files] == [
        "edit",
        "create",
        "delete",
        "rename",
        "mode",
        "create",
    ]
    assert entry.note == "everything"


def _replaced_by_a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _replaced_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replaced_by_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "meddle",
    [
        lambda path: path.write_bytes(b"theirs\n"),
        Path.unlink,
        lambda path: path.chmod(0o755),
        _replaced_by_a_link,
        _replaced_by_a_folder,
        _replaced_by_a_fifo,
    ],
    ids=["edited", "deleted", "made executable", "link", "folder", "fifo"],
)
def test_a_file_that_changed_since_the_review_refuses_the_whole_change(
    tree: Tree, meddle: Any
) -> None:
    target = tree.write("second.py", "reviewed\n")
    changes = (tree.edit("first.py", "new\n"), tree.edit("second.py", "mine\n"))
    meddle(target)
    before = os.lstat(target) if os.path.lexists(target) else None
    with pytest.raises((ConflictError, EditError), match=r"second\.py"):
        tree.apply(*changes)
    assert not (tree.root / "first.py").exists()
    after = os.lstat(target) if os.path.lexists(target) else None
    assert (before and before.st_ino) == (after and after.st_ino)


def test_a_file_that_appeared_since_the_review_refuses_the_whole_change(tree: Tree) -> None:
    change = tree.edit("new.py", "mine\n")
    tree.write("new.py", "theirs\n")
    with pytest.raises(ConflictError, match=r"new\.py changed since"):
        tree.apply(change)
    assert tree.read("new.py") == "theirs\n"


def test_one_stale_file_among_a_hundred_leaves_all_unwritten(tree: Tree) -> None:
    changes = []
    for number in range(100):
        tree.write(f"src/f{number}.py", f"{number}\n")
        changes.append(tree.edit(f"src/f{number}.py", "changed\n"))
    tree.write("src/f99.py", "edited meanwhile\n")
    view = tree.view()
    with pytest.raises(ConflictError):
        tree.apply(*changes)
    assert tree.view() == view


def test_a_set_with_a_conflict_is_refused(tree: Tree) -> None:
    changes = ChangeSet(
        (tree.edit("a", "x"),), (EditConflict("b.py", "no such text", "look again"),)
    )
    with pytest.raises(ConflictError, match=r"b\.py: no such text"):
        apply(tree.root, changes, tree.state)
    assert tree.view() == {}


def test_an_empty_set_is_refused(tree: Tree) -> None:
    with pytest.raises(UsageError):
        apply(tree.root, ChangeSet(()), tree.state)


def test_two_changes_of_one_path_are_refused(tree: Tree) -> None:
    tree.write("a", "1")
    with pytest.raises(EditError, match="changed twice"):
        tree.apply(tree.edit("a", "2"), tree.edit("a", "3"))


def test_names_can_be_swapped(tree: Tree) -> None:
    tree.write("a", "was a")
    tree.write("b", "was b")
    tree.apply(tree.rename("a", "b"), tree.rename("b", "a"))
    assert (tree.read("a"), tree.read("b")) == ("was b", "was a")


def test_a_new_file_can_take_the_place_of_a_moved_one(tree: Tree) -> None:
    tree.write("a", "was a")
    created = FileChange("a", None, FileState(b"new a"))
    tree.apply(tree.rename("a", "b"), created)
    assert (tree.read("a"), tree.read("b")) == ("new a", "was a")


@pytest.mark.parametrize("path", ["../out", "/tmp/out", ".git/config", "a/../../out", "x/.GIT/y"])
def test_a_forbidden_path_refuses_the_whole_change(tree: Tree, path: str) -> None:
    with pytest.raises(EditError):
        tree.apply(tree.edit("fine", "x"), FileChange(path, None, FileState(b"evil")))
    assert tree.view() == {}


def test_a_folder_that_becomes_a_link_after_the_check_is_not_followed(
    tree: Tree, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The swap happens at the worst moment: after all checks, before the first write."""
    outside = folder / "outside"
    outside.mkdir()
    (outside / "f.py").write_bytes(b"old\n")
    tree.write("src/f.py", "old\n")
    change = tree.edit("src/f.py", "new\n")
    mkdir = os.mkdir

    def swap_then_mkdir(path: Any, *rest: Any, **named: Any) -> None:
        mkdir(path, *rest, **named)
        if str(path).endswith("tx.new"):
            (tree.root / "src").rename(tree.root / "moved")
            (tree.root / "src").symlink_to(outside)

    monkeypatch.setattr(os, "mkdir", swap_then_mkdir)
    with pytest.raises(RepoctxError):
        tree.apply(change)
    assert (outside / "f.py").read_bytes() == b"old\n"
    assert sorted(os.listdir(outside)) == ["f.py"]


@pytest.mark.parametrize("way", ["by rename", "in place", "deletes"])
def test_a_save_at_the_moment_of_the_swap_is_kept(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    tree.write("a.py", "a\n")
    tree.write("b.py", "b\n")
    changes = (tree.edit("a.py", "A\n"), tree.edit("b.py", "B\n"))
    swap = exchange.swap

    def save_then_swap(folder: int, temporary: str, name: str) -> bool:
        if name == "b.py" and way == "by rename":
            (tree.root / "saved").write_bytes(b"saved in an editor\n")
            (tree.root / "saved").rename(tree.root / "b.py")
        elif name == "b.py" and way == "in place":
            tree.write("b.py", "saved in an editor\n")
        elif name == "b.py":
            (tree.root / "b.py").unlink()
        return swap(folder, temporary, name)

    monkeypatch.setattr(exchange, "swap", save_then_swap)
    with pytest.raises(ConflictError, match=r"b\.py changed while"):
        tree.apply(*changes)
    assert tree.read("a.py") == "a\n"
    if way != "deletes":
        assert tree.read("b.py") == "saved in an editor\n"
    assert sorted(tree.view()) == (["a.py"] if way == "deletes" else ["a.py", "b.py"])


def test_a_save_into_a_file_that_was_open_during_the_swap_is_kept(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tree.write("a.py", "a\n")
    change = tree.edit("a.py", "A\n")
    swap = exchange.swap

    def swap_then_save(folder: int, temporary: str, name: str) -> bool:
        with target.open("r+b") as editor:
            done = swap(folder, temporary, name)
            editor.truncate()
            editor.write(b"saved in an editor\n")
        return done

    monkeypatch.setattr(exchange, "swap", swap_then_save)
    with pytest.raises(ConflictError, match=r"a\.py changed while"):
        tree.apply(change)
    assert tree.view() == {"a.py": (target.stat().st_mode, b"saved in an editor\n")}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
@pytest.mark.parametrize("late", [True, False])
def test_a_program_that_has_a_file_open_is_waited_for_but_not_for_ever(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    target = tree.write("log", "old\n")
    changes = tree.edit("log", "new\n")
    program = f"exec >> '{target}'; echo open >&2; read told; echo more"
    with running(["sh", "-c", program], stdin=PIPE, stderr=PIPE, text=True) as appending:
        assert next_line(appending.stderr) == "open\n"
        monkeypatch.setattr(writers, "PATIENCE", PATIENCE if late else 0.05)
        look = writers._is_leased

        def told_at_the_second_look(descriptor: int) -> bool:
            if looks and late and appending.stdin:
                appending.stdin.close()
            looks.append(look(descriptor))
            return looks[-1]

        looks: list[bool] = []
        monkeypatch.setattr(writers, "_is_leased", told_at_the_second_look)
        if late:
            with pytest.raises(ConflictError, match="log changed while"):
                tree.apply(changes)
            assert tree.read("log") == "old\nmore\n"
        else:
            tree.apply(changes)
            assert tree.read("log") == "new\n"
        assert looks[-1] is late


def test_a_file_saved_at_the_moment_of_its_deletion_is_kept(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write("a.py", "a\n")
    change = tree.delete("a.py")
    rename = os.rename

    def save_then_rename(source: Any, target: Any, **named: Any) -> None:
        if source == "a.py":
            tree.write("a.py", "saved in an editor\n")
        rename(source, target, **named)

    monkeypatch.setattr(os, "rename", save_then_rename)
    with pytest.raises(ConflictError, match=r"a\.py changed while"):
        tree.apply(change)
    assert tree.read("a.py") == "saved in an editor\n"
    assert sorted(tree.view()) == ["a.py"]


def test_where_names_cannot_be_swapped_files_are_still_replaced_and_restored(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "swap", lambda *_: False)
    tree.write("a.py", "a\n")
    tree.write("b.py", "b\n")
    view = tree.view()
    changes = (tree.edit("a.py", "A\n"), tree.edit("b.py", "B\n"))
    rename = os.rename

    def rename_then_edit(source: Any, target: Any, **named: Any) -> None:
        rename(source, target, **named)
        if target == "a.py":
            tree.write("b.py", "saved in an editor\n")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", rename_then_edit)
        with pytest.raises(ConflictError, match=r"b\.py changed while"):
            tree.apply(*changes)
    assert (tree.read("a.py"), tree.read("b.py")) == ("a\n", "saved in an editor\n")
    tree.write("b.py", "b\n")
    tree.apply(*changes)
    assert (tree.read("a.py"), tree.read("b.py")) == ("A\n", "B\n")
    assert sorted(tree.view()) == sorted(view)


def test_swapping_swaps_or_says_that_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "other").write_bytes(b"2")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        done = exchange.swap(folder, "one", "other")
        assert (tmp_path / "one").read_bytes() == (b"2" if done else b"1")
        if done:
            with pytest.raises(FileNotFoundError):
                exchange.swap(folder, "one", "missing")
    finally:
        os.close(folder)


def test_a_file_created_between_check_and_link_is_not_overwritten(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def create_then_link(source: Any, target: Any, **named: Any) -> None:
        tree.write("new.py", "saved in an editor\n")
        link(source, target, **named)

    monkeypatch.setattr(os, "link", create_then_link)
    with pytest.raises(ConflictError, match=r"new\.py changed while"):
        tree.apply(tree.edit("new.py", "mine\n"))
    assert tree.read("new.py") == "saved in an editor\n"


def test_where_there_are_no_hard_links_new_files_are_still_created(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    tree.apply(tree.edit("new.py", "mine\n"))
    assert tree.read("new.py") == "mine\n"
    assert sorted(tree.view()) == ["new.py"]


def test_permissions_stay_and_special_bits_are_not_granted(tree: Tree) -> None:
    tree.write("private", "x", 0o600)
    tree.write("special", "x", 0o4755)
    tree.apply(tree.edit("private", "y"), tree.edit("special", "y"))
    assert stat.S_IMODE((tree.root / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tree.root / "special").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("permissions", "mode", "expected"),
    [
        (0o644, EXECUTABLE, 0o755),
        (0o600, EXECUTABLE, 0o700),
        (0o640, EXECUTABLE, 0o750),
        (0o755, 0o100644, 0o644),
        (0o710, 0o100644, 0o600),
    ],
)
def test_the_executable_bit_follows_the_right_to_read(
    tree: Tree, permissions: int, mode: int, expected: int
) -> None:
    tree.write("f", "x", permissions)
    tree.apply(tree.edit("f", "x", mode))
    assert stat.S_IMODE((tree.root / "f").stat().st_mode) == expected


def test_a_new_file_gets_what_the_umask_says(tree: Tree) -> None:
    old = os.umask(0o027)
    try:
        tree.apply(tree.edit("plain", "x"), tree.edit("run", "x", EXECUTABLE))
    finally:
        os.umask(old)
    modes = [stat.S_IMODE((tree.root / name).stat().st_mode) for name in ("plain", "run")]
    assert modes == [0o640, 0o750]


def test_a_link_and_a_file_can_replace_each_other(tree: Tree) -> None:
    tree.write("f", "content")
    (tree.root / "l").symlink_to("f")
    tree.apply(tree.link("f", "elsewhere"), tree.edit("l", "now a file", 0o100644))
    assert os.readlink(tree.root / "f") == "elsewhere"
    assert tree.now("l") == FileState(b"now a file")


def test_editing_a_link_changes_the_link_and_not_its_target(tree: Tree, folder: Path) -> None:
    outside = folder / "outside.txt"
    outside.write_bytes(b"untouched")
    (tree.root / "l").symlink_to(outside)
    assert tree.now("l").mode == SYMLINK
    tree.apply(tree.edit("l", "plain.txt"))
    assert os.readlink(tree.root / "l") == "plain.txt"
    assert outside.read_bytes() == b"untouched"


def test_a_hard_link_elsewhere_keeps_the_old_content(tree: Tree, folder: Path) -> None:
    tree.write("a", "old")
    os.link(tree.root / "a", folder / "other")
    os.link(tree.root / "a", tree.root / "b")
    tree.apply(tree.edit("a", "new a"), tree.edit("b", "new b"))
    assert (tree.read("a"), tree.read("b")) == ("new a", "new b")
    assert (folder / "other").read_bytes() == b"old"


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_stay(tree: Tree) -> None:
    target = tree.write("f", "x")
    try:
        os.setxattr(target, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    tree.apply(tree.edit("f", "y"))
    assert os.getxattr(target, "user.note") == b"mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_said_in_one_line(tree: Tree) -> None:
    tree.write("secret", "x", 0)
    with pytest.raises(EditError, match="cannot read secret: Permission denied"):
        tree.now("secret")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_keeps_the_owner(tree: Tree) -> None:
    target = tree.write("f", "x", 0o640)
    os.chown(target, 1234, 4321)
    tree.apply(tree.edit("f", "y"))
    status = target.stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)
    assert stat.S_IMODE(status.st_mode) == 0o640


@pytest.mark.parametrize(
    "name", ["a\nb", 'quo"te', "sp ace", "\udcff.bin", "a:b", "back\\slash", "é"]
)
def test_odd_names_that_exist_can_be_edited(tree: Tree, name: str) -> None:
    tree.write(name, "old")
    tree.apply(tree.edit(name, "new"))
    assert tree.read(name) == "new"


def test_what_the_change_leaves_empty_goes_and_what_it_does_not_stays(tree: Tree) -> None:
    tree.write("a/b/c/only", "x")
    tree.write("a/kept", "x")
    tree.apply(tree.delete("a/b/c/only"))
    assert sorted(tree.view()) == ["a", "a/kept"]


def test_the_history_cannot_be_written_where_it_lies_in_the_tree(tmp_path: Path) -> None:
    state = tmp_path / ".local/state/repoctx"
    change = FileChange(".local/state/repoctx/history/x", None, FileState(b""))
    with pytest.raises(EditError, match="own state"):
        apply(tmp_path, ChangeSet((change,)), state)


def test_nothing_was_interrupted_is_said_by_none(tree: Tree) -> None:
    assert recover(tree.root, tree.state) is None
    tree.apply(tree.edit("a", "x"))
    assert recover(tree.root, tree.state) is None


def test_state_is_private(tree: Tree) -> None:
    old = os.umask(0)
    try:
        tree.apply(tree.edit("a", "x"))
    finally:
        os.umask(old)
    for folder, _, files in os.walk(tree.state):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        for name in files:
            assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600


def test_a_large_patch_is_whole(tree: Tree) -> None:
    for number in range(300):
        tree.write(f"d{number % 7}/f{number}", f"{number}\n" * 50)
    tree.apply(*(tree.edit(f"d{n % 7}/f{n}", f"new {n}\n" * 50) for n in range(300)))
    assert all(tree.read(f"d{n % 7}/f{n}").startswith("new") for n in range(300))


def test_the_whole_machinery_loads_nothing_heavy() -> None:
    code = (
        "import sys; import repoctx.patches.apply, repoctx.patches.history, repoctx.patches.review;"
        "heavy = {'git', 'openai', 'tiktoken', 'tree_sitter', 'textual', 'pydantic', 'rich',"
        "'typer', 'platformdirs', 'subprocess', 'asyncio', 'sqlite3'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
