"""Changes that are planned and applied for real, and git asked as a person asks it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import repoctx
from repoctx.events import Committed
from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.patches.images import read_state
from repoctx.project import Project


@dataclass
class Work:
    """A repository in which changes are made and committed."""

    root: Path
    settings: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """What hooks wrote."""

    @property
    def project(self) -> Project:
        return repoctx.open_session(self.root, **self.settings).project

    def git(self, *arguments: str, check: bool = True) -> str:
        return git(self.root, *arguments, check=check)

    def change(self, files: Mapping[str, bytes | str | None]) -> ChangeSet:
        """The change that gives these files these contents; None deletes one."""
        changes = []
        for path, content in files.items():
            before = read_state(self.root, path)
            after = None
            if content is not None:
                data = content.encode() if isinstance(content, str) else content
                after = FileState(data, before.mode if before else 0o100644)
            changes.append(FileChange(path, before, after))
        return ChangeSet(tuple(changes))

    def apply(self, change: ChangeSet | Mapping[str, bytes | str | None]) -> ChangeSet:
        applied = change if isinstance(change, ChangeSet) else self.change(change)
        self.project.apply(applied)
        return applied

    def commit(self, *changes: ChangeSet, text: str = "Change it", model: str = "m") -> Committed:
        (made,) = self.commits(*changes, text=text, model=model)
        return made

    def commits(
        self, *changes: ChangeSet, text: str = "Change it", model: str = "m"
    ) -> list[Committed]:
        return list(self.project.commit(changes, text, model, self.said.append))

    @property
    def history(self) -> list[str]:
        return self.git("log", "--format=%s", check=False).splitlines()

    @property
    def status(self) -> list[str]:
        return self.git("status", "--porcelain", "-z").split("\0")[:-1]

    def committed(self) -> list[str]:
        """What the last commit changed, as ``M path``."""
        options = ("-r", "-z", "--root", "--no-commit-id", "--name-status", "--no-renames")
        fields = self.git("diff-tree", *options, "HEAD").split("\0")[:-1]
        return [f"{kind} {path}" for kind, path in zip(fields[::2], fields[1::2], strict=True)]

    def hook(self, name: str, script: str, folder: str = ".git/hooks") -> Path:
        """Install a hook; its canary is the file ``sung-NAME`` beside the repository."""
        file = self.root / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch '{self.root}-sung-{name}'\n{script}\n")
        file.chmod(0o755)
        return file

    def sung(self, name: str) -> bool:
        return Path(f"{self.root}-sung-{name}").exists()


def git(root: Path, *arguments: str, check: bool = True) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=check, capture_output=True)
    return os.fsdecode(done.stdout)


@pytest.fixture
def work(repository: Callable[..., Path]) -> Work:
    return Work(repository({"a.txt": "one\n", "b.txt": "bee\n", "sub/c.txt": "sea\n"}))
