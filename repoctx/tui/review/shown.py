"""A line of a file as it can be drawn: safe, tabs at their columns, what is invisible made visible.

Widths are in cells: a wide character takes two, a combining one none.
"""

from __future__ import annotations

from typing import NamedTuple

from textual._cells import cell_len

from repoctx.terminal import printable

TAB = 4
"""Columns from one tab stop to the next."""
_LONGEST = 2_000
"""Characters of a line that are drawn; the rest is counted."""


class Shown(NamedTuple):
    """A line to draw."""

    text: str
    note: str = ""
    """What stands behind it: no newline at the end, a carriage return, how much was cut."""
    trailing: int = 0
    """Where blanks at the end begin; the text's length when there are none."""

    @property
    def width(self) -> int:
        """Cells of text and note."""
        return cell_len(self.text) + cell_len(self.note)


def shown(line: str, *, carriage_returns: bool = False) -> Shown:
    """Return a raw line as it is drawn; its ``\\r`` is shown only when told so."""
    body = line.removesuffix("\n")
    notes = [] if line.endswith("\n") else ["no newline at the end"]
    if line.endswith("\r\n"):
        body = body[:-1]
        notes = ["CR", *notes] if carriage_returns else notes
    if len(body) > _LONGEST:
        notes.insert(0, f"and {len(body) - _LONGEST:,} more characters")
        body = body[:_LONGEST]
    text = _with_tabs(printable(body))
    note = f"  [{', '.join(notes)}]" if notes else ""
    return Shown(text, note, len(text.rstrip()))


def cut_to(text: str, width: int) -> str:
    """Return a one-line text of at most ``width`` cells; what is left out is in its middle."""
    if cell_len(text) <= width:
        return text
    head = _prefix(text, max(0, width // 3))
    tail = _prefix(text[::-1], max(0, width - 1 - cell_len(head)))[::-1]
    return f"{head}…{tail}" if width > 0 else ""


def _prefix(text: str, width: int) -> str:
    used = 0
    for at, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:at]
    return text


def _with_tabs(text: str) -> str:
    if "\t" not in text:
        return text
    pieces: list[str] = []
    column = 0
    for number, piece in enumerate(text.split("\t")):
        if number:
            blanks = TAB - column % TAB
            pieces.append(" " * blanks)
            column += blanks
        pieces.append(piece)
        column += cell_len(piece)
    return "".join(pieces)
