"""The application over the scripted backend, driven by keys, on real repositories."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import pytest
from textual.pilot import Pilot

from repoctx.tui import Desk
from repoctx.tui.app import RepoctxApp
from tests.waiting import PATIENCE

Scenario: TypeAlias = Callable[[RepoctxApp, "Pilot[None]"], Awaitable[None]]
Drive: TypeAlias = Callable[..., None]
MakeDesk: TypeAlias = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> MakeDesk:
    """A function that makes a desk in a repository, with replies recorded."""

    def make(root: Path, *replies: str | dict[str, Any], check: str = "", **flags: Any) -> Desk:
        recording = tmp_path / "recording.jsonl"
        lines = [reply if isinstance(reply, dict) else {"reply": reply} for reply in replies]
        recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
        scripted = {"backend": "scripted", "recording": str(recording), **flags}
        return Desk(folders=(root,), flags=MappingProxyType(scripted), check=check)

    return make


@pytest.fixture
def drive() -> Drive:
    """A function that runs the application over a desk and lets a scenario type."""

    def run(
        desk: Desk, scenario: Scenario, *, size: tuple[int, int] = (100, 30), question: str = ""
    ) -> None:
        async def play() -> None:
            app = RepoctxApp(desk, question)
            async with app.run_test(size=size) as pilot:
                await scenario(app, pilot)

        asyncio.run(play())

    return run


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the application run until the condition holds; fail when it never does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        await pilot.pause(0.02)
