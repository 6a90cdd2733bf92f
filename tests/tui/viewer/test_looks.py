"""How the viewer looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from repoctx.project import open_project
from repoctx.tui.viewer import Viewer
from repoctx.tui.viewer.sheet import Sheet
from tests.tui.conftest import until

MakeRepository = Callable[..., Path]

CODE = '''"""Greetings."""


class Greeter:
    """Says hello, 你好."""

    def greet(self, name: str) -> str:
        """Return a greeting."""
        return f"Hello {name}"  # always polite
'''


def test_a_cited_line(repository: MakeRepository, snap_compare: Callable[..., Any]) -> None:
    root = repository({"src/greeting.py": CODE * 4})

    async def open_viewer(pilot: Pilot[None]) -> None:
        viewer = Viewer(open_project([root]), "src/greeting.py", 16, 18)
        await pilot.app.push_screen(viewer)
        await until(pilot, lambda: not viewer.query_one(Sheet).loading)
        await viewer.workers.wait_for_complete()

    app = App[None]()
    app.theme = "textual-dark"  # whatever TEXTUAL_THEME says
    assert snap_compare(app, run_before=open_viewer, terminal_size=(80, 24))
