"""Full text: only new content is read, and what is gone is not found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.packer import fulltext
from repoctx.packer.index import Index, open_index
from repoctx.packer.walk import walk
from repoctx.packer.words import parse_query

MakeRepository = Callable[..., Path]


def found(root: Path, index: Index, question: str) -> dict[str, float]:
    files = fulltext.update(walk(root), index)
    matches = fulltext.matches(index.connection, files, parse_query(question))
    return {path: match.score for path, match in matches.items()}


def rows(index: Index) -> int:
    return int(index.connection.execute("SELECT count(*) FROM rank_files").fetchone()[0])


def test_text_path_and_names_are_searched(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository(
        {
            "text.py": "# the walrus swims\n",
            "walrus/__init__.py": "",
            "names.py": "class WalrusKeeper: pass\n",
            "other.py": "pass\n",
        }
    )
    with open_index(tmp_path / "cache") as index:
        assert set(found(root, index, "walrus")) == {
            "text.py",
            "walrus/__init__.py",
            "names.py",
        }


def test_stems_and_every_spelling_match(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({"a.py": "def iter_bytes(): closed = 1\n", "b.js": "iterBytes()\n"})
    with open_index(tmp_path / "cache") as index:
        assert set(found(root, index, "ITER_BYTES")) == {"a.py", "b.js"}
        assert set(found(root, index, "closing")) == {"a.py"}


def test_the_file_that_defines_a_name_comes_before_those_that_use_it(
    repository: MakeRepository, tmp_path: Path
) -> None:
    uses = "walk_tree(x)\n" * 5
    root = repository({"a.py": uses, "b.py": "def walk_tree(x): ...\n", "c.py": uses})
    with open_index(tmp_path / "cache") as index:
        scores = found(root, index, "walkTree")
    assert max(scores, key=lambda path: scores[path]) == "b.py"


def test_only_new_content_is_read(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({"a.py": "walrus\n", "b.py": "seal\n"})
    with open_index(tmp_path / "cache") as index:
        found(root, index, "seal")
        (root / "b.py").write_text("otter\n")
        assert found(root, index, "seal") == {}
        assert set(found(root, index, "otter")) == {"b.py"}
        assert rows(index) == 3  # the old text of b.py waits: a branch may come back
        (root / "b.py").write_text("seal\n")
        assert set(found(root, index, "seal")) == {"b.py"}
        assert rows(index) == 3


def test_old_content_is_forgotten_when_it_is_the_larger_part(
    repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "_SPARED", 2)
    root = repository({"a.py": "walrus\n"})
    with open_index(tmp_path / "cache") as index:
        for number in range(10):
            (root / "a.py").write_text(f"seal {number}\n")
            assert set(found(root, index, "seal")) == {"a.py"}
        assert rows(index) < 6


def test_binary_lock_and_minified_files_are_found_by_path_only(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository(
        {
            "walrus.bin": b"\0seal",
            "poetry.lock": "seal\n",
            "app.min.js": "seal\n",
            "noise.js": "seal;" * 4000,
        }
    )
    with open_index(tmp_path / "cache") as index:
        assert found(root, index, "seal") == {}
        assert set(found(root, index, "walrus")) == {"walrus.bin"}


def test_any_encoding_and_any_name_is_searched(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository(
        {
            "utf16.txt": "\ufeffwalrus".encode("utf-16-le"),
            "latin.txt": "walrus caf\xe9 ol\xe9".encode("latin-1"),
            "damaged.txt": b"walrus \xff\xfe\xfd \x81",
            "odd\udcff walrus.txt": "",
        }
    )
    with open_index(tmp_path / "cache") as index:
        assert len(found(root, index, "walrus")) == 4
        assert set(found(root, index, "café")) == {"latin.txt"}


def test_chinese_words_are_found(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({"a.md": "这个函数检索文件。\n", "b.md": "文件检查\n"})
    with open_index(tmp_path / "cache") as index:
        assert set(found(root, index, "检索")) == {"a.md"}


def test_a_file_that_vanishes_after_the_walk_is_left_out(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"a.py": "walrus\n", "b.py": "walrus\n"})
    snapshot = walk(root)
    (root / "a.py").unlink()
    with open_index(tmp_path / "cache") as index:
        files = fulltext.update(snapshot, index)
    assert {file.path for file in files.values()} == {"b.py"}
