"""A repository whose configuration names programs in every way git knows: none may ever run."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from repoctx.errors import RepoctxError
from repoctx.git import find_repository
from repoctx.packer.walk import walk


def careless(root: Path, *arguments: str) -> None:
    """Run git as a person would, on a terminal."""
    screen, terminal = os.openpty()
    try:
        subprocess.run(
            ["git", *arguments],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            timeout=60,
            env=os.environ | {"TERM": "xterm", "GIT_TERMINAL_PROMPT": "0"},
        )
    finally:
        os.close(terminal)
        os.close(screen)


def test_the_canaries_sing_under_ordinary_git_commands(hostile: Any) -> None:
    missing = hostile.git("rev-parse", "HEAD:c.c").strip()
    for command in (
        ("status",),
        ("--no-pager", "diff", "--", "a.txt"),
        ("--no-pager", "log", "-p", "--no-ext-diff", "--", "a.txt"),
        ("log",),
        ("cat-file", "-p", missing),
        ("ls-remote", "ssh://example.invalid/x"),
        ("checkout", "--", "a.txt", "b.py"),
        ("checkout", "-b", "other"),
        ("-C", "bare", "status"),
    ):
        careless(hostile.root, *command)

    assert hostile.sung >= {
        *("fsmonitor", "clean", "smudge", "process", "external", "textconv"),
        *("pager", "gpg", "ssh", "hook", "fetch", "embedded"),
    }


def test_no_canary_sings_whatever_is_asked_of_the_repository(hostile: Any) -> None:
    repository = find_repository(hostile.root)

    assert repository is not None
    head = repository.head()
    assert head is not None
    tracked = repository.tracked()
    assert [entry.path for entry in tracked] == [".gitattributes", "a.txt", "b.py", "c.c"]
    assert "new.txt" in repository.untracked()
    (hostile.root / "ignored").mkdir()
    (hostile.root / "ignored/a.txt").write_text("")
    (hostile.root / ".git/info/exclude").write_text("ignored/\n")
    assert repository.ignored_folders() == ["ignored/"]
    assert len(repository.tree("HEAD")) == 4
    blobs = [entry.blob for entry in tracked]
    assert len(repository.blob_sizes(blobs)) == 3
    with suppress(RepoctxError):
        list(repository.read_blobs(blobs))
    assert [commit.id for commit in repository.commits(10)] == [head]
    with suppress(RepoctxError):
        repository.tree("no-such-revision")
    assert hostile.sung == set()


def test_no_canary_sings_when_the_program_starts_inside_the_repository(hostile: Any) -> None:
    program = (
        "import pathlib, repoctx.git; print(repoctx.git.find_repository(pathlib.Path()).head())"
    )

    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=hostile.root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == hostile.git("rev-parse", "HEAD")
    assert hostile.sung == set()


def test_no_canary_sings_while_the_files_are_walked_and_read(hostile: Any) -> None:
    now, then = walk(hostile.root), walk(hostile.root, rev="HEAD")

    assert [file.path for file in then.files] == [".gitattributes", "a.txt", "b.py"]
    assert [omission.path for omission in then.omitted] == ["c.c"]
    assert [content for _, content in then.read_all(then.files[1:])] == [
        b"the first a.txt\n",
        b"the first b.py\n",
    ]
    contents = {file.path: content for file, content in now.read_all(now.files)}
    assert contents["a.txt"] == contents["new.txt"] == b"second and longer\n"
    assert hostile.sung == set()


def test_no_canary_sings_in_a_bare_repository_hidden_in_the_tree(hostile: Any) -> None:
    with pytest.raises(RepoctxError):
        find_repository(hostile.root / "bare")
    with pytest.raises(RepoctxError):
        walk(hostile.root / "bare")

    assert hostile.sung == set()
