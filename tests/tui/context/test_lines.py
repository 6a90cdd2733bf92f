"""Folders open and close; what is shown is always the same as if it were built anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.sending.glance import Glance
from repoctx.tui.context.lines import Lines
from tests.tui.context.conftest import LookAt

MakeRepository = Callable[..., Path]

FILES = {
    "src/deep/er/a.py": "a = 1\n" * 40,
    "src/deep/b.py": "b = 1\n" * 30,
    "src/c.py": "c = 1\n" * 20,
    "docs/d.md": "word " * 900,
    "e.py": "e = 1\n",
}


@pytest.fixture
def glance(repository: MakeRepository, look_at: LookAt) -> Glance:
    return look_at(repository(FILES))


def test_the_dearest_stands_first_and_folders_are_folded(glance: Glance) -> None:
    lines = Lines(glance)
    assert [line.path for line in lines.lines] == ["docs/", "src/", "e.py"]
    lines.open(1)
    assert [(line.depth, line.name) for line in lines.lines] == [
        (0, "docs/"),
        (0, "src/"),
        (1, "deep/"),
        (1, "c.py"),
        (0, "e.py"),
    ]
    assert lines.above(3) == 1
    assert lines.above(4) == 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=20))
def test_opening_and_closing_shows_what_building_it_anew_would(
    glance: Glance, moves: list[tuple[bool, int]]
) -> None:
    lines = Lines(glance)
    for opens, number in moves:
        (lines.open if opens else lines.close)(number % len(lines.lines))
        assert lines.lines == Lines(glance, lines.opened).lines


def test_a_folder_that_is_opened_again_is_as_it_was(glance: Glance) -> None:
    lines = Lines(glance, ("src/", "src/deep/"))
    before = list(lines.lines)
    lines.close(1)
    assert len(lines.lines) == 3
    lines.open(1)
    assert lines.lines == before


def test_files_are_found_by_any_part_of_their_path_dearest_first(glance: Glance) -> None:
    lines = Lines(glance)
    lines.find("DEEP/")
    assert [line.path for line in lines.lines] == ["src/deep/er/a.py", "src/deep/b.py"]
    assert lines.lines[0].name == "src/deep/er/a.py"
    lines.find("nosuch")
    assert lines.lines == []
    assert lines.number_of("src/", 7) == 0
    lines.find("")
    assert [line.path for line in lines.lines] == ["docs/", "src/", "e.py"]
    assert lines.number_of("src/", 0) == 1
    assert lines.number_of("gone", 9) == 2
