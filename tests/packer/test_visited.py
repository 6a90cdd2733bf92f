"""What is not worth watching is what a walk never enters, and not a folder more."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from repoctx.packer.visited import walk_scope
from repoctx.packer.walk import walk
from tests.conftest import MakeRepository, write_files

RULES = {".gitignore": "node_modules/\n*.log\nbuild\n", "src/a.py": "1"}
IGNORED = {"node_modules/deep/a.js": "1", "src/node_modules/b.js": "1", "build/o": "1"}


def test_ignored_folders_are_skipped_in_git_and_outside(
    repository: MakeRepository, tmp_path: Path
) -> None:
    write_files(tmp_path / "plain", {**RULES, **IGNORED})
    inside = repository(RULES)
    write_files(inside, IGNORED)
    skipped = {"node_modules/", "src/node_modules/", "build/"}
    assert walk_scope(inside).skipped == skipped
    assert walk_scope(inside).git_folder == inside / ".git"
    assert walk_scope(tmp_path / "plain").skipped == skipped
    assert walk_scope(tmp_path / "plain").git_folder is None


def test_a_folder_that_happens_to_hold_only_ignored_files_is_not_skipped(
    repository: MakeRepository,
) -> None:
    root = repository(RULES)
    write_files(root, {"logs/a.log": "1", "new/deep/b.log": "1", "new/node_modules/c": "1"})
    (root / "empty").mkdir()
    assert walk_scope(root).skipped == {"new/node_modules/"}


def test_a_folder_with_a_tracked_file_is_not_skipped_though_it_is_ignored(
    repository: MakeRepository,
) -> None:
    root = repository({**RULES, "build/keep.txt": "1"})
    write_files(root, {"build/o": "1", "build/sub/o": "1"})
    assert walk_scope(root).skipped == {"build/sub/"}


def test_a_folder_with_a_named_file_is_not_skipped_though_it_is_ignored(
    repository: MakeRepository,
) -> None:
    root = repository(RULES)
    write_files(root, IGNORED)
    skipped = walk_scope(root, {"build/o", "src/a.py"}).skipped
    assert skipped == {"node_modules/", "src/node_modules/"}


def test_other_repositories_inside_are_skipped(repository: MakeRepository) -> None:
    root = repository({"a.py": "1"})
    nested = repository({"b.py": "1"}, name="repository/nested")
    subprocess.run(["git", "add", "nested"], cwd=root, check=True, capture_output=True)
    repository({"c.py": "1"}, name="repository/untracked")
    assert nested.is_dir()
    assert walk_scope(root).skipped == {"nested/", "untracked/"}


@pytest.mark.parametrize("name", ["odd\nname", 'quo"te', "b\\ack", "[glob]*", "ü"])
def test_odd_names_are_skipped_under_their_own_name(repository: MakeRepository, name: str) -> None:
    root = repository({"a.py": "1"})
    write_files(root, {f"{name}/.gitignore": "*\n", f"{name}/x/y": "1"})
    scope = walk_scope(root)
    assert not any(file.path.startswith(name) for file in walk(root).files)
    assert scope.skipped <= {f"{name}/", f"{name}/x/"}
    assert not scope.reaches(f"{name}/x/")
