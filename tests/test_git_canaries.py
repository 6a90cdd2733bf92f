"""A repository whose configuration names programs in every way git knows: none may ever run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from repoctx.errors import RepoctxError
from repoctx.git import find_repository
from repoctx.packer.walk import walk

PROGRAMS = {
    "core.fsmonitor": "fsmonitor",
    "core.pager": "pager",
    "core.sshCommand": "ssh",
    "core.askPass": "askpass",
    "core.editor": "editor",
    "core.alternateRefsCommand": "alternates",
    "credential.helper": "helper",
    "diff.external": "external",
    "diff.evil.textconv": "textconv",
    "filter.evil.clean": "clean",
    "filter.evil.smudge": "smudge",
    "filter.served.process": "process",
    "gpg.program": "gpg",
    "merge.evil.driver": "merge",
}


@pytest.fixture
def canary(tmp_path: Path) -> Callable[[str], Path]:
    """A function that makes a program; when it runs, its name appears in the folder ``sung``."""
    (tmp_path / "sung").mkdir()
    (tmp_path / "programs").mkdir()

    def make(name: str) -> Path:
        program = tmp_path / "programs" / name
        program.write_text(f"#!/bin/sh\necho >> '{tmp_path}/sung/{name}'\n")
        program.chmod(0o755)
        return program

    return make


@pytest.fixture
def hostile(tmp_path: Path, canary: Callable[[str], Path]) -> Path:
    """The repository, with a hidden bare one in ``bare`` and a blob that must be fetched."""
    root = tmp_path / "hostile"
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    (root / ".gitattributes").write_text(
        "*.txt filter=evil diff=evil merge=evil\n*.py filter=served\n"
    )
    for name in ("a.txt", "b.py", "c.c"):
        (root / name).write_text(f"the first {name}\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "innocent")
    missing = git(root, "rev-parse", "HEAD:c.c").strip()
    signed = git(root, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    git(root, "update-ref", "HEAD", hash_commit(root, signed))
    make_bare(root / "bare", canary)
    for name in ("a.txt", "b.py", "new.txt"):
        (root / name).write_text("second and longer\n")
    for setting, name in PROGRAMS.items():
        git(root, "config", setting, str(canary(name)))
    hooks = tmp_path / "programs" / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "post-checkout", "reference-transaction", "pre-commit"):
        (hooks / hook).symlink_to(canary("hook"))
    git(root, "config", "core.hooksPath", str(hooks))
    git(root, "config", "log.showSignature", "true")
    included = tmp_path / "programs" / "included.config"
    included.write_text(f'[filter "served"]\n\tclean = {canary("included")}\n[diff "evil"]\n')
    git(root, "config", "include.path", str(included))
    for setting, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "protocol.ext.allow": "always",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{canary('fetch')} %S",
    }.items():
        git(root, "config", setting, value)
    (root / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    return root


def make_bare(folder: Path, canary: Callable[[str], Path]) -> None:
    git(folder.parent, "init", "-q", "--bare", str(folder))
    git(folder, "config", "core.bare", "false")
    git(folder, "config", "core.worktree", "..")
    git(folder, "config", "core.fsmonitor", str(canary("embedded")))
    (folder / "notes.txt").write_text("looks like a folder\n")


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def hash_commit(root: Path, text: str) -> str:
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    done = subprocess.run(command, cwd=root, input=text, check=True, capture_output=True, text=True)
    return done.stdout.strip()


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
            timeout=20,
            env=os.environ | {"TERM": "xterm", "GIT_TERMINAL_PROMPT": "0"},
        )
    finally:
        os.close(terminal)
        os.close(screen)


def sung(hostile: Path) -> set[str]:
    return set(os.listdir(hostile.parent / "sung"))


def test_the_canaries_sing_under_ordinary_git_commands(hostile: Path) -> None:
    missing = git(hostile, "rev-parse", "HEAD:c.c").strip()
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
        careless(hostile, *command)

    assert sung(hostile) >= {
        *("fsmonitor", "clean", "smudge", "process", "external", "textconv"),
        *("pager", "gpg", "ssh", "hook", "fetch", "embedded"),
    }


def test_no_canary_sings_whatever_is_asked_of_the_repository(hostile: Path) -> None:
    repository = find_repository(hostile)

    assert repository is not None
    head = repository.head()
    assert head is not None
    tracked = repository.tracked()
    assert [entry.path for entry in tracked] == [".gitattributes", "a.txt", "b.py", "c.c"]
    assert "new.txt" in repository.untracked()
    assert len(repository.tree("HEAD")) == 4
    blobs = [entry.blob for entry in tracked]
    assert len(repository.blob_sizes(blobs)) == 3
    with suppress(RepoctxError):
        list(repository.read_blobs(blobs))
    assert [commit.id for commit in repository.commits(10)] == [head]
    with suppress(RepoctxError):
        repository.tree("no-such-revision")
    assert sung(hostile) == set()


def test_no_canary_sings_when_the_program_starts_inside_the_repository(hostile: Path) -> None:
    program = (
        "import pathlib, repoctx.git; print(repoctx.git.find_repository(pathlib.Path()).head())"
    )

    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=hostile,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == git(hostile, "rev-parse", "HEAD")
    assert sung(hostile) == set()


def test_no_canary_sings_while_the_files_are_walked_and_read(hostile: Path) -> None:
    now, then = walk(hostile), walk(hostile, rev="HEAD")

    assert [file.path for file in then.files] == [".gitattributes", "a.txt", "b.py"]
    assert [omission.path for omission in then.omitted] == ["c.c"]
    assert [content for _, content in then.read_all(then.files[1:])] == [
        b"the first a.txt\n",
        b"the first b.py\n",
    ]
    contents = {file.path: content for file, content in now.read_all(now.files)}
    assert contents["a.txt"] == contents["new.txt"] == b"second and longer\n"
    assert sung(hostile) == set()


def test_no_canary_sings_in_a_bare_repository_hidden_in_the_tree(hostile: Path) -> None:
    with pytest.raises(RepoctxError):
        find_repository(hostile / "bare")
    with pytest.raises(RepoctxError):
        walk(hostile / "bare")

    assert sung(hostile) == set()
