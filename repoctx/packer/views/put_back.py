"""Turn an edited view of a notebook into its JSON; what was not edited keeps every byte.

An edited cell gets a new source, and its outputs, which the old code made, are cleared. A new cell
gets what nbformat wants it to have; a missing one is taken out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from repoctx.errors import ConflictError
from repoctx.packer.views.alignment import origins
from repoctx.packer.views.json_style import Style, indent_at, style_of
from repoctx.packer.views.notebook import Cell, Notebook, read_notebook
from repoctx.packer.views.percent import Block, Percent

_EMPTY = '{\n "cells": [],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n'
_CLEARED = {"outputs": "[]", "execution_count": "null", "prompt_number": "null"}


def put_back(notebook: Notebook, text: str) -> str:
    """Return the notebook's JSON with the cells that the edited view has.

    Raises ConflictError when the text is not a sequence of cells.
    """
    blocks = notebook.percent.read(text)
    written = _Writer(notebook).write(blocks)
    again = read_notebook(written)
    if again is None or [cell.block for cell in again.cells] != _canonical(notebook, blocks):
        raise ConflictError("the edited cells cannot be written as a notebook", "edit its JSON")
    return written


def new_notebook(text: str) -> str:
    """Return the JSON of a new notebook with these cells; raises ConflictError as ``put_back``."""
    empty = read_notebook(_EMPTY)
    assert empty is not None
    return put_back(empty, text)


def is_cells(text: str) -> bool:
    """True when a new notebook's text is given as cells."""
    return Percent().is_cells(text)


def _canonical(notebook: Notebook, blocks: Sequence[Block]) -> list[Block]:
    return notebook.percent.read(notebook.percent.write(blocks))


@dataclass(slots=True)
class _Writer:
    notebook: Notebook
    style: Style = field(init=False)
    ids: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.style = style_of(self.notebook.json)
        self.ids = {cell.id for cell in self.notebook.cells}

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the whole JSON with these cells."""
        json, (start, end) = self.notebook.json, self.notebook.array
        old = self.notebook.cells
        sources = origins([cell.block for cell in old], blocks)
        cells = [
            self._new(block) if at is None else self._kept(old[at], block)
            for at, block in zip(sources, blocks, strict=True)
        ]
        if not cells and not old:
            return json
        array = "".join(self._array(cells, sources)) if cells else "[]"
        return json[:start] + array + json[end:]

    def _array(self, cells: Sequence[str], sources: Sequence[int | None]) -> Iterator[str]:
        """Yield the pieces of the array; between old neighbours stands what stood there."""
        json, (start, end), old = self.notebook.json, self.notebook.array, self.notebook.cells
        opening = json[start : old[0].span[0]] if old else "[" + self._line(self._indent())
        yield opening
        for number, cell in enumerate(cells):
            before, here = sources[number - 1] if number else None, sources[number]
            if before is not None and here == before + 1:
                yield json[old[before].span[1] : old[here].span[0]]
            elif number:
                yield self._between(opening)
            yield cell
        outside = indent_at(json, start)
        yield json[old[-1].span[1] : end] if old else self._line(outside) + "]"

    def _between(self, opening: str) -> str:
        json, old = self.notebook.json, self.notebook.cells
        if len(old) > 1:
            return json[old[0].span[1] : old[1].span[0]]
        return "," + opening[1:] if self.style.newline else self.style.comma

    def _kept(self, cell: Cell, block: Block) -> str:
        """Return an old cell with its new source; the very same text if that is the same."""
        json, (start, end) = self.notebook.json, cell.span
        if cell.block == block:
            return json[start:end]
        new = {cell.source_key: self._source(cell, block.source)}
        if block.kind == "code":
            new |= {key: text for key, text in _CLEARED.items() if key in cell.members}
        pieces, at = [], start
        for key, (begin, stop) in sorted(cell.members.items(), key=lambda item: item[1]):
            if key == cell.source_key or (key in new and not _is_empty(json[begin:stop])):
                pieces += [json[at:begin], new[key]]
                at = stop
        return "".join((*pieces, json[at:end]))

    def _source(self, cell: Cell, source: str) -> str:
        begin, stop = cell.members[cell.source_key]
        json = self.notebook.json
        return self.style.lines(source, indent_at(json, begin), json[begin:stop])

    def _new(self, block: Block) -> str:
        style, indent = self.style, self._indent()
        inner = indent + style.unit
        source = style.lines(block.source, inner, self._sample())
        members = self._members(block, source)
        items = [f'"{key}"{style.colon}{members[key]}' for key in sorted(members)]
        return style.block("{}", items, indent, inner)

    def _members(self, block: Block, source: str) -> dict[str, str]:
        """Return the members of a new cell, each as JSON."""
        style, (major, minor) = self.style, self.notebook.format
        kind, _, level = block.kind.partition(" ")
        members = {"cell_type": style.string(kind), "metadata": "{}", "source": source}
        if level:
            members["level"] = level
        if kind == "code" and major == 3:
            language = style.string(self.notebook.language or "python")
            members |= {"collapsed": "false", "language": language, "outputs": "[]"}
            members["input"] = members.pop("source")
        elif kind == "code":
            members |= {"execution_count": "null", "outputs": "[]"}
        if (major, minor) >= (4, 5):
            members["id"] = style.string(self._id(block))
        return members

    def _id(self, block: Block) -> str:
        """Return an id that no cell has; the same every time, so that a plan is."""
        number, name = 0, ""
        while not name or name in self.ids:
            name = hashlib.sha256(f"{number} {block!r}".encode()).hexdigest()[:8]
            number += 1
        self.ids.add(name)
        return name

    def _sample(self) -> str:
        """Return how sources are written: ``""`` in a notebook of strings, nothing elsewhere."""
        for cell in self.notebook.cells:
            begin, _ = cell.members[cell.source_key]
            return '""' if self.notebook.json[begin] == '"' else ""
        return ""

    def _indent(self) -> str:
        json, cells = self.notebook.json, self.notebook.cells
        if cells:
            return indent_at(json, cells[0].span[0])
        return indent_at(json, self.notebook.array[0]) + self.style.unit

    def _line(self, indent: str) -> str:
        return self.style.newline + indent if self.style.newline else ""


def _is_empty(value: str) -> bool:
    return value == "null" or value.translate(_NO_SPACE) == "[]"


_NO_SPACE = dict.fromkeys(map(ord, " \t\r\n"))
