"""What every test shares: a home of its own, and real git repositories in temporary folders."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MakeRepository = Callable[..., Path]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that is the test's own, and no setting from the person's environment."""
    folder = tmp_path_factory.mktemp("home")
    for name in [n for n in os.environ if n.startswith(("REPOCTX_", "OPENAI_", "GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    for name in ("CACHE", "STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A. Person")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "person@example.org")
        monkeypatch.setenv(f"GIT_{role}_DATE", "2026-01-02T03:04:05Z")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> MakeRepository:
    """A function that makes a git repository from ``{path: text or bytes}``."""

    def make(
        files: Mapping[str, str | bytes], *, commit: bool = True, name: str = "repository"
    ) -> Path:
        root = tmp_path / name
        root.mkdir(parents=True, exist_ok=True)
        _git(root, "init", "-q", "-b", "main")
        write_files(root, files)
        if commit:
            _git(root, "add", "-A", "--force")
            _git(root, "commit", "-q", "-m", "The first commit", "--allow-empty")
        return root

    return make


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write the files beneath the root, making folders as needed; text is UTF-8, untouched."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
