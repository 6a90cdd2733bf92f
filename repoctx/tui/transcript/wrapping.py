"""Where a line of text breaks so that each part fits a number of cells."""

from __future__ import annotations

import re

from textual._cells import cell_len

_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
)
_WORD = re.compile(rf"[{_WIDE}]\s*|[^\s{_WIDE}]+\s*|\s+")


def wrapped(text: str, width: int, *, anywhere: bool = False) -> list[tuple[int, int]]:
    """Return (start, end) of each part, at least one; together they are the whole text.

    Parts end between words (or behind any wide character), ``anywhere`` for code. A part may end
    in spaces that do not fit.
    """
    width = max(2, width)  # a wide character must fit
    if len(text) * 2 <= width or (text.isascii() and len(text) <= width):
        return [(0, len(text))]
    if anywhere:
        return _folded(text, 0, len(text), width)
    parts: list[tuple[int, int]] = []
    start = end = used = 0
    for match in _WORD.finditer(text):
        word = match.group()
        size = cell_len(word.rstrip())
        if used + size > width and used:
            parts.append((start, end))
            start, used = match.start(), 0
        if size > width:
            *full, (start, _) = _folded(text, match.start(), match.end(), width)
            parts += full
            used = cell_len(text[start : match.end()])
        else:
            used += cell_len(word)
        end = match.end()
    return [*parts, (start, end)]


def _folded(text: str, start: int, end: int, width: int) -> list[tuple[int, int]]:
    """Break wherever the width is used up."""
    piece = text[start:end]
    if piece.isascii():
        cuts = range(start, end, width)
        return [(cut, min(end, cut + width)) for cut in cuts] or [(start, end)]
    parts, used = [], 0
    at = start
    for number, character in enumerate(piece, start):
        size = cell_len(character)
        if used + size > width:
            parts.append((at, number))
            at, used = number, 0
        used += size
    return [*parts, (at, end)]
