"""Keep bases and updates: a SQLite file, and one file of text a base, in the state folder.

A *line* is one way to show a repository (edit format, tokenizer, redaction): each has one base at a
time. What is stored never changes; a new base replaces the whole. Losing all of it costs a new
base, so a broken file is replaced.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from repoctx.packer.ledger.tables import open_tables

FILE_NAME = "ledger.sqlite"
FOLDER = "ledger"


@dataclass(frozen=True, slots=True)
class Base:
    """A pack as it was written once."""

    id: int
    file: str
    """Its name in the ledger's folder; the text is JSON-escaped UTF-8 there."""
    tokens: int
    size: int
    """Bytes of the file."""
    escaped: int
    """Bytes of the text as it is sent inside a JSON string."""
    overhead: int
    """Tokens that questions have sent since beyond a fresh pack, summed up."""


@dataclass(frozen=True, slots=True)
class Update:
    """What the model was told about changes after the base."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Version:
    """A state of one path that the model has seen."""

    path: str
    version: str
    """Level and content; equal versions look the same to the model."""
    start: int = 0
    """Of the escaped text in the base's file, in bytes; unused after the base."""
    length: int = 0
    text: str | None = None
    """The text itself when an update brought it; None in the base, or without text."""


class Store:
    """The tables; close them when done. One thread at a time may use them."""

    def __init__(self, state: Path) -> None:
        self.folder = state / FOLDER
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._connection = open_tables(state / FILE_NAME)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def base(self, line: str) -> Base | None:
        """Return the base of a line whose text is still there."""
        row = self._connection.execute(
            "SELECT id, file, tokens, size, escaped, overhead FROM bases WHERE line = ?", (line,)
        ).fetchone()
        base = Base(*row) if row else None
        return base if base and _has_size(self.folder / base.file, base.size) else None

    def updates(self, base: int) -> list[Update]:
        """Return all updates of a base, in order."""
        rows = self._connection.execute(
            "SELECT text, tokens FROM updates WHERE base = ? ORDER BY number", (base,)
        )
        return [Update(_unpacked(text), tokens) for text, tokens in rows]

    def shown(self, base: int) -> dict[str, str]:
        """Return the version of each path that the model has seen last."""
        rows = self._connection.execute("SELECT path, version FROM shown WHERE base = ?", (base,))
        return {os.fsdecode(path): version for path, version in rows}

    def version(self, base: int, path: str, version: str) -> tuple[int, Version] | None:
        """Return a version that was shown, and the number of the update (0: the base) that did."""
        row = self._connection.execute(
            "SELECT since, start, length, text FROM versions"
            " WHERE base = ? AND path = ? AND version = ?",
            (base, os.fsencode(path), version),
        ).fetchone()
        if row is None:
            return None
        since, start, length, text = row
        return since, Version(
            path, version, start, length, None if text is None else _unpacked(text)
        )

    def destinations(self, base: int) -> dict[str, tuple[int, float]]:
        """Return for each destination the last update that was sent there, and when (epoch s)."""
        rows = self._connection.execute(
            "SELECT destination, number, at FROM sent WHERE base = ?", (base,)
        )
        return {destination: (number, at) for destination, number, at in rows}

    def add_base(self, line: str, base: Base, versions: Iterable[Version]) -> int:
        """Make this the base of the line, in place of the one before; return its new id."""
        with self._transaction() as connection:
            old = _forget(connection, line)
            cursor = connection.execute(
                "INSERT INTO bases(line, file, tokens, size, escaped) VALUES (?, ?, ?, ?, ?)",
                (line, base.file, base.tokens, base.size, base.escaped),
            )
            number = int(cursor.lastrowid or 0)
            _insert_versions(connection, number, 0, versions)
        self._delete(old)
        return number

    def add_update(
        self,
        base: Base,
        number: int,
        update: Update,
        versions: Iterable[Version],
        gone: Iterable[str],
    ) -> bool:
        """Append an update; False when the base or the last update is another one by now."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM updates WHERE base = ?) FROM bases WHERE id = ?"
                " AND file = ?",
                (base.id, base.id, base.file),
            ).fetchone()
            if row is None or row[0] != number - 1:
                return False
            connection.execute(
                "INSERT INTO updates VALUES (?, ?, ?, ?)",
                (base.id, number, _packed(update.text), update.tokens),
            )
            _insert_versions(connection, base.id, number, versions)
            connection.executemany(
                "DELETE FROM shown WHERE base = ? AND path = ?",
                [(base.id, os.fsencode(path)) for path in gone],
            )
        return True

    def note_sent(self, base: int, destination: str, number: int, at: float, surplus: int) -> None:
        """Remember that everything up to an update has reached a destination."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE bases SET overhead = overhead + ? WHERE id = ?", (max(0, surplus), base)
            )
            connection.execute(
                "INSERT OR REPLACE INTO sent SELECT ?, id, ?, ? FROM bases WHERE id = ?",
                (destination, number, at, base),
            )

    def forget(self, line: str) -> None:
        """Drop the base of a line: the next question starts a new one."""
        with self._transaction() as connection:
            old = _forget(connection, line)
        self._delete(old)

    def _delete(self, files: Iterable[str]) -> None:
        """Delete what no row names any more; another process keeps what it has open."""
        for file in files:
            with contextlib.suppress(OSError):
                (self.folder / file).unlink()

    def sweep(self) -> None:
        """Delete the files that no base names and no process is still writing or sending.

        A writer holds its file's lock until the base is named here. So a file that can be locked is
        named by now, or was left behind by a process that was killed.
        """
        named = self._named()
        for file in self.folder.glob("*.base"):
            if file.name not in named:
                with contextlib.suppress(OSError), _locked(file):
                    if file.name not in self._named():
                        file.unlink()

    def _named(self) -> set[str]:
        return {file for (file,) in self._connection.execute("SELECT file FROM bases")}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read one state for the length of the block, whatever another process writes."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _forget(connection: sqlite3.Connection, line: str) -> list[str]:
    """Delete the rows of a line; return its files, to be deleted once that is on disk."""
    found = connection.execute("SELECT id, file FROM bases WHERE line = ?", (line,)).fetchall()
    for base, _ in found:
        for table in ("versions", "shown", "updates", "sent"):
            connection.execute(f"DELETE FROM {table} WHERE base = ?", (base,))
        connection.execute("DELETE FROM bases WHERE id = ?", (base,))
    return [file for _, file in found]


def _insert_versions(
    connection: sqlite3.Connection, base: int, since: int, versions: Iterable[Version]
) -> None:
    rows = [
        (
            *(base, os.fsencode(version.path), version.version, since),
            *(version.start, version.length),
            None if version.text is None else _packed(version.text),
        )
        for version in versions
    ]
    connection.executemany("INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    shown = [row[:3] for row in rows]
    connection.executemany("INSERT OR REPLACE INTO shown VALUES (?, ?, ?)", shown)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the file alone; OSError when another process does."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _has_size(file: Path, size: int) -> bool:
    with contextlib.suppress(OSError):
        return file.stat().st_size == size
    return False


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def _unpacked(value: bytes) -> str:
    return zlib.decompress(value).decode("utf-8", "surrogatepass")
