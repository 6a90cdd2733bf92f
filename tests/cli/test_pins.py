"""Levels asked for on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Make = Callable[..., Path]

FILES = {"a.py": "def f(): pass\n" * 40, "b.py": "def g(): pass\n" * 40, "docs/c.md": "# C\n"}


def test_pack_takes_levels_for_patterns_any_number_of_times(run: Any, repository: Make) -> None:
    root = repository(FILES)
    ran = run("pack", "--outline", "a.py", "--name", "b.py", "--omit", "docs/", cwd=root)
    assert ran.code == 0
    assert "- a.py: outline; asked for; " in ran.out
    assert "- b.py: name; asked for; " in ran.out
    assert "- docs/c.md: omitted; asked for; " in ran.out
    both = run("pack", "--name", "a.py", "--name", "b.py", cwd=root)
    assert both.out.count("name; asked for; ") == 2


def test_a_pin_that_does_not_fit_is_refused_and_a_wrong_one_is_an_error(
    run: Any, repository: Make
) -> None:
    root = repository(FILES)
    ran = run("pack", "--full", "*.py", "--budget", "300", cwd=root)
    assert (ran.code, ran.out) == (5, "")
    assert "the levels asked for 2 files (2 in full) take" in ran.err
    ran = run("pack", "--full", "nosuch/", cwd=root)
    assert ran.code == 2
    assert "'nosuch/', asked for as full, matches no file" in ran.err


def test_ask_sends_the_levels_that_were_asked_for(run: Any, repository: Make) -> None:
    root = repository(FILES)
    ran = run("ask", "what does f do?", "--dry-run", "--json", "--omit", "docs/", cwd=root)
    packed = next(e for e in map(json.loads, ran.out.splitlines()) if e.get("event") == "packed")
    assert packed["levels"] == {"full": 2, "outline": 0, "name": 0, "omitted": 1}


def test_the_tree_counts_levels_where_not_all_is_full(run: Any, repository: Make) -> None:
    root = repository(FILES)
    lines = run("pack", "--tree", "--name", "b.py", cwd=root).out.splitlines()
    assert lines[0].endswith(".  (3 files: 2 full, 1 name)")
    assert run("pack", "--tree", cwd=root).out.splitlines()[0].endswith(".  (3 files)")
