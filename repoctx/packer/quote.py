"""Pick the lines of a file that answer a question best, and name the definition that holds them.

Only files that are already found come here. Their best passages go line by line through the same
tokenizer as the index, so that what matched there matches here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repoctx.packer.bm25 import add_row, create_table
from repoctx.packer.fulltext import PASSAGE, printable
from repoctx.packer.names import Name, definitions, enclosing
from repoctx.packer.words import Query, joined, spaced

_WINDOW = 5  # lines
_PASSAGES = 3  # of each file that are searched
_MOST_CHARACTERS = 400  # of a quoted line
_AGAIN = 0.1  # what a term counts in a line whose window has it already


@dataclass(frozen=True, slots=True)
class Quote:
    """The lines to show, and the one to cite."""

    line: int
    """From 1; the line that matches best."""
    lines: tuple[tuple[int, str], ...]
    symbol: str
    """The definition that holds the line, ``Session.send`` for example; "" for none."""


def quote(
    path: str, text: str, starts: Sequence[int], query: Query, worth: Mapping[str, float]
) -> Quote:
    """Quote at most five lines of a text.

    ``starts`` are the first lines of its best passages; ``worth`` is what each term counts.
    """
    lines = text.split("\n")
    names = definitions(path, text)
    asked = [name for name in names if f'"{joined(name.name)}"' in query.names]
    numbers = _candidates(starts, asked, len(lines))
    found = _terms_of_lines({n: lines[n - 1] for n in numbers}, query.terms)
    bonus = {name.line: max(worth.values(), default=0.0) for name in asked}
    values = {n: sum(worth[t] for t in terms) + bonus.get(n, 0.0) for n, terms in found.items()}
    if not values:
        return _beginning(lines)
    start = max(found, key=lambda n: (_density(n, found, values, worth), -n))
    window = [n for n in range(start, start + _WINDOW) if n in found]
    best = max(window, key=lambda n: (values[n], -n))
    shown = range(window[0], window[-1] + 1)
    quoted = tuple((n, _shortened(lines[n - 1])) for n in shown)
    return Quote(best, quoted, enclosing(names, best, lines[best - 1]))


def _candidates(starts: Sequence[int], asked: Sequence[Name], count: int) -> list[int]:
    """Return the numbers of the lines to search: good passages, and every definition asked for."""
    chosen = {n for start in starts[:_PASSAGES] for n in range(start, start + PASSAGE)}
    chosen.update(n for name in asked for n in range(name.line, name.line + _WINDOW))
    return sorted(n for n in chosen if n <= count)


def _terms_of_lines(lines: Mapping[int, str], terms: Sequence[str]) -> dict[int, set[str]]:
    """Return the lines that hold terms, by number, each with what it holds."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create_table(connection, "lines")
        connection.execute("BEGIN")
        for number, line in lines.items():
            add_row(connection, "lines", number, spaced(printable(line)))
        found: dict[int, set[str]] = {}
        for term in terms:
            query = "SELECT rowid FROM lines WHERE lines MATCH ?"
            for (number,) in connection.execute(query, (term,)):
                found.setdefault(number, set()).add(term)
        return found
    finally:
        connection.close()


def _density(
    start: int,
    found: Mapping[int, set[str]],
    values: Mapping[int, float],
    worth: Mapping[str, float],
) -> float:
    """Return what the window that starts here is worth: each term once, and a little again."""
    inside = [n for n in range(start, start + _WINDOW) if n in found]
    distinct = set().union(*(found[n] for n in inside))
    extra = sum(values[n] - sum(worth[t] for t in found[n]) for n in inside)
    return sum(worth[t] for t in distinct) + extra + _AGAIN * sum(values[n] for n in inside)


def _beginning(lines: Sequence[str]) -> Quote:
    """Quote the first line that says something: the path matched, or the file's history."""
    for number, line in enumerate(lines, start=1):
        if any(character.isalnum() for character in line):
            return Quote(number, ((number, _shortened(line)),), "")
    return Quote(1, (), "")


def _shortened(line: str) -> str:
    line = line.rstrip("\r")
    return line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + "…"
