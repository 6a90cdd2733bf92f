"""The ledger's tables: made when they are missing, of another version, or broken."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.packer.wal import write_ahead

VERSION = 2
"""Of the tables; a file with another version is emptied."""

_SCHEMA = """
CREATE TABLE bases(id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT UNIQUE, file TEXT NOT NULL,
    tokens INTEGER NOT NULL, size INTEGER NOT NULL, escaped INTEGER NOT NULL,
    overhead INTEGER NOT NULL DEFAULT 0);
CREATE TABLE versions(base INTEGER, path BLOB, version TEXT, since INTEGER NOT NULL,
    start INTEGER NOT NULL, length INTEGER NOT NULL, text BLOB,
    PRIMARY KEY(base, path, version)) WITHOUT ROWID;
CREATE TABLE shown(base INTEGER, path BLOB, version TEXT NOT NULL,
    PRIMARY KEY(base, path)) WITHOUT ROWID;
CREATE TABLE updates(base INTEGER, number INTEGER, text BLOB NOT NULL, tokens INTEGER NOT NULL,
    PRIMARY KEY(base, number)) WITHOUT ROWID;
CREATE TABLE sent(destination TEXT, base INTEGER, number INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY(destination, base)) WITHOUT ROWID;
"""
_BUSY_SECONDS = 10.0
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_tables(file: Path) -> sqlite3.Connection:
    """Open the tables; a broken file is replaced. RepoctxError when it cannot be written."""
    try:
        return _open(file)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BROKEN:
            raise RepoctxError(
                f"cannot open {file}: {error}", "set XDG_STATE_HOME to a folder that you can write"
            ) from None
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(OSError):
            os.unlink(f"{file}{suffix}")
    return _open(file)


def _open(file: Path) -> sqlite3.Connection:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(
        file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        write_ahead(connection, _BUSY_SECONDS)
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
            ).fetchall():
                connection.execute(f"DROP TABLE {name}")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection
