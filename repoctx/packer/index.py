"""Remember per-blob facts between runs: a SQLite cache that may vanish at any time.

Facts (token counts, imports, outlines, secrets) depend only on a blob's content and on the version
of the analyser that made them, so they never go stale: an edited file is another blob. Caching is
an optimisation, never a failure: a broken, locked, read-only or full disk costs time, not the run.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias
from zlib import crc32

from repoctx.packer.wal import write_ahead

Signature: TypeAlias = str
"""What ``stat`` says of a file, as ``files.file_signature`` writes it."""

FILE_NAME = "index.sqlite"
VERSION = 2
"""Of the tables below; a file with another version is emptied."""

_SCHEMA = """
CREATE TABLE files(path BLOB PRIMARY KEY, signature TEXT NOT NULL, blob TEXT NOT NULL,
    seal INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE facts(kind TEXT, blob TEXT, value BLOB NOT NULL, seal INTEGER NOT NULL,
    made INTEGER NOT NULL, PRIMARY KEY(kind, blob)) WITHOUT ROWID;
CREATE TABLE pruned(day INTEGER NOT NULL);
"""
_DAY = 86_400
_KEPT_DAYS = 30  # a fact about a blob that is in no file now; branches come back within a month
_CHUNK = 900  # SQLite before 3.32 allows 999 variables in a statement
_BUSY_SECONDS = 5.0
_BROKEN = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_ERROR,  # a table or a column of ours is not there
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_NOTADB,
)

_Failure = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second when its message about a garbled name is garbled too."""


class Index:
    """The cache of one repository; a context manager. One thread at a time may use it.

    Other modules may keep tables of their own in ``connection``, prefixed by the module's name.
    They create them ``IF NOT EXISTS`` before each use (the connection may have become an empty
    in-memory one), write through ``transaction`` and survive ``sqlite3.Error``.
    """

    connection: sqlite3.Connection
    note: str
    """Why the cache could not be used as it was, in one line; empty when all is well."""

    def __init__(self, connection: sqlite3.Connection, file: Path | None, note: str = "") -> None:
        self.connection = connection
        self.note = note
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def known_files(self) -> dict[str, tuple[Signature, str]]:
        """Return what the last walk saw: path -> (signature, blob id)."""
        rows = self._read("SELECT path, signature, blob, seal FROM files", (), (bytes, str, str))
        return {os.fsdecode(path): (signature, blob) for path, signature, blob, _ in rows}

    def remember_files(self, files: Mapping[str, tuple[Signature, str]]) -> None:
        """Make ``files`` the set that ``known_files`` returns; only differences are written."""
        known = self.known_files()
        gone = [(os.fsencode(path),) for path in known.keys() - files.keys()]
        new = [
            _sealed(os.fsencode(path), signature, blob)
            for path, (signature, blob) in files.items()
            if known.get(path) != (signature, blob)
        ]
        self._write("DELETE FROM files WHERE path = ?", gone)
        self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", new)

    def facts(self, kind: str, blobs: Iterable[str]) -> dict[str, bytes]:
        """Return the facts of this kind that are known about the blobs: blob id -> value."""
        wanted = list(dict.fromkeys(blobs))
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = (
                f"SELECT kind, blob, value, seal FROM facts WHERE kind = ? AND blob IN ({marks})"
            )
            rows = self._read(query, (kind, *chunk), (str, str, bytes))
            found.update((blob, value) for _, blob, value, _ in rows)
        return found

    def remember(self, kind: str, facts: Mapping[str, bytes]) -> None:
        """Keep facts about blobs: blob id -> value. ``kind`` names the analyser and its version.

        A fact that depends on more than the content may append a digest of that to the blob id.
        """
        day = _today()
        rows = [(*_sealed(kind, blob, value), day) for blob, value in facts.items()]
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?)", rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of the block's statements or, when it raises, none of them."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself rolls back when the disk is full
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Forget old facts, at most once a day, and close the file."""
        with contextlib.suppress(*_Failure):
            self._prune()
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()

    def _prune(self) -> None:
        today = _today()
        if self.connection.execute("SELECT day FROM pruned").fetchall() == [(today,)]:
            return
        with self.transaction() as connection:
            connection.execute("DELETE FROM pruned")
            connection.execute("INSERT INTO pruned VALUES (?)", (today,))
            connection.execute(
                "DELETE FROM facts WHERE made < ?"
                " AND substr(blob, 1, 40) NOT IN (SELECT substr(blob, 1, 40) FROM files)",
                (today - _KEPT_DAYS,),
            )

    def _read(self, query: str, values: Sequence[object], types: tuple[type, ...]) -> list[Any]:
        """Return rows of these types, each with its seal behind; none when one of them is broken.

        SQLite notices a broken page by its structure only: flipped bits in a row would be believed.
        """
        try:
            rows = self.connection.execute(query, values).fetchall()
            for *row, seal in rows:
                if tuple(map(type, row)) != types or _seal(row) != seal:
                    raise sqlite3.DatabaseError("a row is not as it was written")
            return rows
        except _Failure as error:
            self._degrade(error)
            return []

    def _write(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        try:
            self._write_rows(statement, rows)
        except _Failure as error:
            self._degrade(error)
            with contextlib.suppress(sqlite3.Error):  # a value larger than SQLite takes
                self._write_rows(statement, rows)

    def _write_rows(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        with self.transaction() as connection:
            connection.executemany(statement, rows)

    def _degrade(self, error: Exception) -> None:
        """Go on in memory; a broken file is deleted, so that the next run starts a new one."""
        self.note = f"the cache cannot be used, so this run is slower: {error}"
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()
        if self._file is not None and _is_broken(error, self._file):
            _delete(self._file)
        self.connection, self._file = _in_memory(), None


def open_index(cache: Path) -> Index:
    """Open the cache in the folder ``cache``, which is made if it is missing.

    A file that is corrupt or of another version is replaced; when no file can be used, the index
    lives in memory. Either way ``note`` says so, and nothing is raised.
    """
    file = cache / FILE_NAME
    try:
        return Index(_open(file), file)
    except (*_Failure, OSError) as error:
        if not _is_broken(error, file):
            return Index(_in_memory(), None, f"the cache {file} cannot be used: {error}")
    _delete(file)
    note = f"the cache {file} was broken and has been replaced"
    try:
        return Index(_open(file), file, note)
    except (*_Failure, OSError) as error:
        return Index(_in_memory(), None, f"the cache {file} cannot be used: {error}")


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    connection = _connect(str(file))
    try:
        write_ahead(connection, _BUSY_SECONDS)
        connection.execute("PRAGMA synchronous = NORMAL")
        _ensure_schema(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _in_memory() -> sqlite3.Connection:
    connection = _connect(":memory:")
    _ensure_schema(connection)
    return connection


def _connect(name: str) -> sqlite3.Connection:
    # The TUI opens a session in one thread and asks in another, never in both at once.
    return sqlite3.connect(
        name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _ensure_schema(connection: sqlite3.Connection) -> None:
    """Make the tables, unless they are there; one of several processes does it."""
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) != VERSION:  # another process may have made them while we waited
        _drop_tables(connection)
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _drop_tables(connection: sqlite3.Connection) -> None:
    """Empty a file of another version; other processes may have it open, so it is not deleted."""
    # A virtual table (full-text search) takes its shadow tables with it, so it goes first.
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE ?"
    for like in ("CREATE VIRTUAL%", "CREATE TABLE%"):
        for (name,) in connection.execute(query, (like,)).fetchall():
            quoted = name.replace('"', '""')
            connection.execute(f'DROP TABLE IF EXISTS "{quoted}"')


def _is_broken(error: Exception, file: Path) -> bool:
    """True when the error speaks of the file's content, not of the disk or another process."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # a broken seal, or text that is not UTF-8
        return type(error) in (sqlite3.DatabaseError, sqlite3.OperationalError, UnicodeDecodeError)
    if code & 0xFF == sqlite3.SQLITE_READONLY:  # also said of a file from a later SQLite
        return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    return code & 0xFF in _BROKEN


def _delete(file: Path) -> None:
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(OSError):
            os.unlink(f"{file}{suffix}")


def _sealed(*parts: str | bytes) -> tuple[str | bytes | int, ...]:
    """Return a row with its seal behind."""
    return *parts, _seal(parts)


def _seal(parts: Iterable[str | bytes]) -> int:
    """Return the CRC-32 of a row."""
    seal = 0
    for part in parts:
        seal = crc32(part if isinstance(part, bytes) else part.encode(), seal)
    return seal


def _today() -> int:
    return int(time.time()) // _DAY
