"""Levels that a person asks for hold, with and without a budget, and are never silent."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import RefusedError, UsageError
from repoctx.packer.index import Index
from repoctx.packer.manifest import Document
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.packer.walk import walk

MakeRepository = Callable[..., Path]

MODULE = "def f(x):\n" + "    x = x * 12 + 1\n" * 60
FILES: dict[str, str | bytes] = {
    "src/a.py": MODULE,
    "src/b.py": MODULE,
    "src/deep/c.py": MODULE,
    "docs/index.md": "# Index\n\n" + "word " * 300,
    "docs/old/page.md": "word " * 300,
    "docs/logo.png": b"\x89PNG\0",
    "README.md": "# Readme\n",
}


def pack(root: Path, index: Index, *pins: tuple[str, Level], budget: int | None = None) -> Pack:
    asked = tuple(Pin(pattern, level) for pattern, level in pins)
    return build_pack(
        walk(root, index), index, PackOptions(budget=budget, redact=False, pins=asked)
    )


def by_path(packed: Pack) -> dict[str, Document]:
    return {document.path: document for document in packed.documents}


@pytest.mark.parametrize("budget", [None, 1_500])
def test_every_level_can_be_asked_for_and_the_manifest_says_so(
    repository: MakeRepository, index: Index, budget: int | None
) -> None:
    pins = (
        ("src/a.py", Level.FULL),
        ("b.py", Level.OUTLINE),
        ("src/deep/", Level.NAME),
        ("/docs/index.md", Level.OMITTED),
    )
    packed = pack(repository(FILES), index, *pins, budget=budget)
    levels = {path: document.level for path, document in by_path(packed).items()}
    assert levels["src/a.py"] == "full"
    assert levels["src/b.py"] == "outline"
    assert levels["src/deep/c.py"] == "name"
    assert levels["docs/index.md"] == "omitted"
    for line in (
        r"- src/b\.py: outline; asked for; \d+ tokens in full",
        r"- src/deep/c\.py: name; asked for; \d+ tokens in full",
        r"- docs/index\.md: omitted; asked for; \d+ tokens in full",
    ):
        assert re.search(line, packed.manifest)
    assert budget is None or packed.tokens <= budget


def test_a_pin_raises_what_the_budget_would_lower(repository: MakeRepository, index: Index) -> None:
    root = repository({**FILES, "yarn.lock": "x 1.2.3\n" * 40})
    plain = pack(root, index, budget=900)
    assert by_path(plain)["yarn.lock"].level is Level.NAME
    raised = pack(root, index, ("yarn.lock", Level.FULL), budget=900)
    assert by_path(raised)["yarn.lock"].level is Level.FULL
    assert raised.tokens <= 900
    assert "yarn.lock: full, asked for" in raised.explain("yarn.lock")


def test_a_folder_left_out_on_request_has_one_line_that_counts_its_files(
    repository: MakeRepository, index: Index
) -> None:
    packed = pack(repository(FILES), index, ("docs/", Level.OMITTED))
    assert re.search(r"- docs/: 3 files omitted; asked for; \d+ tokens in full", packed.manifest)
    assert "docs/old" not in packed.manifest
    assert packed.levels == {"full": 4, "outline": 0, "name": 0, "omitted": 3}
    assert {"path": "docs/logo.png", "reason": "asked for"} in packed.stats()["omitted"]  # type: ignore[operator]


def test_the_highest_level_asked_for_counts(repository: MakeRepository, index: Index) -> None:
    pins = (("docs/index.md", Level.FULL), ("docs/", Level.OMITTED))
    levels = by_path(pack(repository(FILES), index, *pins))
    assert levels["docs/index.md"].level is Level.FULL
    assert levels["docs/old/page.md"].level is Level.OMITTED


def test_a_pattern_can_be_taken_back(repository: MakeRepository, index: Index) -> None:
    pins = (("*.py", Level.NAME), ("!b.py", Level.NAME))
    levels = by_path(pack(repository(FILES), index, *pins))
    assert (levels["src/a.py"].level, levels["src/b.py"].level) == (Level.NAME, Level.FULL)


def test_what_has_no_text_or_no_outline_says_so(repository: MakeRepository, index: Index) -> None:
    root = repository({**FILES, "notes.unknown": "word " * 50})
    packed = pack(root, index, ("docs/", Level.FULL), ("notes.unknown", Level.OUTLINE))
    assert "- docs/logo.png: name; binary, 5 bytes" in packed.manifest
    assert "- notes.unknown: name; asked for; it has no outline; " in packed.manifest


def test_a_pin_that_the_budget_cannot_hold_is_refused(
    repository: MakeRepository, index: Index
) -> None:
    with pytest.raises(RefusedError, match=r"3 files \(3 in full\) take [\d,]+ tokens, more than"):
        pack(repository(FILES), index, ("src/", Level.FULL), budget=800)


@pytest.mark.parametrize("pattern", ["nosuch.py", "/deep/", "# comment", ""])
def test_a_pattern_that_matches_no_file_is_an_error(
    repository: MakeRepository, index: Index, pattern: str
) -> None:
    with pytest.raises(UsageError, match="matches no file"):
        pack(repository(FILES), index, (pattern, Level.FULL))


def test_all_can_be_left_out_and_is_still_counted(repository: MakeRepository, index: Index) -> None:
    packed = pack(repository(FILES), index, ("*", Level.OMITTED))
    assert packed.levels["omitted"] == len(FILES)
    assert "- src/: 3 files omitted; asked for; " in packed.manifest
    assert "- README.md: omitted; asked for; " in packed.manifest


@pytest.mark.parametrize("level", [Level.FULL, Level.OUTLINE, Level.NAME, Level.OMITTED])
def test_large_data_can_be_pinned_and_is_still_told(
    repository: MakeRepository, index: Index, level: Level
) -> None:
    rows = "".join(f"{n},{n * 7}\n" for n in range(3_000))
    snapshot = walk(repository({**FILES, "rows.csv": "a,b\n" + rows}), index)
    options = PackOptions(
        budget=1_500, data_limit=1_000, redact=False, pins=(Pin("rows.csv", level),)
    )
    packed = build_pack(snapshot, index, options)
    assert packed.tokens <= 1_500
    shown = "outline" if level is Level.FULL else level.value  # no more is kept of it
    assert f"- rows.csv: {shown}; " in packed.manifest
