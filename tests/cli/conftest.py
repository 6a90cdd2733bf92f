"""Running the real command line in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


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


Run = Callable[..., Ran]
Record = Callable[..., Path]


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


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """A function that writes replies as a recording for the scripted backend."""

    def write(*replies: str) -> Path:
        path = tmp_path / "recording.jsonl"
        path.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
        return path

    return write
