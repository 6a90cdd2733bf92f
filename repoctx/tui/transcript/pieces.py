"""An answer in pieces, while it streams: prose, code blocks, edits.

Every line is looked at once, so any way of cutting the answer gives the same pieces, and a piece
that is closed never changes again. Long prose is closed where a paragraph ends, so that what is
drawn anew with each word stays small.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

_ENOUGH = 2_000
"""Characters of prose after which the next paragraph begins a piece."""
_TOO_MUCH = 6_000
"""Characters of prose after which any line does, and of a line after which it is cut."""
_FENCE = re.compile(r"( {0,12})(`{3,}|~{3,})\s*([^`\n]*)")
_EDITS = {"<<<<<<< SEARCH": ">>>>>>> REPLACE", "*** Begin Patch": "*** End Patch"}
_LIST = re.compile(r"\s|[-*+] |\d{1,9}[.)] |[>|]")


@dataclass(slots=True)
class Piece:
    """A run of the answer of one kind."""

    kind: Literal["prose", "code"]
    line: int
    """The first line's number in the answer, from 1."""
    language: str = ""
    """What stands behind the fence."""
    lines: list[str] = field(default_factory=list)
    """Of code without the fences and their indentation."""
    source: list[str] = field(default_factory=list)
    """The answer's text, with the fences and newlines."""
    is_open: bool = True
    """False when no more will come."""
    last: int = 0
    """The number of its last line."""

    @property
    def text(self) -> str:
        """Its lines together."""
        return "\n".join(self.lines)


class Pieces:
    """Takes an answer in chunks of any size."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.partial = ""
        """The beginning of a line; part of no piece yet."""
        self.size = 0
        """Characters of the answer so far."""
        self._number = 0
        self._size = 0
        self._fence: re.Match[str] | None = None
        self._until = ""
        """The line that ends an edit, within which a fence is text."""

    @property
    def source(self) -> str:
        """The answer so far."""
        return "".join(line for piece in self.pieces for line in piece.source) + self.partial

    @property
    def is_in_code(self) -> bool:
        """True when the next line belongs to a code block."""
        return self._fence is not None or bool(self._until)

    @property
    def shown_partial(self) -> str:
        """The unfinished line, unless it may turn out to be a fence or the mark of an edit."""
        begins = self.partial.lstrip()[:3]
        return "" if begins and begins[0] in "`~<>*=" and len(self.partial) < 40 else self.partial

    def feed(self, text: str) -> None:
        """Take the next chunk."""
        self.size += len(text)
        *complete, self.partial = (self.partial + text).split("\n")
        for line in complete:
            self._take(line, "\n")
        while len(self.partial) > _TOO_MUCH and not self.is_in_code:
            cut = self.partial.rfind(" ", 1, _TOO_MUCH) + 1 or _TOO_MUCH
            begun, rest = self.partial[:cut], self.partial[cut:]
            self._take(begun, "")
            self._close()
            self.partial = rest

    def finish(self) -> None:
        """Take the end of the answer."""
        if self.partial:
            line, self.partial = self.partial, ""
            self._take(line, "")
        self._close()

    def _take(self, line: str, ending: str) -> None:
        self._number += 1
        if line.endswith("\r"):
            line, ending = line[:-1], "\r" + ending
        if self._until:
            self._in_edit(line, ending)
        elif self._fence is not None:
            self._in_fence(self._fence, line, ending)
        elif fence := _FENCE.fullmatch(line):
            self._begin("code", fence[3].strip())
            self._fence = fence
            self._add(line, ending, shown=False)
        elif line in _EDITS:
            self._begin("code", "")
            self._until = _EDITS[line]
            self._add(line, ending)
        else:
            self._in_prose(line, ending)

    def _in_edit(self, line: str, ending: str) -> None:
        self._add(line, ending)
        if line.strip() == self._until:
            self._until = ""
            if self._fence is None:
                self._close()

    def _in_fence(self, fence: re.Match[str], line: str, ending: str) -> None:
        stripped = line.strip()
        if len(stripped) >= len(fence[2]) and set(stripped) == {fence[2][0]}:
            self._add(line, ending, shown=False)
            self._fence = None
            self._close()
            return
        self._until = _EDITS.get(line.strip(), "")
        self._add(line, ending)

    def _in_prose(self, line: str, ending: str) -> None:
        plain = bool(line) and not _LIST.match(line)
        after_blank = self._size > _ENOUGH and plain and not self.pieces[-1].lines[-1].strip()
        if after_blank or (self._size > _TOO_MUCH and line[:1].strip()):
            self._close()
        if not self.pieces or not self.pieces[-1].is_open:
            self._begin("prose", "")
        self._add(line, ending)
        self._size += len(line) + 1

    def _begin(self, kind: Literal["prose", "code"], language: str) -> None:
        self._close()
        self._size = 0
        self.pieces.append(Piece(kind, self._number, language))

    def _add(self, line: str, ending: str, *, shown: bool = True) -> None:
        piece = self.pieces[-1]
        piece.source.append(line + ending)
        piece.last = self._number
        if shown:
            indent = len(self._fence[1]) if self._fence else 0
            blank = len(line) - len(line.lstrip(" "))
            piece.lines.append(line[min(indent, blank) :])

    def _close(self) -> None:
        self._size = 0
        if self.pieces:
            self.pieces[-1].is_open = False
