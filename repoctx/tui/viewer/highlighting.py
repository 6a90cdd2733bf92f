"""Syntax colours for the lines that are seen, a stretch at a time, however long the text is.

A stretch is read from a line before it that probably begins a definition, so that strings and
comments begin in what is read; one that began earlier has wrong colours, never wrong text. A text
that is not long can be read as a whole, beside the screen's own work: ``in_full``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pygments.lexers import find_lexer_class_by_name, find_lexer_class_for_filename
from pygments.util import ClassNotFound
from textual.cache import LRUCache
from textual.content import Content
from textual.highlight import highlight

TAB = 4
"""Columns between two stops of a tab."""
_STRETCH = 64
"""Lines that are coloured together."""
_FEW = 48
"""Lines before them that are read too, at least."""
_BEFORE = 192
"""Lines before them, at most, where a line is looked for that begins a definition."""
_BEGINS = re.compile(r"[A-Za-z@#_]")
_LONGEST = 40_000
"""Characters of what is read for a stretch beyond which it stays without colours."""
_WHOLE = 400_000
"""Characters of a text beyond which it is never read as a whole: that takes about a second."""
_DIFF = {"+": "$text-success", "-": "$text-error", "@": "$text-accent"}


def language_of_path(path: str) -> str:
    """Return the highlighter's name for a file of this name; "text" when there is none."""
    name = path.rpartition("/")[2]
    try:
        return _name(find_lexer_class_for_filename(name))
    except (ClassNotFound, ValueError):
        return "text"


def language_of_fence(info: str) -> str:
    """Return the highlighter's name for what stands behind a fence."""
    word = info.split()[0] if info.split() else ""
    try:
        return _name(find_lexer_class_by_name(word.lower())) if word else "text"
    except ClassNotFound:
        return language_of_path(f"x.{word}")


def _name(lexer: object) -> str:
    aliases = getattr(lexer, "aliases", ())
    return str(aliases[0]) if aliases else "text"


class Highlighted:
    """Lines of safe text without tabs, each with its colours when it is asked for."""

    def __init__(self, lines: Sequence[str], language: str) -> None:
        self._lines = lines
        self._language = language
        self._stretches: LRUCache[int, list[Content]] = LRUCache(32)
        self._all: Sequence[Content] = ()

    def line(self, number: int) -> Content:
        """Return a line, from 0."""
        stretch = number // _STRETCH
        if self._all:
            return self._all[number]
        found = self._stretches.get(stretch)
        if found is None:
            found = self._stretches[stretch] = self._coloured(stretch)
        return found[number - stretch * _STRETCH]

    def changed_from(self, number: int) -> None:
        """Forget the colours of this line and of those behind it."""
        for stretch in list(self._stretches.keys()):
            if (stretch + 1) * _STRETCH > number:
                self._stretches.discard(stretch)

    def in_full(self) -> None:
        """Read all lines, for a thread; nothing when they are too many."""
        size = 0
        for line in self._lines:
            size += len(line)
            if size > _WHOLE:
                return
        self._all = self._read(self._lines, _WHOLE)

    def _coloured(self, stretch: int) -> list[Content]:
        start = stretch * _STRETCH
        begin = self._beginning(start)
        lines = self._lines[begin : start + _STRETCH]
        return self._read(lines, _LONGEST)[start - begin :]

    def _beginning(self, start: int) -> int:
        otherwise = max(0, start - _FEW)
        lines = self._lines[max(0, start - _BEFORE) : otherwise + 1]
        back = next((n for n, line in enumerate(reversed(lines)) if _BEGINS.match(line)), 0)
        return otherwise - back

    def _read(self, lines: Sequence[str], most: int) -> list[Content]:
        if self._language == "diff":
            return [Content(line).stylize(_DIFF.get(line[:1], "")) for line in lines]
        code = "\n".join(lines)
        if self._language == "text" or not code or len(code) > most:
            return list(map(Content, lines))
        read = highlight(code, language=self._language).split("\n", allow_blank=True)
        return [*read, *map(Content, lines[len(read) :])]  # it drops an empty line at the end


def without_tabs(line: str) -> str:
    """Return the line as wide as it is drawn."""
    return line.expandtabs(TAB) if "\t" in line else line


def column_of(line: str, drawn: int) -> int:
    """Return which character of the line stands at a column of it without tabs."""
    if "\t" not in line:
        return drawn
    at = 0
    for number, character in enumerate(line):
        if at >= drawn:
            return number
        at += TAB - at % TAB if character == "\t" else 1
    return len(line)
