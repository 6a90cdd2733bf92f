"""A repository whose configuration names programs in every way git knows: the canaries."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@dataclass(frozen=True, slots=True)
class Hostile:
    """The repository and the programs that it names."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git without care; returns what it printed."""
        return git(self.root, *arguments)

    @property
    def sung(self) -> set[str]:
        """Names of the programs that have run."""
        return set(os.listdir(self.root.parent / "sung"))


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
def hostile(tmp_path: Path, canary: Callable[[str], Path]) -> Hostile:
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
    return Hostile(root)


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
