"""Several connections that open a new database at once all get write-ahead logging."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from repoctx.packer.wal import write_ahead
from tests.waiting import PATIENCE, ends


def test_whoever_opens_it_at_the_same_time_waits(tmp_path: Path) -> None:
    modes: list[str] = []
    barrier = threading.Barrier(8)

    def open_it(file: Path) -> None:
        connection = sqlite3.connect(file, timeout=5, isolation_level=None)
        barrier.wait(PATIENCE)
        write_ahead(connection, 20)
        modes.append(connection.execute("PRAGMA journal_mode").fetchone()[0])
        connection.close()

    for number in range(10):
        file = tmp_path / f"{number}.sqlite"
        threads = [threading.Thread(target=open_it, args=(file,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            ends(thread)
    assert modes == ["wal"] * 80


def test_a_database_that_stays_locked_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "locked.sqlite"
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN EXCLUSIVE")
        connection = sqlite3.connect(file, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            write_ahead(connection, 0.05)
        connection.close()
