"""Real repositories in every state are listed and read, whatever their files are called."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import RepoctxError, UsageError
from repoctx.files import blob_id
from repoctx.git import MissingBlobError, Repository, find_repository

MakeRepository = Callable[..., Path]


ODD_NAMES = ["n\nl", "esc\x1b[31m", "\udcff", ":(glob)x", "a:b", "Case", "case", "é", "e\u0301"]


ODD_NAMES += ["-dash", "$HOME", "~", "quote\"'", "tab\t", " ", "\u202ereversed", "%s", "\\", "CON"]


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def found(folder: Path) -> Repository:
    repository = find_repository(folder)
    assert repository is not None
    return repository


def test_ignored_folders_are_named_as_they_are_called(repository: MakeRepository) -> None:
    """Of the names some are patterns to git, and match others."""
    ignored = {":!x/": "/:!x/", ":(top)/": "/:(top)/", "*/": "/\\*/", "[a]/": "/\\[a]/"}
    root = repository({".gitignore": "".join(f"{rule}\n" for rule in ignored.values())})
    for name in [*ignored, "a", "kept/:!x"]:
        (root / name).mkdir(parents=True)
        (root / name / "file").write_text("")
    assert sorted(found(root).ignored_folders()) == sorted(ignored)


def test_a_repository_lists_names_and_reads_its_files(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one\n", "d/run.sh": "two\n"})
    (root / "d/run.sh").chmod(0o755)
    (root / "link").symlink_to("a.txt")
    git(root, "add", "-A")
    (root / "new").write_text("three")

    repo = found(root)

    assert (repo.root, repo.git_folder) == (root, root / ".git")
    assert repo.head() == git(root, "rev-parse", "HEAD")
    tracked = repo.tracked()
    assert [(entry.path, entry.mode) for entry in tracked] == [
        ("a.txt", 0o100644),
        ("d/run.sh", 0o100755),
        ("link", 0o120000),
    ]
    assert repo.untracked() == ["new"]
    assert list(repo.read_blobs(entry.blob for entry in tracked)) == [b"one\n", b"two\n", b"a.txt"]
    assert list(repo.blob_sizes(entry.blob for entry in tracked).values()) == [4, 4, 5]
    assert [(entry.path, entry.size) for entry in repo.tree("HEAD")] == [
        ("a.txt", 4),
        ("d/run.sh", 4),
    ]


def test_every_legal_name_survives(repository: MakeRepository) -> None:
    root = repository({name: name.encode("utf-8", "surrogateescape") for name in ODD_NAMES})
    for name in ODD_NAMES:
        (root / f"{name} untracked").write_text("new")

    repo = found(root)

    assert sorted(entry.path for entry in repo.tracked()) == sorted(ODD_NAMES)
    assert sorted(entry.path for entry in repo.tree("HEAD")) == sorted(ODD_NAMES)
    assert sorted(repo.untracked()) == sorted(f"{name} untracked" for name in ODD_NAMES)
    assert sorted(next(repo.commits(1)).paths) == sorted(ODD_NAMES)


def test_before_the_first_commit_there_is_no_head_or_history(
    repository: MakeRepository,
) -> None:
    repo = found(repository({"a.txt": "one"}, commit=False))

    assert repo.head() is None
    assert repo.tracked() == []
    assert repo.untracked() == ["a.txt"]
    assert list(repo.commits(5)) == []
    with pytest.raises(UsageError, match="HEAD"):
        repo.tree("HEAD")


def test_a_detached_head_is_a_head(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    git(root, "checkout", "-q", "--detach")

    assert found(root).head() == git(root, "rev-parse", "main")


def test_a_sparse_checkout_says_what_it_leaves_out(repository: MakeRepository) -> None:
    root = repository({"in/a.txt": "one", "out/b.txt": "two"})
    git(root, "sparse-checkout", "set", "in")

    sparse = {entry.path: entry.sparse for entry in found(root).tracked()}

    assert sparse == {"in/a.txt": False, "out/b.txt": True}


def test_a_shallow_clone_has_the_history_that_it_has(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    git(root, "commit", "-q", "--allow-empty", "-m", "second")
    git(root.parent, "clone", "-q", "--depth", "1", f"file://{root}", "shallow")

    assert [commit.message for commit in found(root.parent / "shallow").commits(9)] == ["second"]


def test_a_sha256_repository_names_blobs_by_its_own_hash(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a.txt").write_text("one")
    git(tmp_path, "add", "-A")

    repo = found(tmp_path)

    assert repo.object_format == "sha256"
    assert repo.tracked()[0].blob == blob_id(b"one", "sha256")
    assert list(repo.read_blobs([blob_id(b"one", "sha256")])) == [b"one"]


def test_a_conflict_shows_each_side(repository: MakeRepository) -> None:
    root = repository({"a.txt": "base\n"})
    git(root, "checkout", "-q", "-b", "side")
    (root / "a.txt").write_text("theirs\n")
    git(root, "commit", "-qam", "theirs")
    git(root, "checkout", "-q", "main")
    (root / "a.txt").write_text("ours\n")
    git(root, "commit", "-qam", "ours")
    subprocess.run(["git", "merge", "-q", "side"], cwd=root, capture_output=True)

    assert [(entry.path, entry.stage) for entry in found(root).tracked()] == [
        ("a.txt", 1),
        ("a.txt", 2),
        ("a.txt", 3),
    ]


def test_commits_come_newest_first_with_their_paths(
    repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({"a.txt": "one"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:06Z")
    git(root, "checkout", "-q", "-b", "side")
    (root / "100644 b").write_text("two")
    (root / git(root, "rev-parse", "HEAD")).write_text("named like a commit")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", ":000000 subject\n\nbody \x1b \x01")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "joined", "side")
    first = git(root, "rev-parse", "HEAD~1")

    commits = list(found(root).commits(9))

    assert [commit.message for commit in commits] == [
        "joined",
        ":000000 subject\n\nbody \x1b \x01",
        "The first commit",
    ]
    assert [commit.paths for commit in commits] == [(), ("100644 b", first), ("a.txt",)]
    assert commits[0].id == git(root, "rev-parse", "HEAD")
    assert commits[0].time == 1767323046
    assert [commit.message for commit in found(root).commits(1)] == ["joined"]
    assert [commit.message for commit in found(root).commits(9, "HEAD~1")] == ["The first commit"]


def test_a_commit_message_that_is_not_utf8_is_still_read(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    text = git(root, "cat-file", "commit", "HEAD").encode() + b" caf\xe9\n"
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    forged = subprocess.run(command, cwd=root, input=text, capture_output=True, check=True).stdout
    git(root, "update-ref", "HEAD", forged.decode().strip())

    assert next(found(root).commits(1)).message == "The first commit caf\udce9"


def test_a_revision_that_does_not_exist_is_named(repository: MakeRepository) -> None:
    repo = found(repository({"a.txt": "one"}))

    for rev in ("nowhere", "HEAD~5", "--all", "", "HEAD:a.txt", "a\0b", "HEAD^{tree}x"):
        with pytest.raises(UsageError):
            repo.tree(rev)


def test_a_blob_that_is_not_there_is_named_and_the_next_can_be_read(
    repository: MakeRepository,
) -> None:
    repo = found(repository({"a.txt": "one"}))

    with repo.blobs() as blobs:
        with pytest.raises(MissingBlobError, match="0" * 40):
            blobs.read("0" * 40)
        with pytest.raises(UsageError):
            blobs.read("HEAD\nHEAD")
        assert blobs.read(blob_id(b"one")) == b"one"
        blobs.close()
        assert blobs.read(blob_id(b"one")) == b"one"


def test_a_damaged_blob_is_an_error_of_one_line(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    blob = blob_id(b"one")
    loose = root / ".git/objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"garbage")

    with pytest.raises(RepoctxError) as caught:
        list(found(root).read_blobs([blob]))
    assert "\n" not in caught.value.message
