"""Recordings for the scripted backend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """A function that writes replies as a recording for the scripted backend."""

    def write(*replies: str) -> Path:
        path = tmp_path / "recording.jsonl"
        path.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
        return path

    return write
