"""How the context looks; the pictures are to be looked at when they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.sending.glance import Changed, Glance
from repoctx.tui.context.details import Details
from tests.tui.context.conftest import HOSTED, LookAt, Shown

MakeRepository = Callable[..., Path]
Compare = Callable[..., bool]

FILES: dict[str, str | bytes] = {
    "README.md": "# 项目\n\n" + "word " * 400,
    "src/core/engine.py": "def run(x):\n    return x + 1\n" * 300,
    "src/core/工具.py": "def tool(x):\n    return x\n" * 120,
    "src/main.py": "import core.engine\n" + "print(1)\n" * 90,
    "src/[red]name.py": "x = 1\n" * 20,
    "tests/test_engine.py": "def test():\n    assert True\n" * 80,
    "logo.png": b"\x89PNG\0",
}
PINS = (Pin("/src/core/engine.py", Level.OUTLINE), Pin("/tests/**", Level.OMITTED))
CHANGED = Changed(("src/main.py", "src/core/工具.py", "README.md"), 1_234)


@pytest.fixture
def glance(repository: MakeRepository, look_at: LookAt) -> Glance:
    found = look_at(repository(FILES), PINS, **HOSTED)
    cached = found.expected.base_tokens - 200
    expected = replace(
        found.expected, cached_tokens=cached, update_tokens=310, updates=2, rebased=""
    )
    return replace(found, expected=expected, spoken=replace(found.spoken, question=900))


async def _unfold(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.press("right", "down", "right", "down")
    await pilot.pause()


def test_the_context_in_a_wide_screen(glance: Glance, snap_compare: Compare) -> None:
    app = Shown(glance, CHANGED)
    assert snap_compare(app, terminal_size=(120, 30), run_before=_unfold)


def test_the_context_in_a_small_light_screen(glance: Glance, snap_compare: Compare) -> None:
    app = Shown(glance, CHANGED, theme="textual-light")
    assert snap_compare(app, terminal_size=(80, 24), run_before=_unfold)


def test_the_details(glance: Glance, snap_compare: Compare) -> None:
    async def opened(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        pilot.app.push_screen(Details(glance, CHANGED, "changes are noticed late"))
        await pilot.pause()

    assert snap_compare(Shown(glance, CHANGED), terminal_size=(80, 24), run_before=opened)
