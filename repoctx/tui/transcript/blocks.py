"""What is drawn of a text: blocks, each one line of its source, wrapped to whatever width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual._cells import cell_len
from textual.content import Content

from repoctx.tui.transcript.wrapping import wrapped


@dataclass(frozen=True, slots=True)
class Block:
    """A line of text, and what stands before it."""

    content: Content
    """Without a newline."""
    first: str = ""
    """Drawn before its first row: indentation, a bullet."""
    rest: str = ""
    """Drawn before the others; as wide as ``first``."""
    copied: str = ""
    """What precedes the text when all of it is copied."""
    anywhere: bool = False
    """True for code, which breaks between any two characters."""
    is_label: bool = False
    """True for what is not the text's own and is never copied with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a block that fits the width."""

    block: int
    """Its number."""
    start: int
    end: int


def rows_of(blocks: Sequence[Block], width: int, begin: int = 0) -> Iterator[Row]:
    """Yield the rows of the blocks from ``begin`` on."""
    for number in range(begin, len(blocks)):
        block = blocks[number]
        room = width - (cell_len(block.first) if block.first else 0)
        for start, end in wrapped(block.content.plain, room, anywhere=block.anywhere):
            yield Row(number, start, end)
