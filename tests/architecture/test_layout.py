"""The shape of the project: what lies where, and that no module is a drawer for odds and ends."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "repoctx").rglob("*.py"))
TOP = {"LICENSE", "README.md", "examples", "plugins", "pyproject.toml", "repoctx", "tests"}


def test_the_top_level_holds_nothing_else() -> None:
    ignored = {"build", "dist", "repoctx.egg-info", "snapshot_report.html"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - ignored <= TOP


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_one_idea_and_says_it_first(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the first line says what the module does"
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}
    assert path.read_text("utf-8").count("\n") <= 400, "look for the second idea"
