"""Keep bills: a SQLite file in the user's state folder, mode 0600.

Each call opens the file and closes it again, so that any thread and any number of processes may use
it. It is the person's record, so a broken file is moved aside and never overwritten.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import astuple, fields
from pathlib import Path
from typing import TypeVar

from repoctx.costs.bill import Bill
from repoctx.costs.totals import Total
from repoctx.errors import RepoctxError

T = TypeVar("T")

FILE_NAME = "costs.sqlite"
VERSION = 1
_SCHEMA = """
CREATE TABLE bills(repository BLOB NOT NULL, conversation TEXT NOT NULL, backend TEXT NOT NULL,
    endpoint TEXT NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL, cached INTEGER NOT NULL,
    written INTEGER NOT NULL, output INTEGER NOT NULL, fresh INTEGER NOT NULL, cost REAL,
    saved REAL, seconds REAL, at REAL NOT NULL);
CREATE INDEX bills_by_time ON bills(at);
"""
_COLUMNS = ", ".join(field.name for field in fields(Bill))
_BUSY_SECONDS = 10.0
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""The last: a table or a column of ours is not there."""
_RUNS = 50
"""The latest runs from which the time to the first token is learned."""


class Costs:
    """The bills of all repositories. Methods raise RepoctxError when the file cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self.note = ""
        """Where a broken file was moved to, in one line; empty when all is well."""

    def add(self, bill: Bill) -> None:
        """Keep a bill."""
        row = (os.fsencode(bill.repository), *astuple(bill)[1:])
        marks = ", ".join("?" * len(row))
        statement = f"INSERT INTO bills({_COLUMNS}) VALUES ({marks})"
        self._use(lambda connection: connection.execute(statement, row))

    def totals(self, since: float = 0.0, repository: str | None = None) -> list[Total]:
        """Return the sums by repository and model since a time; of all repositories for None."""
        query = (
            "SELECT repository, backend, endpoint, model, count(*), sum(input), sum(cached),"
            " sum(written), sum(output), total(cost), total(saved), sum(cost IS NULL) FROM bills"
            " WHERE at >= ? AND (? IS NULL OR repository = ?)"
            " GROUP BY repository, backend, endpoint, model ORDER BY total(cost) DESC, repository"
        )
        key = None if repository is None else os.fsencode(repository)
        rows = self._use(lambda connection: connection.execute(query, (since, key, key)).fetchall())
        return [Total(tuple(os.fsdecode(roots).split("\0")), *rest) for roots, *rest in rows]

    def conversation(self, name: str) -> float:
        """Return US dollars that the conversation has cost, as far as prices are known."""
        query = "SELECT total(cost) FROM bills WHERE conversation = ?"
        return float(self._use(lambda c: c.execute(query, (name,)).fetchone())[0])

    def last_conversation(self, repository: str) -> str:
        """Return the name of the repository's latest conversation; empty when there is none."""
        query = "SELECT conversation FROM bills WHERE repository = ? ORDER BY at DESC LIMIT 1"
        row = self._use(lambda c: c.execute(query, (os.fsencode(repository),)).fetchone())
        return str(row[0]) if row else ""

    def runs(self, backend: str, endpoint: str, model: str) -> list[tuple[int, float]]:
        """Return the latest runs there: tokens read anew, and seconds to the first token."""
        query = (
            "SELECT fresh, seconds FROM bills WHERE backend = ? AND endpoint = ? AND model = ?"
            f" AND seconds > 0 AND fresh > 0 ORDER BY at DESC LIMIT {_RUNS}"
        )
        rows = self._use(lambda c: c.execute(query, (backend, endpoint, model)).fetchall())
        return [(int(fresh), float(seconds)) for fresh, seconds in rows]

    def _use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._once(work)
        except sqlite3.Error as error:
            if not _is_broken(error):
                raise self._unusable(error) from None
        except OSError as error:
            raise self._unusable(error) from None
        try:
            self._set_aside()
            return self._once(work)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with closing(_open(self._file)) as connection:
            return work(connection)

    def _set_aside(self) -> None:
        """Move a broken file away; one of several processes does it, the others look again."""
        lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_sound(self._file):
                return
            aside = self._file.with_name(f"costs-broken-{time.time_ns()}.sqlite")
            with suppress(FileNotFoundError):
                os.replace(f"{self._file}-journal", f"{aside}-journal")
            os.replace(self._file, aside)
            self.note = f"the record of costs was broken: it is now {aside}, and a new one begins"
        finally:
            os.close(lock)

    def _unusable(self, error: Exception) -> RepoctxError:
        return RepoctxError(
            f"cannot use the record of costs {self._file}: {error}",
            "look at its owner and mode, or move it away",
        )


def _open(file: Path) -> sqlite3.Connection:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        if _version(connection) == 0:
            _make_tables(connection)
        if _version(connection) > VERSION:
            raise OSError("it is from a newer repoctx")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) == 0:  # another process may have made them while we waited
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_sound(file: Path) -> bool:
    try:
        with closing(_open(file)) as connection:
            connection.execute(f"SELECT {_COLUMNS} FROM bills LIMIT 1")
            return bool(connection.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.Error as error:
        return not _is_broken(error)


def _is_broken(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN
