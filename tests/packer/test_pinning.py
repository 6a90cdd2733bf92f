"""Levels that are set file by file: what was set last holds, and touches nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.index import Index
from repoctx.packer.manifest import Document, token_tree
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.pinning import Asked, documents_in, pinned, step, unpinned
from repoctx.packer.pins import Pin, idle_pins
from repoctx.packer.select import Level
from repoctx.packer.walk import walk

MakeRepository = Callable[..., Path]

FILES = (
    "a.py",
    "src/a.py",
    "src/b.md",
    "src/deep/c.py",
    "src/deep/[x] y!.md",
    "src/deep/#z ",
    "srcs/a.py",
    "src\\d/e*f*g*h.py",
    "docs/new\nline.md",
)
PLACES = (*FILES, "src/", "src/deep/", "src\\d/", "docs/")
OWN = ("*.py", "src/", "!src/deep/", "/docs/", "deep", "**/c.py", "!*.md")

places, levels = st.sampled_from(PLACES), st.sampled_from(tuple(Level))
made = st.lists(st.tuples(places, st.none() | levels), max_size=6)
typed = st.lists(st.builds(Pin, st.sampled_from(OWN), levels), max_size=3)


def files_in(place: str) -> list[str]:
    return [f for f in FILES if f == place or (place.endswith("/") and f.startswith(place))]


def set_to(pins: tuple[Pin, ...], place: str, level: Level | None) -> tuple[Pin, ...]:
    if level is None:
        return unpinned(pins, place, files_in(place))
    return pinned(pins, place, level, files_in(place))


@given(typed, made, places, st.none() | levels)
def test_what_is_set_last_holds_and_touches_nothing_else(
    typed: list[Pin], made: list[tuple[str, Level | None]], place: str, level: Level | None
) -> None:
    pins = tuple(typed)
    for earlier in made:
        pins = set_to(pins, *earlier)
    before, after = Asked(pins), Asked(set_to(pins, place, level))
    for file in FILES:
        expected = level if file in files_in(place) else before.level(file)
        assert after.level(file) is expected


@given(made)
def test_pins_that_are_made_here_match_a_file(made: list[tuple[str, Level | None]]) -> None:
    pins: tuple[Pin, ...] = ()
    for each in made:
        pins = set_to(pins, *each)
    assert idle_pins(pins, FILES) == ()
    assert len(pins) <= 4 * len(made)


def test_a_pin_that_is_made_and_taken_back_leaves_none() -> None:
    pins = pinned((), "src/a.py", Level.NAME, ["src/a.py"])
    assert pins == (Pin("/src/a.py", Level.NAME),)
    assert unpinned(pins, "src/a.py", ["src/a.py"]) == ()
    assert unpinned(pins, "src/", files_in("src/")) == ()


CODE = "def f(x):\n" + "    x = x * 12 + 1\n" * 60
REPOSITORY: dict[str, str | bytes] = {
    "src/a.py": CODE,
    "src/b.py": CODE,
    "notes.unknown": "word " * 50,
    "logo.png": b"\x89PNG\0",
}


def documents(root: Path, index: Index, pins: tuple[Pin, ...] = ()) -> dict[str, Document]:
    packed = build_pack(walk(root, index), index, PackOptions(redact=False, pins=pins))
    return {document.path: document for document in packed.documents}


def test_levels_are_stepped_through_one_by_one(repository: MakeRepository, index: Index) -> None:
    root = repository(REPOSITORY)
    pins: tuple[Pin, ...] = ()
    seen = []
    for up in (False, False, False, False, True, True, True, True):
        document = documents(root, index, pins)["src/a.py"]
        level = step([document], {}, up=up)
        if level is not None:
            pins = pinned(pins, "src/a.py", level, ["src/a.py"])
        seen.append(level and level.value)
    assert seen == ["outline", "name", "omitted", None, "name", "outline", "full", None]


def test_a_level_that_a_file_cannot_have_is_passed_over(
    repository: MakeRepository, index: Index
) -> None:
    found = documents(repository(REPOSITORY), index)
    assert step([found["notes.unknown"]], {}, up=False) is Level.NAME
    assert step([found["notes.unknown"]], {"notes.unknown": Level.NAME}, up=True) is Level.FULL
    assert step([found["logo.png"]], {}, up=True) is None
    assert step([found["logo.png"]], {}, up=False) is Level.OMITTED


def test_files_at_several_levels_meet_before_they_move_on(
    repository: MakeRepository, index: Index
) -> None:
    pins = (Pin("/src/a.py", Level.NAME),)
    tree = token_tree(documents(repository(REPOSITORY), index, pins).values())
    source = list(documents_in(tree.folders["src"]))
    assert step(source, {}, up=True) is Level.FULL
    assert step(source, {}, up=False) is Level.NAME


def test_what_a_walk_left_out_has_no_level_to_change() -> None:
    assert step([Document("big.bin", Level.OMITTED, "too large", 0, 0)], {}, up=True) is None


@pytest.mark.parametrize("level", list(Level))
def test_a_packed_folder_has_the_level_that_was_set(
    repository: MakeRepository, index: Index, level: Level
) -> None:
    root = repository(REPOSITORY)
    pins = pinned((Pin("a.py", Level.FULL),), "src/", level, ["src/a.py", "src/b.py"])
    found = documents(root, index, pins)
    assert {found[path].level for path in ("src/a.py", "src/b.py")} == {level}
    assert found["notes.unknown"].level is Level.FULL
