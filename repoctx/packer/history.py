"""Learn from past commits: which files were changed for words like these, and which change often.

Measured on 600 commits of three repositories, past messages alone find the files of the next
commit nearly as well as the text of all files does (recall@10 .59 and .61), and both together .68.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence

from repoctx.git import Commit, Repository
from repoctx.packer.bm25 import add_row, best_rows, create_table
from repoctx.packer.fulltext import printable
from repoctx.packer.index import Index
from repoctx.packer.words import spaced

_MOST_COMMITS = 3000  # read at the first search: about 0.5 s
_NEIGHBOURS = 50  # past commits like this one that count
_SWEEPING = 40  # paths: a commit with more (a reformat, a licence) says nothing about each
_HALF_LIFE = 50  # commits until a change counts half; in commits, as projects differ in speed
_RECENT = 400  # commits: the weight of an older change is under 2**-8
_KNOWN_IN_A_ROW = 50  # a merge may bring side branches older than what is known

_TRAILER = re.compile(r"^(?:change-id|signed-off-by|[a-z-]{1,30}-by):.*$", re.I | re.M)


def update(index: Index, repository: Repository, rev: str = "HEAD") -> None:
    """Add the commits that ``rev`` has gained; sqlite3.Error when the index cannot be written."""
    connection = index.connection
    connection.execute(
        "CREATE TABLE IF NOT EXISTS rank_commits"
        "(row INTEGER PRIMARY KEY, id TEXT UNIQUE, time INTEGER, paths BLOB)"
    )
    connection.execute("CREATE TABLE IF NOT EXISTS rank_heads(id TEXT PRIMARY KEY)")
    create_table(connection, "rank_messages")
    head = repository.head() if rev == "HEAD" else rev
    if head is None or _holds(connection, "rank_heads", head):
        return
    new = list(_unknown(connection, repository.commits(_MOST_COMMITS, head)))
    with index.transaction():
        for commit in reversed(new):
            _add(connection, commit)
        connection.execute("INSERT OR IGNORE INTO rank_heads VALUES (?)", (head,))


def past_changes(connection: sqlite3.Connection, terms: Sequence[str]) -> dict[str, float]:
    """Return how strongly the messages of past commits tie each path to the terms.

    A commit's share is divided by the root of the number of its paths: the more, the less each
    one is what the message is about.
    """
    tied: dict[str, float] = {}
    for row, share in best_rows(connection, "rank_messages", terms, _NEIGHBOURS):
        query = "SELECT paths FROM rank_commits WHERE row = ?"
        paths = _paths(connection.execute(query, (row,)).fetchone()[0])
        for path in paths:
            tied[path] = tied.get(path, 0.0) + share / len(paths) ** 0.5
    return tied


def activity(connection: sqlite3.Connection) -> dict[str, float]:
    """Return how often and how lately each path changed, from 0 to 1 for the liveliest."""
    query = "SELECT paths FROM rank_commits ORDER BY time DESC, row DESC LIMIT ?"
    lively: dict[str, float] = {}
    for age, (paths,) in enumerate(connection.execute(query, (_RECENT,))):
        weight = 0.5 ** (age / _HALF_LIFE)
        for path in _paths(paths):
            lively[path] = lively.get(path, 0.0) + weight
    most = max(lively.values(), default=1.0)
    return {path: weight / most for path, weight in lively.items()}


def _unknown(connection: sqlite3.Connection, commits: Iterator[Commit]) -> Iterator[Commit]:
    known_in_a_row = 0
    for commit in commits:
        if _holds(connection, "rank_commits", commit.id):
            known_in_a_row += 1
            if known_in_a_row == _KNOWN_IN_A_ROW:
                return
        else:
            known_in_a_row = 0
            yield commit


def _holds(connection: sqlite3.Connection, table: str, commit: str) -> bool:
    query = f"SELECT 1 FROM {table} WHERE id = ?"
    return connection.execute(query, (commit,)).fetchone() is not None


def _add(connection: sqlite3.Connection, commit: Commit) -> None:
    """Add a commit; merges and sweeping ones only by their id."""
    paths = commit.paths if len(commit.paths) <= _SWEEPING else ()
    cursor = connection.execute(
        "INSERT OR IGNORE INTO rank_commits(id, time, paths) VALUES (?, ?, ?)",
        (commit.id, commit.time, os.fsencode("\0".join(paths))),
    )
    if paths and cursor.rowcount and cursor.lastrowid is not None:
        message = _TRAILER.sub("", commit.message[:20_000])
        add_row(connection, "rank_messages", cursor.lastrowid, spaced(printable(message)))


def _paths(stored: bytes) -> list[str]:
    return os.fsdecode(stored).split("\0") if stored else []
