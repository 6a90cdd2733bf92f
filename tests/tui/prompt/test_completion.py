"""What a word becomes, and what was typed before."""

from __future__ import annotations

from pathlib import Path

import pytest

from repoctx.tui.prompt.completion import Word, best_commands, best_paths, folded, word_before
from repoctx.tui.prompt.history import KEPT, History

PATHS = [
    "src/app.py",
    "src/apps/main.py",
    "docs/mapping.md",
    "README.md",
    "a/p/p.txt",
    "données/été.py",
]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("look at @src/a", Word("@", "src/a")),
        ("@", Word("@", "")),
        ("two\nlines @b", Word("@", "b")),
        ("me@example.org", None),
        ("@a b", None),
        ("/mo", Word("/", "mo")),
        ("/", Word("/", "")),
        ("what is /mo", None),
        ("/model x", None),
    ],
)
def test_the_word_at_the_cursor(text: str, word: Word | None) -> None:
    assert word_before(text) == word


def test_paths_whose_name_begins_so_come_first() -> None:
    assert best_paths(folded(PATHS), "app") == [
        "src/app.py",
        "docs/mapping.md",
        "src/apps/main.py",
        "a/p/p.txt",
    ]
    assert best_paths(folded(PATHS), "APPS/M") == ["src/apps/main.py"]
    assert best_paths(folded(PATHS), "ét") == ["données/été.py"]
    assert best_paths(folded(PATHS), "zzz") == []
    assert best_paths(folded(PATHS), "(.*") == []
    assert len(best_paths(folded(f"f{n}" for n in range(99)), "")) == 8


def test_commands_complete_by_their_beginning() -> None:
    assert best_commands(["model", "budget", "help"], "") == ["model", "budget", "help"]
    assert best_commands(["model", "budget", "help"], "B") == ["budget"]


def test_going_back_and_forth_keeps_the_draft(tmp_path: Path) -> None:
    history = History(tmp_path)
    for text in ("one", "two\nlines", "two\nlines"):
        history.add(text)
    assert history.back("draft") == "two\nlines"
    assert history.back("") == "one"
    assert history.back("") is None
    assert history.forth() == "two\nlines"
    assert history.forth() == "draft"
    assert history.forth() is None


def test_the_history_is_kept_private_and_survives_damage(tmp_path: Path) -> None:
    History(tmp_path).add("secret plans")
    file = tmp_path / "prompts.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(file.read_bytes() + b'"cut off\n[1]\n\xff\n')
    assert History(tmp_path).back("") == "secret plans"


def test_the_oldest_entries_make_room(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(2 * KEPT + 5):
        history.add(str(number))
    assert len((tmp_path / "prompts.jsonl").read_text().splitlines()) <= 2 * KEPT
    assert History(tmp_path).back("") == str(2 * KEPT + 4)


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    history = History(tmp_path / "state")
    history.add("one")
    assert history.back("") == "one"
