"""History: past messages tie words to paths, and only new commits are read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.git import Repository, find_repository
from repoctx.packer import history
from repoctx.packer.index import open_index
from repoctx.packer.words import parse_query

MakeRepository = Callable[..., Path]


def commit(root: Path, message: str, *paths: str) -> str:
    for path in paths:
        with (root / path).open("a") as file:
            file.write(f"{message}\n")
    for arguments in (("add", "-A"), ("commit", "-q", "-m", message)):
        subprocess.run(("git", *arguments), cwd=root, check=True, capture_output=True)
    head = subprocess.run(("git", "rev-parse", "HEAD"), cwd=root, check=True, capture_output=True)
    return head.stdout.decode().strip()


def opened(root: Path) -> Repository:
    repository = find_repository(root)
    assert repository is not None
    return repository


def test_a_message_ties_its_words_to_the_paths_it_changed(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({})
    commit(root, "Feed the walrus\n\nSigned-off-by: Otter <o@example.org>", "a.py")
    commit(root, "Walrus and seal", "b.py", "c.py")
    commit(root, "Nothing", "d.py")
    with open_index(tmp_path / "cache") as index:
        past = history.past(index, opened(root))
        tied = past.changes(parse_query("walrus").terms)
        assert set(tied) == {"a.py", "b.py", "c.py"}
        assert tied["b.py"] == tied["c.py"] < tied["a.py"]
        assert past.changes(parse_query("otter").terms) == {}


def test_later_and_more_frequent_changes_make_a_path_lively(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({})
    for path in ("old.py", "often.py", "often.py", "late.py"):
        commit(root, "Change", path)
    with open_index(tmp_path / "cache") as index:
        lively = history.past(index, opened(root)).activity()
    assert lively["often.py"] == 1 > lively["late.py"] > lively["old.py"] > 0


def test_commits_are_read_once_and_up_to_the_revision(
    repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository({})
    first = commit(root, "Feed the walrus", "a.py")
    commit(root, "Feed the seal", "b.py")
    terms = parse_query("feed").terms
    with open_index(tmp_path / "cache") as index:
        assert set(history.past(index, opened(root), first).changes(terms)) == {"a.py"}
        assert set(history.past(index, opened(root)).changes(terms)) == {"a.py", "b.py"}
        monkeypatch.delattr(Repository, "commits")
        history.past(index, opened(root))  # the same head: nothing to read


def test_a_sweeping_commit_says_nothing(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({})
    commit(root, "Reformat the walrus", *(f"{n}.py" for n in range(50)))
    with open_index(tmp_path / "cache") as index:
        assert history.past(index, opened(root)).changes(parse_query("walrus").terms) == {}


def test_a_repository_without_commits_has_no_history(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"a.py": ""}, commit=False)
    with open_index(tmp_path / "cache") as index:
        assert history.past(index, opened(root)).activity() == {}


def test_an_index_that_knows_later_commits_tells_an_earlier_revision_nothing_of_them(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({})
    first = commit(root, "Feed the walrus", "a.py")
    commit(root, "Feed the seal", "b.py")
    terms = parse_query("feed").terms
    with open_index(tmp_path / "cache") as index:
        assert set(history.past(index, opened(root)).changes(terms)) == {"a.py", "b.py"}
        earlier = history.past(index, opened(root), first)
        assert set(earlier.changes(terms)) == set(earlier.activity()) == {"a.py"}


def test_a_branch_that_moves_is_read_again(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({})
    commit(root, "Feed the walrus", "a.py")
    with open_index(tmp_path / "cache") as index:
        assert set(history.past(index, opened(root), "main").activity()) == {"a.py"}
        commit(root, "Feed the seal", "b.py")
        assert set(history.past(index, opened(root), "main").activity()) == {"a.py", "b.py"}
