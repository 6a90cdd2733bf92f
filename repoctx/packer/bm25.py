"""Ask an FTS5 table which rows fit a question, as shares of the best possible score.

BM25 (Robertson and Zaragoza, 2009) adds, for every term that a row holds, the term's rarity times
at most k1 + 1 = 2.2. Divided by the sum over all terms, scores of different tables can be added.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""Lower case without accents, then Porter's stems: "closing" finds ``close``."""

_CEILING = 2.2  # k1 + 1, with the k1 = 1.2 that is fixed in SQLite's bm25()
_MOST_TERMS = 32
_COMMON = 20_000
"""Rows. Scoring takes 1 us a row and term, so a term in more rows costs more than it tells."""


def create_table(connection: sqlite3.Connection, table: str) -> None:
    """Make a contentless table of one column, ``words``, unless it is there.

    Such a table keeps no copy of the text. Deleting from one needs SQLite 3.43, and Debian 12 has
    3.40, Ubuntu 22.04 3.37; so nobody deletes: rows of the past are ignored by who reads them.
    """
    connection.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} "
        f"USING fts5(words, content='', tokenize='{TOKENIZER}')"
    )


def add_row(connection: sqlite3.Connection, table: str, row: int, words: str) -> None:
    """Add a text under a new row number."""
    connection.execute(f"INSERT INTO {table}(rowid, words) VALUES (?, ?)", (row, words))


def rarities(
    connection: sqlite3.Connection, table: str, terms: Sequence[str]
) -> dict[str, tuple[float, int]]:
    """Return the inverse document frequency of each term, as SQLite computes it, and its rows."""
    total = connection.execute(f"SELECT count(*) FROM {table}_docsize").fetchone()[0]
    found = {}
    for term in terms:
        query = f"SELECT count(*) FROM {table} WHERE {table} MATCH ?"
        rows = connection.execute(query, (term,)).fetchone()[0]
        found[term] = (max(math.log((total - rows + 0.5) / (rows + 0.5)), 1e-6), rows)
    return found


def best_rows(
    connection: sqlite3.Connection, table: str, terms: Sequence[str], limit: int
) -> list[tuple[int, float]]:
    """Return the row numbers that fit best, each with its score from 0 to 1, best first."""
    known = rarities(connection, table, terms)
    ideal = _CEILING * sum(rarity for rarity, _ in known.values())
    present = sorted((t for t in terms if known[t][1]), key=lambda term: known[term][1])
    asked = [term for term in present if known[term][1] <= _COMMON] or present[:1]
    if not asked:
        return []
    rows = connection.execute(
        f"SELECT rowid, -bm25({table}) FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT ?",
        (" OR ".join(asked[:_MOST_TERMS]), limit),
    )
    return [(row, score / ideal) for row, score in rows]
