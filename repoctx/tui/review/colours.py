"""Syntax colours for the rows that are in sight, a few at a time, and only as far as is quick."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from pathlib import PurePosixPath
from typing import TypeAlias

from textual.content import Span
from textual.highlight import HighlightTheme, guess_language, highlight

from repoctx.patches.rows import Row
from repoctx.tui.review.shown import shown

CHUNK = 20
"""Rows that are coloured together: as many as one unfolds, so that the chunks below stay chunks."""
_LONGEST = 400
"""Characters; a longer line keeps one colour, and those around it theirs."""
_KEPT = 64 * CHUNK
"""Rows whose colours are kept."""
_NAMES = {
    "makefile": "make",
    "dockerfile": "docker",
    "cmakelists.txt": "cmake",
    ".kt": "kotlin",
    ".h": "c",
    ".hpp": "cpp",
    ".cc": "cpp",
    ".mjs": "javascript",
    ".cjs": "javascript",
}
"""Languages of names that their ending does not give away."""

Spans: TypeAlias = list[Span]


class _Theme(HighlightTheme):
    """Textual's colours; what is underlined in a diff is a changed word."""

    STYLES = {  # noqa: RUF012 - Textual declares it without ClassVar
        token: style.replace("underline", "").strip()
        for token, style in HighlightTheme.STYLES.items()
    }


class Colours:
    """The colours of one file's rows."""

    def __init__(self, path: str, rows: Sequence[Row]) -> None:
        self._language = _language(path)
        self._rows = rows
        self._known: dict[Row, tuple[Spans, Spans]] = {}

    def moved(self, rows: Sequence[Row]) -> Colours:
        """Return the colours of other rows of the same file; those that are known stay known."""
        moved = copy(self)
        moved._rows = rows
        return moved

    def of(self, number: int) -> tuple[Spans, Spans]:
        """Return the spans of a row's old and new line."""
        if self._language == "default":
            return [], []
        row = self._rows[number]
        if row not in self._known:
            self._colour(number // CHUNK * CHUNK)
        return self._known[row]

    def prepare(self, first: int, end: int) -> bool:
        """Colour one chunk of these rows that is not yet; False when all of them are."""
        if self._language == "default":
            return False
        for start in range(max(0, first) // CHUNK * CHUNK, min(end, len(self._rows)), CHUNK):
            if any(row not in self._known for row in self._rows[start : start + CHUNK]):
                self._colour(start)
                return True
        return False

    def _colour(self, start: int) -> None:
        rows = self._rows[start : start + CHUNK]
        for row in rows:
            self._known.pop(row, None)
        while len(self._known) > _KEPT - CHUNK:
            del self._known[next(iter(self._known))]
        self._known.update(zip(rows, self._coloured(rows), strict=True))

    def _coloured(self, rows: Sequence[Row]) -> list[tuple[Spans, Spans]]:
        """Colour each side on its own, so that a removed quote does not open a string."""
        old = [shown(row.before).text if row.mark in " -~" else "" for row in rows]
        new = [shown(row.after).text if row.mark in " +~" else "" for row in rows]
        old_spans = (
            self._spans(old) if any(row.mark in "-~" for row in rows) else [[] for _ in rows]
        )
        return list(zip(old_spans, self._spans(new), strict=True))

    def _spans(self, lines: Sequence[str]) -> list[Spans]:
        code = "\n".join(line if len(line) <= _LONGEST else "" for line in lines)
        if not code.strip():
            return [[] for _ in lines]
        found = highlight(code, language=self._language, theme=_Theme)
        return _by_line(found.spans, code, len(lines))


def _by_line(spans: Sequence[Span], code: str, lines: int) -> list[Spans]:
    """Cut spans where lines end; the base colour that stands first covers all and says nothing."""
    starts = [0, *(match.end() for match in re.finditer("\n", code))]
    cut: list[Spans] = [[] for _ in range(lines)]
    for start, end, style in spans[1:]:
        line = bisect_right(starts, start) - 1
        while line < lines and starts[line] < end:
            last = starts[line + 1] - 1 if line + 1 < lines else len(code)
            if max(start, starts[line]) < min(end, last):
                offset = starts[line]
                cut[line].append(Span(max(start, offset) - offset, min(end, last) - offset, style))
            line += 1
    return cut


def _language(path: str) -> str:
    name = PurePosixPath(path.casefold())
    known = _NAMES.get(name.name) or _NAMES.get(name.suffix)
    return known or guess_language("", str(name))
