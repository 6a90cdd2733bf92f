"""Whatever is done to a tree, each path that a walk finds changed has been told."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from repoctx.packer.walk import walk
from repoctx.watch import Changes, Watcher
from repoctx.watch.folders import at_or_below
from tests.watch.conftest import Watch, told


@pytest.mark.parametrize("polling", [False, True], ids=["events", "polling"])
@pytest.mark.parametrize("seed", range(3))
def test_every_change_that_a_walk_finds_was_told(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch, seed: int, polling: bool
) -> None:
    if polling:
        from repoctx.watch.polling import Polling

        monkeypatch.setattr("repoctx.watch.watcher._by_events", Polling)
    chance = random.Random(seed)
    root = tmp_path / "root"
    root.mkdir()
    for _ in range(30):
        do_something(chance, root)
    before = files(root)
    watched = watch(root)
    for number in range(4):
        for _ in range(chance.choice((1, 5, 40))):
            do_something(chance, root)
        changes = all_told(watched, root / f"last{number}")
        after = files(root)
        changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        if not changes.everything:
            assert {p for p in changed if not is_told(p, changes)} == set()
        before = after


def do_something(chance: random.Random, root: Path) -> None:
    """One of the things that people and programs do to files."""
    folders = [root, *(p for p in root.rglob("*") if p.is_dir() and not p.is_symlink())]
    here, there = chance.choice(folders), chance.choice(folders)
    target = here / f"{chance.choice('abcd')}{chance.choice('12')}"
    match chance.randrange(8):
        case 0 | 1 | 2 if not target.is_dir():
            target.write_bytes(chance.randbytes(8))
        case 3 if not os.path.lexists(target):
            target.mkdir()
            (target / "a1").write_bytes(chance.randbytes(8))
        case 4 if os.path.lexists(target) and not target.is_dir():
            target.unlink()
        case 5 if here != root:
            shutil.rmtree(here)
        case 6 if here != root and not there.is_relative_to(here):
            if not os.path.lexists(there / here.name):
                here.rename(there / here.name)
        case 7 if not os.path.lexists(target):
            target.symlink_to(chance.choice("ab"))


def files(root: Path) -> dict[str, tuple[str, int]]:
    return {file.path: (file.blob, file.mode) for file in walk(root).files}


def all_told(watched: Watcher, last: Path) -> Changes:
    """What is told until a last change is, and nothing more."""
    last.write_text("")
    first = told(watched, lambda changes: changes.everything or last.name in changes.paths)
    paths, everything = first.paths, first.everything
    while (changes := watched.wait(0.5)) is not None:
        paths, everything = paths | changes.paths, everything or changes.everything
    return Changes(paths, everything)


def is_told(path: str, changes: Changes) -> bool:
    return path in changes.paths or at_or_below(path, changes.paths)
