"""The repository of a folder is found, or it is clear why it cannot be used."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import RefusedError, RepoctxError, UsageError
from repoctx.git import GITLINK, Repository, find_repository

MakeRepository = Callable[..., Path]


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def found(folder: Path) -> Repository:
    repository = find_repository(folder)
    assert repository is not None
    return repository


@pytest.mark.parametrize("name", ["plain", "$HOME", "~", "new\nline", "\udcff", "-C"])
def test_a_repository_may_be_in_a_folder_of_any_name(repository: MakeRepository, name: str) -> None:
    root = repository({"d/a.txt": "one"}, name=name)

    repo = found(root / "d")

    assert repo.root == root
    assert [entry.path for entry in repo.tracked()] == ["d/a.txt"]


def test_outside_git_there_is_no_repository_and_git_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert find_repository(tmp_path) is None


def test_a_folder_inside_leads_to_the_top(repository: MakeRepository) -> None:
    root = repository({"a/b/c.txt": "text"})
    (root.parent / "shortcut").symlink_to(root / "a/b")

    assert found(root / "a/b").root == root
    assert found(root.parent / "shortcut").root == root


def test_a_bare_repository_and_the_inside_of_git_have_no_files(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    git(root, "clone", "-q", "--bare", str(root), "bare.git")

    for folder in (root / "bare.git", root / "bare.git/refs", root / ".git"):
        with pytest.raises(UsageError, match="no files to read") as caught:
            find_repository(folder)
        assert caught.value.hint


def test_a_repository_of_another_user_is_refused_with_gits_own_advice(
    repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"a.txt": "one"})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    with pytest.raises(RefusedError, match="another user") as caught:
        find_repository(root)
    assert f"git config --global --add safe.directory {root}" in caught.value.hint

    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(root))
    assert [entry.path for entry in found(root).tracked()] == ["a.txt"]


def test_a_linked_worktree_is_a_repository(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    git(root, "worktree", "add", "-q", "-b", "side", "../side")

    repo = found(root.parent / "side")

    assert repo.root == root.parent / "side"
    assert [entry.path for entry in repo.tracked()] == ["a.txt"]


def test_a_submodule_is_a_link_outside_and_a_repository_inside(repository: MakeRepository) -> None:
    inner = repository({"inner.txt": "one"}, name="inner")
    outer = repository({"outer.txt": "two"}, name="outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")

    modes = {entry.path: entry.mode for entry in found(outer).tracked()}

    assert modes["lib"] == GITLINK
    assert found(outer / "lib").root == outer / "lib"
    assert [entry.path for entry in found(outer / "lib").tracked()] == ["inner.txt"]


@pytest.mark.parametrize("damage", ["HEAD", "config", "objects", "index", "gitfile"])
def test_a_damaged_repository_is_a_clear_error(repository: MakeRepository, damage: str) -> None:
    root = repository({"a.txt": "one"})
    if damage == "gitfile":
        shutil.rmtree(root / ".git")
        (root / ".git").write_text("gitdir: /nowhere\n")
    elif damage == "objects":
        shutil.rmtree(root / ".git/objects")
    else:
        (root / ".git" / damage).write_bytes(b"\xffgarbage\n[")

    with pytest.raises(RepoctxError) as caught:
        found(root).tracked()
    assert "\n" not in caught.value.message
    assert str(root) in caught.value.message


def test_an_empty_folder_named_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    assert find_repository(tmp_path) is None


def test_ceilings_end_the_search(
    repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"a/b/c.txt": "text"})
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root / "a"))

    assert find_repository(root / "a/b") is None
    assert find_repository(root) is not None


def test_a_working_tree_moved_elsewhere_by_the_configuration_is_refused(
    repository: MakeRepository,
) -> None:
    root = repository({"a.txt": "one"})
    for elsewhere in (str(root.parent), "/"):
        git(root, "config", "core.worktree", elsewhere)

        with pytest.raises(RefusedError, match="another folder"):
            find_repository(root)
