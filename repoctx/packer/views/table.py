"""Find the shape of a table of separated values: its columns, their types, how many rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from repoctx.packer.views.tree_lines import MOST_LINES, counted, short

_SAMPLE_ROWS = 1000  # whose values say what type a column has
_SNIFFED_ROWS = 50
_DELIMITERS = ",;\t|"
_NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
_TYPES = (
    ("integer", re.compile(r"[+-]?\d{1,18}")),
    ("number", re.compile(r"[+-]?(?:\d{1,30}(?:[.,]\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?")),
    ("boolean", re.compile(r"true|false", re.IGNORECASE)),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.{0,30}")),
)
_WIDER = {frozenset(("integer", "number")): "number", frozenset(("date", "time")): "time"}


def table_lines(content: bytes, encoding: str, delimiter: str = "") -> tuple[str, list[str]]:
    """Return the size in words, and a line for each column; reads the content as a stream.

    An empty ``delimiter`` is found out. Without quotes rows are lines, which are counted fast.
    """
    if not delimiter:
        sample = list(islice(_stream(content, encoding), _SNIFFED_ROWS))
        delimiter = _delimiter(sample)
    rows = _sample(content, encoding, delimiter)
    named = _has_header(rows)
    count = _count(content, encoding, delimiter) - named
    width = max(map(len, rows), default=0)
    columns = f"{counted(width, 'column')} separated by {_NAMES[delimiter]}"
    return f"{counted(count, 'row')} of {columns}", list(_columns(rows, named, width))


def _stream(content: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline="")


def _delimiter(sample: Sequence[str]) -> str:
    """Return the one that splits most rows into the same number of columns, more than one."""

    def fits(delimiter: str) -> tuple[float, int]:
        rows = list(_rows(sample, delimiter))
        width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        return (count / len(rows), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=fits)


def _rows(lines: Sequence[str] | io.TextIOWrapper, delimiter: str) -> Iterator[list[str]]:
    """Yield rows up to one that is none: a quote that never ends, a field of 128 KiB."""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except (csv.Error, StopIteration):
            return
        yield row


def _sample(content: bytes, encoding: str, delimiter: str) -> list[list[str]]:
    return list(islice(_rows(_stream(content, encoding), delimiter), _SAMPLE_ROWS + 1))


def _count(content: bytes, encoding: str, delimiter: str) -> int:
    if b'"' in content:
        rows = sum(1 for row in _rows(_stream(content, encoding), delimiter) if row)
        return max(rows, 1)
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """True when the first row holds different words and no number."""
    if len(rows) < 2 or len(set(rows[0])) < len(rows[0]):
        return False
    return all(name.strip() and _type(name) == "text" for name in rows[0])


def _columns(rows: Sequence[Sequence[str]], named: bool, width: int) -> Iterator[str]:
    body = rows[1:] if named else rows
    for number in range(min(width, MOST_LINES)):
        name = short(rows[0][number]) if named and number < len(rows[0]) else f"column {number + 1}"
        values = (row[number] for row in body if number < len(row) and row[number].strip())
        yield f"  {name}: {_common(set(map(_type, values)))}"
    if width > MOST_LINES:
        yield "  …"


def _common(types: set[str]) -> str:
    if len(types) <= 1:
        return next(iter(types), "empty")
    return _WIDER.get(frozenset(types), "text")


def _type(value: str) -> str:
    value = value.strip()
    return next((name for name, form in _TYPES if form.fullmatch(value)), "text")
