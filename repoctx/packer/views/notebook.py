"""Read a Jupyter notebook (nbformat 3 and 4): its cells, and where each stands in the JSON.

Outputs, execution counts, metadata and attachments are passed over. What is no valid notebook, or
too large to be one that people edit, is read as nothing, and shown as the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from repoctx.errors import ConflictError
from repoctx.packer.views.cursor import Cursor
from repoctx.packer.views.percent import Block, Percent, comment_mark

VERSION = 1
"""Part of the keys of what is cached about notebooks: raise it when their text changes."""

LARGEST = 32 << 20
"""Characters. Larger ones hold data; reading one takes memory of the order of its size."""

_MOST_PARTS = 500_000  # arrays and objects: each takes 60 bytes or more while it is read
_KEPT = frozenset({"cell_type", "source", "input", "level", "id"})

Span = tuple[int, int]
"""Where a value begins and ends in the JSON text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, and where it and its members' values stand."""

    block: Block
    span: Span
    members: Mapping[str, Span]
    id: str

    @property
    def source_key(self) -> str:
        """The member that holds the text: nbformat 3 has another name for code."""
        return "source" if "source" in self.members else "input"


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook's JSON text and its cells."""

    json: str
    cells: tuple[Cell, ...]
    array: Span
    """The array of the cells, with its brackets."""
    language: str
    """The kernel's, in lower case; empty when the notebook does not say."""
    format: tuple[int, int]
    """nbformat and nbformat_minor."""

    @property
    def percent(self) -> Percent:
        """The format of its view."""
        return Percent(comment_mark(self.language))

    @property
    def text(self) -> str:
        """What is shown of it: its cells in the percent format."""
        return self.percent.write([cell.block for cell in self.cells])

    @property
    def is_python(self) -> bool:
        """True when its code is Python's; a notebook that does not say is taken as such."""
        return self.language in ("", "python", "python3", "ipython", "sage")


def is_notebook(path: str) -> bool:
    """True when the path names a notebook."""
    return path.lower().endswith(".ipynb")


def read_notebook(json: str) -> Notebook | None:
    """Return the notebook; None when the text is none, or is larger than ``LARGEST``."""
    if len(json) > LARGEST or json.count("[") + json.count("{") > _MOST_PARTS:
        return None
    try:
        return _read(Cursor(json))
    except (ValueError, RecursionError):
        return None


def as_python(text: str) -> str:
    """Return the view of a Python notebook as a parser of Python understands it.

    The commands of IPython become comments, so every line keeps its number.
    """
    percent = Percent()
    try:
        return percent.write([_plain(block) for block in percent.read(text)])
    except ConflictError:  # a secret over several lines was replaced
        return text


_COMMAND = re.compile(r"^(?=[ \t]*[%!?])", re.MULTILINE)
_CELL_COMMAND = re.compile(r"\s*%%(?!(?:time|timeit|capture|prun)\b)")


def _plain(block: Block) -> Block:
    if block.kind != "code":
        return block
    pattern = re.compile("^", re.MULTILINE) if _CELL_COMMAND.match(block.source) else _COMMAND
    # "#%%" is no cell's beginning; "# %%" would be shown with a further mark, on the same line.
    return Block("code", pattern.sub("#", block.source))


def _read(cursor: Cursor) -> Notebook:
    found: dict[str, Any] = {}
    for key in cursor.members():
        if key in found:
            raise ValueError(f"{key} stands twice")
        found[key] = _member(cursor, key)
    cursor.finish()
    major, minor = found.get("nbformat"), found.get("nbformat_minor", 0)
    area = found.get("cells" if major == 4 else "worksheets")
    if type(major) is not int or major not in (3, 4) or type(minor) is not int or not area:
        raise ValueError("no notebook")
    cells, array = area
    if major == 4 and any(cell.block.kind.startswith("heading") for cell in cells):
        raise ValueError("no cell of nbformat 4")
    return Notebook(cursor.text, cells, array, _language(found.get("metadata")), (major, minor))


def _member(cursor: Cursor, key: str) -> Any:
    if key == "cells":
        return _cells(cursor)
    if key == "worksheets":
        return _worksheet(cursor)
    value = cursor.value()
    return value if key in ("nbformat", "nbformat_minor", "metadata") else None


def _worksheet(cursor: Cursor) -> tuple[tuple[Cell, ...], Span] | None:
    """Read the only worksheet; no program ever wrote several."""
    area = None
    for number in cursor.items():
        if number:
            raise ValueError("several worksheets")
        for key in cursor.members():
            if key != "cells":
                cursor.value()
            elif area:
                raise ValueError("cells stand twice")
            else:
                area = _cells(cursor)
    return area


def _cells(cursor: Cursor) -> tuple[tuple[Cell, ...], Span]:
    start = cursor.at
    cells = tuple(_cell(cursor) for _ in cursor.items())
    return cells, (start, cursor.at)


def _cell(cursor: Cursor) -> Cell:
    start = cursor.at
    spans: dict[str, Span] = {}
    values: dict[str, Any] = {}
    for key in cursor.members():
        if key in spans:
            raise ValueError(f"{key} stands twice")
        begin = cursor.at
        value = cursor.value()
        spans[key] = begin, cursor.at
        if key in _KEPT:
            values[key] = value
    source = values.get("source", values.get("input"))
    block = Block(_kind(values), "".join(_pieces(source)))
    name = values.get("id")
    return Cell(block, (start, cursor.at), spans, name if isinstance(name, str) else "")


def _kind(values: Mapping[str, Any]) -> str:
    kind, level = values.get("cell_type"), values.get("level")
    if kind == "heading" and type(level) is int and 1 <= level <= 6:
        return f"heading {level}"
    if kind not in ("code", "markdown", "raw"):
        raise ValueError("no kind of cell")
    return str(kind)


def _pieces(source: object) -> Iterator[str]:
    for piece in source if isinstance(source, list) else [source]:
        if not isinstance(piece, str):
            raise ValueError("a source that is no text")
        yield piece


def _language(metadata: object) -> str:
    about = metadata if isinstance(metadata, dict) else {}
    for section, name in (("language_info", "name"), ("kernelspec", "language")):
        inner = about.get(section)
        language = inner.get(name) if isinstance(inner, dict) else None
        if isinstance(language, str) and language:
            return language.lower()
    return ""
