"""A sample of tests/benchmarks/disturbed on a history made here: what is planned is right."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def _function(name: str, number: int, indent: str) -> list[str]:
    return [
        f"def {name}(value, other=None):",
        f'{indent}"""Return the value\'s {name} - as it was."""',
        f"{indent}if other is None:",
        f"{indent * 2}other = default(value)",
        f"{indent}total = combine(value, other, {number})",
        "",
        f"{indent}return total",
        "",
        "",
    ]


def _edited(lines: list[str], draw: random.Random) -> list[str]:
    """Change some lines here and there, as a commit would."""
    lines = list(lines)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(lines))
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        new = [f"{indent}step_{draw.randrange(1000)} = 'x'" for _ in range(draw.randint(0, 3))]
        lines[at : at + draw.randint(0, 2)] = new
    return lines


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of two files, one of them indented by tabs, with twelve commits."""
    root = tmp_path_factory.mktemp("history")
    draw = random.Random(7)
    words = ("sum", "mean", "width", "height", "depth")
    files = {
        "src/shapes.py": [x for i, w in enumerate(words) for x in _function(w, i, "    ")],
        "tabs/Makefile": [x for i, w in enumerate(words) for x in _function(w, 9 - i, "\t")],
    }
    _git(root, "init", "-q")
    for number in range(12):
        for path, lines in files.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text("\n".join(lines) + "\n")
            files[path] = _edited(lines, draw)
        _git(root, "add", "-A")
        _git(root, "commit", "-q", "-m", f"Change {number}")
    return root


def _git(root: Path, *arguments: str) -> None:
    person = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(("git", *person, *arguments), cwd=root, check=True, capture_output=True)


def _figures(repo: Path, seed: int) -> dict[str, Any]:
    options = ("--repo", str(repo), "--commits", "8", "--seed", str(seed), "--json")
    done = subprocess.run(
        (sys.executable, "-m", "disturbed", *options),
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@pytest.mark.parametrize("seed", [1, 2])
def test_no_disturbed_edit_is_planned_wrongly(history: Path, seed: int) -> None:
    figures = _figures(history, seed)
    assert figures["all"].get("wrong", 0) == 0
    assert figures["all"]["correct"] > figures["all"]["refused"]
    assert len(figures["formats"]) == 10
    assert figures["disturbances"]["none"].keys() == {"correct"}
