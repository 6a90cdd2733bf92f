"""The cache is fast to ask, shared, private, and never a reason to fail."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from repoctx.packer.index import FILE_NAME, VERSION, Index, Signature, open_index
from tests.waiting import PATIENCE, until

ODD = os.fsdecode(b"d\xe9j\xe0/vu\n.py")
FILES: dict[str, tuple[Signature, str]] = {
    "src/a.py": ("1 2 3 4", "aa"),
    ODD: (f"10 {2**70} -5 {2**64 - 1}", "bb"),  # a hostile mtime, and an inode of 64 bits
}


def test_files_and_facts_are_there_next_time(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.remember_files(FILES)
        index.remember("tokens:1", {"aa": b"12", "bb": b""})
    with open_index(tmp_path) as index:
        assert index.known_files() == FILES
        assert index.facts("tokens:1", ["bb", "cc", "aa", "aa"]) == {"aa": b"12", "bb": b""}
        assert index.facts("tokens:2", ["aa"]) == {}
        assert index.note == ""


def test_remembered_files_replace_those_before(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.remember_files(FILES)
        fewer: dict[str, tuple[Signature, str]] = {"src/a.py": ("9 9 9 9", "zz")}
        index.remember_files(fewer)
        assert index.known_files() == fewer


def test_many_blobs_are_asked_for_at_once(tmp_path: Path) -> None:
    facts = {f"{number:040x}": b"%d" % number for number in range(5_000)}
    with open_index(tmp_path) as index:
        index.remember("tokens:1", facts)
        assert index.facts("tokens:1", facts) == facts


def test_the_file_is_private(tmp_path: Path) -> None:
    with open_index(tmp_path / "new") as index:
        index.remember("tokens:1", {"aa": b"1"})
        modes = [stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new").iterdir()]
    assert modes
    assert set(modes) == {0o600}


@pytest.mark.parametrize(
    "content", [b"not a database" * 400, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_broken_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with open_index(tmp_path) as index:
        assert "replaced" in index.note
        index.remember("tokens:1", {"aa": b"1"})
    with open_index(tmp_path) as index:
        assert index.note == ""
        assert index.facts("tokens:1", ["aa"]) == {"aa": b"1"}


def test_a_page_that_breaks_later_costs_one_run_only(tmp_path: Path) -> None:
    facts = {f"{number:040x}": bytes(100) for number in range(3_000)}
    with open_index(tmp_path) as index:
        index.remember("tokens:1", facts)
    file = tmp_path / FILE_NAME
    with file.open("r+b") as broken:
        broken.seek(3 * 4096)
        broken.write(b"\xff" * (file.stat().st_size - 4 * 4096))
    with open_index(tmp_path) as index:
        index.facts("tokens:1", facts)
        assert "malformed" in index.note
        index.remember("tokens:1", {"aa": b"1"})
        assert index.facts("tokens:1", ["aa"]) == {"aa": b"1"}
    with open_index(tmp_path) as index:
        index.remember("tokens:1", {"bb": b"2"})
        assert index.note == ""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE files SET blob = 'cc' WHERE blob = 'aa'",
        "UPDATE files SET signature = '1 2 3 5' WHERE blob = 'aa'",
        "UPDATE files SET path = CAST(path AS TEXT) WHERE blob = 'aa'",
        "UPDATE facts SET value = x'31'",
        "UPDATE facts SET value = '12'",
        "DROP TABLE facts",
    ],
)
def test_a_row_that_is_not_as_it_was_written_is_not_believed(tmp_path: Path, change: str) -> None:
    with open_index(tmp_path) as index:
        index.remember_files(FILES)
        index.remember("tokens:1", {"aa": b"12"})
        index.connection.execute(change)
    with open_index(tmp_path) as index:
        known, facts = index.known_files(), index.facts("tokens:1", ["aa"])
        assert (known, facts) in [({}, {}), (FILES, {})]
        assert index.note
    with open_index(tmp_path) as index:
        assert (index.known_files(), index.note) == ({}, "")


def test_a_file_of_another_version_is_emptied(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.connection.execute("CREATE VIRTUAL TABLE rank_words USING fts5(words)")
        index.connection.execute('CREATE TABLE "odd ""name"(x)')
        index.remember("tokens:1", {"aa": b"1"})
        index.connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with open_index(tmp_path) as index:
        assert index.facts("tokens:1", ["aa"]) == {}
        index.remember("tokens:1", {"bb": b"2"})
        tables = {name for (name,) in index.connection.execute("SELECT name FROM sqlite_master")}
        assert not {name for name in tables if name.startswith(("rank_", "odd"))}


def test_a_folder_that_cannot_be_made_leaves_the_cache_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with open_index(tmp_path / "file" / "cache") as index:
        assert "cannot be used" in index.note
        index.remember_files(FILES)
        assert index.known_files() == FILES


def test_a_full_disk_costs_the_cache_and_not_the_run(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.connection.execute("PRAGMA max_page_count = 12")  # SQLite's own "disk is full"
        facts = {f"{number:040x}": bytes(200) for number in range(2_000)}
        index.remember("tokens:1", facts)
        assert "full" in index.note
        assert index.facts("tokens:1", facts) == facts
    with open_index(tmp_path) as index:
        assert index.facts("tokens:1", facts) == {}
        assert index.note == ""


def test_a_writer_that_does_not_end_costs_the_cache_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repoctx.packer.index._BUSY_SECONDS", 0.05)
    with open_index(tmp_path) as one, open_index(tmp_path) as other, one.transaction():
        other.remember("tokens:1", {"aa": b"1"})
        assert "locked" in other.note
        assert other.facts("tokens:1", ["aa"]) == {"aa": b"1"}


def test_two_processes_share_it(tmp_path: Path) -> None:
    writers = [_writer(tmp_path, name, rounds=40) for name in ("one", "two", "three")]
    assert [process.wait(PATIENCE) for process in writers] == [0, 0, 0]
    with open_index(tmp_path) as index:
        for name in ("one", "two", "three"):
            keys = [f"{name}{number}" for number in range(40)]
            assert len(index.facts("tokens:1", keys)) == 40


def test_a_killed_writer_leaves_it_usable(tmp_path: Path) -> None:
    file = tmp_path / f"{FILE_NAME}-wal"
    with _writer(tmp_path, "one", rounds=1_000_000) as process:
        try:
            until(lambda: file.exists() and file.stat().st_size > 100_000, "something written")
        finally:
            process.send_signal(signal.SIGKILL)
    with open_index(tmp_path) as index:
        assert index.facts("tokens:1", ["one0"]) == {"one0": bytes(1000)}
        index.remember("tokens:1", {"aa": b"1"})
        assert index.note == ""


def test_a_failed_transaction_writes_nothing(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        with pytest.raises(sqlite3.IntegrityError):
            _write_the_same_path_twice(index)
        assert index.known_files() == {}


def test_old_facts_about_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    here, gone, new = ("a" * 40, "b" * 40, "c" * 40)
    with open_index(tmp_path) as index:
        index.remember_files({"a.py": ("1 2 3 4", here)})
        index.remember("tokens:1", {here: b"", here + "d" * 16: b"", gone: b"", gone + "e": b""})
        _let_days_pass(index, 31)
        index.remember("tokens:1", {new: b""})
    with open_index(tmp_path) as index:
        asked = [here, here + "d" * 16, gone, gone + "e", new]
        assert set(index.facts("tokens:1", asked)) == {here, here + "d" * 16, new}


def _write_the_same_path_twice(index: Index) -> None:
    with index.transaction() as connection:
        connection.execute("INSERT INTO files VALUES (x'61', '1 2 3 4', 'aa', 0)")
        connection.execute("INSERT INTO files VALUES (x'61', '1 2 3 4', 'aa', 0)")


def _let_days_pass(index: Index, days: int) -> None:
    index.connection.execute("UPDATE facts SET made = made - ?", (days,))
    index.connection.execute("UPDATE pruned SET day = 0")


def _writer(cache: Path, name: str, rounds: int) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from pathlib import Path; from repoctx.packer.index import open_index\n"
        "with open_index(Path(sys.argv[1])) as index:\n"
        "    for number in range(int(sys.argv[3])):\n"
        "        index.remember('tokens:1', {f'{sys.argv[2]}{number}': bytes(1000)})\n"
        "    sys.exit(bool(index.note))\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(cache), name, str(rounds)])
