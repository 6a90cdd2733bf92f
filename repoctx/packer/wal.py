"""Write-ahead logging for a database that several processes may open for the first time at once."""

from __future__ import annotations

import sqlite3
import time

_PAUSE = 0.01


def write_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Turn write-ahead logging on; raises sqlite3.OperationalError when it is busy for so long.

    SQLite waits for a lock, but not for this one: two connections that both read the old mode
    would wait for each other, so one of them is told at once that the database is locked.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not is_busy or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)
