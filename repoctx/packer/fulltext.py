"""Keep the full text of every file searchable in the index, and score files against a question.

A file stands in four tables: its text in passages of 60 lines, the words of its path, the words in
the names that it defines, and these names as wholes. Whole files as rows do worse (recall@10 .55
against .59 on 600 commits of three repositories): BM25 takes a long file for a rambling one.

Rows are keyed by path and blob, so only new content is read. What is no longer in the snapshot
stays until it is half of the rows (a branch may come back), and then all is built anew.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from repoctx.errors import RepoctxError
from repoctx.packer.bm25 import add_row, best_rows, create_table
from repoctx.packer.index import Index
from repoctx.packer.kinds import HEAD, Kind, refine_kind
from repoctx.packer.names import defined_names
from repoctx.packer.snapshot import SYMLINK, Snapshot, SourceFile
from repoctx.packer.views.notebook import is_notebook
from repoctx.packer.views.text import text_of as shown_text
from repoctx.packer.words import Query, joined, spaced

PASSAGE = 60
"""Lines: about a screen, or a function with its neighbours."""

VERSION = 2
"""Of the tables and of how words are split; another version is built anew."""

_TABLES = ("rank_passages", "rank_paths", "rank_names", "rank_definitions")
_PASSAGE_BITS = 16
_MOST_PASSAGES = (1 << _PASSAGE_BITS) - 1  # the last one holds the rest of the file
_MOST_BYTES = 8 << 20  # of one file: beyond it is data, not something that people wrote
_BATCH_BYTES = 8 << 20  # in one transaction, so that another process waits for half a second
_BATCH_FILES = 1000
_SPARED = 1000  # rows that may be out of date however small the repository is
_MOST_ROWS = 3000
_WITHOUT_TEXT = (Kind.BINARY, Kind.LOCK, Kind.MINIFIED)

# What a match in a passage is worth is 1. A path is chosen with as much care as a line of text; a
# name also counts in its passage.
_PATH_WEIGHT = 1.0
_NAMES_WEIGHT = 0.5
_DEFINITION_WEIGHT = 0.5


@dataclass(slots=True)
class Match:
    """How well a file fits a question by what it says."""

    score: float = 0.0
    lines: list[int] = field(default_factory=list)
    """First lines of the passages that fit, the best first."""


def update(snapshot: Snapshot, index: Index) -> dict[int, SourceFile]:
    """Bring the tables up to date; return the files by their row numbers.

    A file that changed since the walk, or cannot be read, is left out. Raises sqlite3.Error when
    the index cannot be written.
    """
    known = _known(index)
    new = [file for file in snapshot.files if _key(file) not in known]
    stale = len(known) - (len(snapshot.files) - len(new))
    if stale > len(snapshot.files) + _SPARED and not snapshot.partial:
        with index.transaction() as connection:
            _drop(connection)
        return update(snapshot, index)
    for batch in _batches(new):
        with index.transaction() as connection:
            for file in batch:
                _add(connection, file, text_of(snapshot, file))
    known = _known(index) if new else known
    return {known[_key(file)]: file for file in snapshot.files if _key(file) in known}


def matches(
    connection: sqlite3.Connection, files: Mapping[int, SourceFile], query: Query
) -> dict[str, Match]:
    """Return how well each file fits, by path; files that share no word with it are left out."""
    found: dict[str, Match] = {}
    for row, share in best_rows(connection, "rank_passages", query.terms, _MOST_ROWS):
        if file := files.get(row >> _PASSAGE_BITS):
            match = found.setdefault(file.path, Match())
            match.lines.append((row & _MOST_PASSAGES) * PASSAGE + 1)
            # The best passage says what the file is worth, further ones support it.
            match.score += share / len(match.lines) ** 2
    for table, terms, weight in (
        ("rank_paths", query.terms, _PATH_WEIGHT),
        ("rank_names", query.terms, _NAMES_WEIGHT),
        ("rank_definitions", query.names, _DEFINITION_WEIGHT),
    ):
        for row, share in best_rows(connection, table, terms, _MOST_ROWS):
            if file := files.get(row):
                found.setdefault(file.path, Match()).score += weight * share
    return found


def _known(index: Index) -> dict[tuple[bytes, str], int]:
    connection = index.connection
    connection.execute("CREATE TABLE IF NOT EXISTS rank_version(version INTEGER)")
    if connection.execute("SELECT version FROM rank_version").fetchall() != [(VERSION,)]:
        with index.transaction():
            _drop(connection)
            connection.execute("DELETE FROM rank_version")
            connection.execute("INSERT INTO rank_version VALUES (?)", (VERSION,))
    connection.execute(
        "CREATE TABLE IF NOT EXISTS rank_files"
        "(row INTEGER PRIMARY KEY, path BLOB, blob TEXT, UNIQUE(path, blob))"
    )
    for table in _TABLES:
        create_table(connection, table)
    rows = connection.execute("SELECT path, blob, row FROM rank_files")
    return {(path, blob): row for path, blob, row in rows}


def _drop(connection: sqlite3.Connection) -> None:
    for table in (*_TABLES, "rank_files"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def _key(file: SourceFile) -> tuple[bytes, str]:
    return os.fsencode(file.path), file.blob


def text_of(snapshot: Snapshot, file: SourceFile) -> str | None:
    """Return the text of a file that is searched, "" if only its path is, None if unreadable."""
    if file.kind in _WITHOUT_TEXT or file.mode == SYMLINK:
        return ""
    try:
        content = snapshot.read(file)
    except RepoctxError:  # changed since the walk: the next search will see it
        return None
    if refine_kind(file.kind, content[:HEAD]) in _WITHOUT_TEXT:
        return ""
    known = content if is_notebook(file.path) else content[:_MOST_BYTES]
    return shown_text(file.path, known)[:_MOST_BYTES]


def printable(text: str) -> str:
    """Return text that SQLite takes: no lone surrogates, which stand for undecodable bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _batches(files: Iterable[SourceFile]) -> Iterator[list[SourceFile]]:
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        batch.append(file)
        size += min(file.size, _MOST_BYTES) + _BATCH_BYTES // _BATCH_FILES
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _add(connection: sqlite3.Connection, file: SourceFile, text: str | None) -> None:
    """Add a file, unless it cannot be read or another process has added it."""
    if text is None:
        return
    cursor = connection.execute(
        "INSERT OR IGNORE INTO rank_files(path, blob) VALUES (?, ?)", _key(file)
    )
    if cursor.rowcount == 0 or cursor.lastrowid is None:
        return
    row = cursor.lastrowid
    path = spaced(printable(file.path))
    add_row(connection, "rank_paths", row, path)
    if text:
        text = printable(text)
        names = defined_names(file.path, text)
        add_row(connection, "rank_names", row, spaced(" ".join(names)))
        add_row(connection, "rank_definitions", row, " ".join(map(joined, names)))
        first = row << _PASSAGE_BITS
        for number, passage in enumerate(_passages(spaced(text))):
            # The path tells what the passage is about, as a heading would.
            add_row(connection, "rank_passages", first + number, f"{path}\n{passage}")


def _passages(text: str) -> Iterator[str]:
    lines = text.split("\n")
    for number in range(min(_MOST_PASSAGES, -(-len(lines) // PASSAGE))):
        yield "\n".join(lines[number * PASSAGE : (number + 1) * PASSAGE])
    if rest := lines[_MOST_PASSAGES * PASSAGE :]:
        yield "\n".join(rest)
