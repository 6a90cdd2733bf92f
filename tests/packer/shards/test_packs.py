"""Packs of shards: real repositories, every text in full, nothing beyond the room."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import RefusedError
from repoctx.packer.pack import Pack
from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.packer.shards import (
    Shard,
    Sharded,
    drop_old_shards,
    load_shards,
    save_shards,
    shard_packs,
)
from repoctx.packer.tokens import tokenizer
from repoctx.session import open_session

Make = Callable[..., Path]
ROOM, MOST = 3_600, 4_000


def module(name: str, lines: int = 40, needs: str = "") -> str:
    body = "".join(f"def {name}_{n}(value):\n    return value + {n}\n" for n in range(lines))
    return f"{needs}# the text of {name}\n{body}"


@pytest.fixture
def files() -> dict[str, str | bytes]:
    texts: dict[str, str | bytes] = {
        f"p{group}/m{n}.py": module(f"m{n}", needs="import base\n")
        for group in "ab"
        for n in range(6)
    }
    texts["base.py"] = module("base", 6)
    texts["logo.png"] = b"\x89PNG\r\n\x1a\n\x00\x00"
    return texts


def sharded(root: Path, before: tuple[Shard, ...] = (), pins: tuple[Pin, ...] = ()) -> Sharded:
    """Divide a repository, and check that each part's text is what the part says of it."""
    project = open_session(root).project
    with project.opened() as (snapshot, index):
        pack = project.pack(snapshot, index, budget=sys.maxsize, pins=pins)
        made = shard_packs(pack, ROOM, MOST, before)
        for _, part in made.parts:
            text = "".join(part.chunks())
            assert tokenizer().count(text) == part.tokens
            assert len(text.encode()) == part.bytes
            for path in full(part):
                assert f"<source>{path}</source>\n<document_content>" in text
        return made


def full(part: Pack) -> set[str]:
    return {document.path for document in part.documents if document.level is Level.FULL}


def level_of(part: Pack, path: str) -> Level:
    return next(document.level for document in part.documents if document.path == path)


def test_every_text_is_in_full_somewhere_and_every_file_is_somehow_everywhere(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    made = sharded(repository(files))
    assert made.too_large == ()
    assert len(made.parts) > 2
    assert set().union(*(full(part) for _, part in made.parts)) == files.keys() - {"logo.png"}
    for _, part in made.parts:
        assert part.tokens <= ROOM
        assert sum(part.levels.values()) == len(files)
        assert "- logo.png: name" in part.manifest


def test_what_many_need_is_repeated_and_the_surroundings_are_outlined(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    made = sharded(repository(files))
    for _, part in made.parts:
        assert level_of(part, "base.py") in (Level.FULL, Level.OUTLINE)
    assert any(shard.repeated for shard in made.shards)


def test_an_edit_changes_the_plan_of_no_file(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    root = repository(files)
    first = sharded(root)
    (root / "pa/m3.py").write_text(module("m3", 44, "import base\n"))
    second = sharded(root, first.shards)
    assert second.shards == first.shards


def test_a_shard_that_grows_beyond_its_room_loses_its_surroundings_first(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    root = repository(files)
    first = sharded(root)
    grown = first.shards[0].members[0]
    texts = str(files[grown])
    (root / grown).write_text(texts + module("more", 30))
    second = sharded(root, first.shards)
    assert all(part.tokens <= MOST for _, part in second.parts)
    homes = [shard.number for shard in second.shards if grown in shard.members]
    assert homes == [first.shards[0].number]


def test_a_file_larger_than_any_shard_is_told_and_still_listed(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    made = sharded(repository({**files, "huge.py": module("huge", 1000)}))
    assert made.too_large == ("huge.py",)
    for _, part in made.parts:
        assert level_of(part, "huge.py") in (Level.OUTLINE, Level.NAME)


def test_large_data_is_shown_as_its_head_in_one_shard(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    rows = "".join(f"{n},{n * n}\n" for n in range(20_000))
    made = sharded(repository({**files, "rows.csv": "n,square\n" + rows}))
    heads = [s.number for s, part in made.parts if level_of(part, "rows.csv") is Level.OUTLINE]
    assert heads == [shard.number for shard in made.shards if "rows.csv" in shard.members]
    assert len(heads) == 1


def test_levels_that_were_asked_for_hold_in_every_shard(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    pins = (Pin("base.py", Level.FULL), Pin("pb/", Level.OMITTED))
    made = sharded(repository(files), pins=pins)
    for _, part in made.parts:
        assert level_of(part, "base.py") is Level.FULL
        assert level_of(part, "pb/m1.py") is Level.OMITTED
        assert "- pb/: 6 files omitted; asked for" in part.manifest


def test_thousands_of_names_are_summed_up_by_folder(repository: Make) -> None:
    files = {f"lib/part{n % 7}/module_number_{n}.py": f"value_{n} = {n}\n" * 3 for n in range(250)}
    made = sharded(repository(files))
    assert set().union(*(full(part) for _, part in made.parts)) == files.keys()
    for _, part in made.parts:
        assert part.tokens <= MOST
        assert re.search(r"- lib/\S*: \d+ files omitted; budget", part.manifest)


def test_a_window_too_small_for_names_is_refused_with_a_way_out(
    repository: Make, files: dict[str, str | bytes]
) -> None:
    project = open_session(repository(files)).project
    with project.opened() as (snapshot, index):
        pack = project.pack(snapshot, index, budget=sys.maxsize)
        with pytest.raises(RefusedError, match="too few"):
            shard_packs(pack, 100, 120)


def test_a_plan_is_kept_privately_and_a_broken_one_is_none(tmp_path: Path) -> None:
    shards = (Shard(3, ("a\udcff.py", "b.py"), ("c.py",), ("d.py",)), Shard(5, ("c.py",)))
    assert load_shards(tmp_path, "key") == ()
    save_shards(tmp_path, "key", shards)
    assert load_shards(tmp_path, "key") == shards
    (file,) = (tmp_path / "shards").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    for broken in ("", "[]", '{"schema": "repoctx.shards/1", "shards": [1]}', '{"schema": 2}'):
        file.write_text(broken)
        assert load_shards(tmp_path, "key") == ()


def test_only_the_latest_plans_are_kept(tmp_path: Path) -> None:
    for number in range(7):
        save_shards(tmp_path, f"key{number}", (Shard(number, ("a.py",)),))
        os.utime(tmp_path / f"shards/key{number}.json", (number, number))
    dropped = drop_old_shards(tmp_path)
    assert dropped == {f"key{n}": (Shard(n, ("a.py",)),) for n in range(3)}
    assert drop_old_shards(tmp_path) == {}
    assert load_shards(tmp_path, "key3") == (Shard(3, ("a.py",)),)
    assert load_shards(tmp_path, "key2") == ()
