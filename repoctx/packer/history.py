"""Learn from past commits: which files were changed for words like these, and which change often.

Measured on 600 commits of three repositories, past messages alone find the files of the next
commit nearly as well as the text of all files does (recall@10 .59 and .61), and both together .68.
"""

from __future__ import annotations

import os
import re
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

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
_TOGETHER = 1000  # commits that tell what changes together
_MOST_MESSAGES = 10_000  # that fit, among those of all branches the index has met
_KEPT_PASTS = 50  # revisions; each takes 24 kB

_TRAILER = re.compile(r"^(?:change-id|signed-off-by|[a-z-]{1,30}-by):.*$", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Past:
    """The commits up to a revision, in an index that may also know others."""

    connection: sqlite3.Connection
    rows: Sequence[int]
    """Of ``rank_commits``, newest first."""

    def changes(self, terms: Sequence[str]) -> dict[str, float]:
        """Return how strongly the messages of past commits tie each path to the terms.

        A commit's share is divided by the root of the number of its paths: the more, the less
        each one is what the message is about.
        """
        tied: dict[str, float] = {}
        mine = frozenset(self.rows)
        found = best_rows(self.connection, "rank_messages", terms, _MOST_MESSAGES)
        for row, share in islice((one for one in found if one[0] in mine), _NEIGHBOURS):
            paths = self._paths(row)
            for path in paths:
                tied[path] = tied.get(path, 0.0) + share / len(paths) ** 0.5
        return tied

    def commits(self) -> Iterator[list[str]]:
        """Yield the paths that each of the last commits changed, newest first; no empty ones."""
        for row in self.rows[:_TOGETHER]:
            if paths := self._paths(row):
                yield paths

    def activity(self) -> dict[str, float]:
        """Return how often and how lately each path changed, from 0 to 1 for the liveliest."""
        lively: dict[str, float] = {}
        for age, row in enumerate(self.rows[:_RECENT]):
            weight = 0.5 ** (age / _HALF_LIFE)
            for path in self._paths(row):
                lively[path] = lively.get(path, 0.0) + weight
        most = max(lively.values(), default=1.0)
        return {path: weight / most for path, weight in lively.items()}

    def _paths(self, row: int) -> list[str]:
        query = "SELECT paths FROM rank_commits WHERE row = ?"
        (stored,) = self.connection.execute(query, (row,)).fetchone()
        return os.fsdecode(stored).split("\0") if stored else []


def past(index: Index, repository: Repository, rev: str = "HEAD") -> Past:
    """Return the commits up to ``rev``, after adding those that the index does not know.

    Raises sqlite3.Error when the index cannot be written.
    """
    connection = index.connection
    connection.execute(
        "CREATE TABLE IF NOT EXISTS rank_commits"
        "(row INTEGER PRIMARY KEY, id TEXT UNIQUE, time INTEGER, paths BLOB)"
    )
    connection.execute("CREATE TABLE IF NOT EXISTS rank_pasts(id TEXT PRIMARY KEY, rows BLOB)")
    create_table(connection, "rank_messages")
    head = repository.commit_id(rev)
    if head is None:
        return Past(connection, ())
    query = "SELECT rows FROM rank_pasts WHERE id = ?"
    if known := connection.execute(query, (head,)).fetchone():
        return Past(connection, array("q", known[0]))
    return Past(connection, _learn(index, repository, head))


def _learn(index: Index, repository: Repository, head: str) -> Sequence[int]:
    """Add what is new in the past of a commit; return its rows, newest first."""
    ids = repository.ancestors(_MOST_COMMITS, head)
    new = list(repository.commits(_MOST_COMMITS, head, _rows(index.connection)))
    with index.transaction() as connection:
        for commit in reversed(new):
            _add(connection, commit)
        row_of = _rows(connection)
        rows = array("q", (row_of[commit] for commit in ids))
        connection.execute("INSERT OR IGNORE INTO rank_pasts VALUES (?, ?)", (head, rows.tobytes()))
        connection.execute(
            "DELETE FROM rank_pasts WHERE rowid <= (SELECT max(rowid) FROM rank_pasts) - ?",
            (_KEPT_PASTS,),
        )
    return rows


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT id, row FROM rank_commits"))


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
