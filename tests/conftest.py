"""What every test shares: a home of its own, real git repositories, and the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a timing says how busy it is
settings.load_profile("any machine")

# A shell that starts the suite in the background has it ignore SIGINT, and so would all it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PERSONAL = re.compile(
    r"(REPOCTX|OPENAI|ANTHROPIC|GIT|XDG)_.*|.*_(API_KEY|PROXY)|VISUAL|EDITOR|PAGER|COLUMNS|LINES"
    r"|NO_COLOR|FORCE_COLOR|PY_COLORS|CLICOLOR.*|CI|GITHUB_ACTIONS",
    re.IGNORECASE,
)
"""Variables of a person's shell, or of a service that runs tests, which would change what is seen."""

MakeRepository = Callable[..., Path]
Run = Callable[..., "Ran"]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that is the test's own, and no setting from the person's environment."""
    folder = tmp_path_factory.mktemp("home")
    for name in filter(PERSONAL.fullmatch, list(os.environ)):
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


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A function that runs ``repoctx`` with arguments in a folder; never shows a traceback."""

    def run_it(*arguments: str, cwd: Path = tmp_path, stdin: str | None = None) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "repoctx", *arguments],
            cwd=cwd,
            input=stdin.encode() if stdin is not None else None,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=120,
            env={**os.environ, "NO_COLOR": "1"},
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert not re.search(r'File "[^"]*/repoctx/', ran.err + ran.out), ran.err
        assert "a defect in repoctx" not in ran.err
        return ran

    return run_it


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write the files beneath the root, making folders as needed; text is UTF-8, untouched."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
