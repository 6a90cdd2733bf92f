"""A snapshot reads what the walk saw, from the disk or from git, or says that it is gone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from repoctx.errors import RepoctxError, UsageError
from repoctx.files import MissingError, blob_id
from repoctx.packer.walk import Omission, Snapshot, walk

MakeRepository = Callable[..., Path]


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files]


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.path: content for file, content in snapshot.read_all(snapshot.files)}


def test_sparse_files_are_read_from_gits_database(repository: MakeRepository) -> None:
    root = repository({"in/a.txt": "one", "out/b.txt": "two", "out/c.txt": "three"})
    git(root, "sparse-checkout", "set", "in")
    write(root, {"out/c.txt": "on disk after all"})

    snapshot = walk(root)

    assert contents(snapshot) == {
        "in/a.txt": b"one",
        "out/b.txt": b"two",
        "out/c.txt": b"on disk after all",
    }
    assert [file.size for file in snapshot.files] == [3, 3, 17]
    assert snapshot.omitted == ()


def test_content_that_a_partial_clone_lacks_is_omitted(repository: MakeRepository) -> None:
    root = repository({"in/a.txt": "one", "out/b.txt": "two"})
    git(root, "sparse-checkout", "set", "in")
    blob = blob_id(b"two")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()

    assert walk(root).omitted == (Omission("out/b.txt", "its content is not in this clone"),)


def test_a_revision_is_read_as_it_was(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one", "d/b.txt": "two"})
    (root / "link").symlink_to("a.txt")
    (root / "a.txt").write_text("changed")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    write(root, {"d/b.txt": "not committed", "new.txt": "new"})

    before, now = walk(root / "d", rev="HEAD~1"), walk(root, rev="HEAD")

    assert contents(before) == {"a.txt": b"one", "d/b.txt": b"two"}
    assert contents(now) == {"a.txt": b"changed", "d/b.txt": b"two", "link": b"a.txt"}
    assert now.read(now.files[0]) == b"changed"
    assert [file.size for file in now.files] == [7, 3, 5]


def test_a_sha256_repository_has_the_same_blobs_now_and_then(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    write(tmp_path, {"a.txt": "one"})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")

    now, then = walk(tmp_path), walk(tmp_path, rev="HEAD")

    assert now.files == then.files
    assert contents(now) == contents(then) == {"a.txt": b"one"}


def test_a_forged_tree_cannot_name_what_is_outside_the_working_tree(
    repository: MakeRepository,
) -> None:
    root = repository({"a.txt": "one"})
    subtree = make_tree(root, f"100644 blob {blob_id(b'one')}\tconfig\n")
    forged = make_tree(root, f"040000 tree {subtree}\t.GIT\n040000 tree {subtree}\t..\n")
    commit = git(root, "commit-tree", forged, "-m", "forged")

    snapshot = walk(root, rev=commit)

    assert snapshot.files == ()
    assert [omission.path for omission in snapshot.omitted] == ["../config", ".GIT/config"]


def make_tree(root: Path, text: str) -> str:
    command = ["git", "mktree"]
    done = subprocess.run(command, cwd=root, input=text, capture_output=True, check=True, text=True)
    return done.stdout.strip()


def test_an_unknown_revision_or_folder_is_a_usage_error(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"a.txt": "one"})

    for folder, rev in ((root, "nowhere"), (tmp_path / "missing", None), (root / "a.txt", None)):
        with pytest.raises(UsageError):
            walk(folder, rev=rev)
    with pytest.raises(UsageError, match="not in a git repository"):
        walk(tmp_path, rev="HEAD")


def test_a_file_that_changed_since_the_walk_is_not_read_as_the_old_one(
    repository: MakeRepository,
) -> None:
    root = repository({"a.txt": "one", "b.txt": "two"})
    snapshot = walk(root)
    (root / "a.txt").write_text("changed")
    (root / "b.txt").unlink()

    with pytest.raises(RepoctxError, match=r"a\.txt changed while it was read"):
        snapshot.read(snapshot.files[0])
    with pytest.raises(MissingError, match=r"b\.txt"):
        snapshot.read(snapshot.files[1])


def test_todays_repoctxignore_holds_for_old_revisions_too(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one", "secret.txt": "two"})
    write(root, {".repoctxignore": "secret.txt\n"})

    assert paths(walk(root, rev="HEAD")) == ["a.txt"]
