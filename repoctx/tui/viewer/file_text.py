"""A file's lines, made safe when they are looked at: a million of them open at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import overload

from repoctx.terminal import printable
from repoctx.tui.viewer.highlighting import without_tabs

_PIECE = 1 << 20
"""Characters that are split at once: one call must not hold up the screen."""
LONGEST = 4_000
"""Characters of a line that are drawn."""


def lines_of(text: str) -> list[str]:
    """Return the lines without their newlines; a newline at the end begins no line."""
    lines: list[str] = []
    partial = ""
    for start in range(0, len(text), _PIECE):
        *complete, partial = (partial + text[start : start + _PIECE]).split("\n")
        lines += complete
    return [*lines, partial] if partial or not lines else lines


class SafeLines(Sequence[str]):
    """The lines as they are drawn: without tabs, safe, and no longer than a screen needs."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return list(map(_safe, self._lines[index]))
        return _safe(self._lines[index])


def _safe(line: str) -> str:
    if len(line) <= LONGEST:
        return without_tabs(printable(line))
    return f"{_safe(line[:LONGEST])} … {len(line) - LONGEST:,} more characters"


def pattern_of(words: str) -> re.Pattern[str]:
    """Return what finds the words as they are; capitals count only if there is one."""
    return re.compile(re.escape(words), 0 if words != words.lower() else re.IGNORECASE)


def found(
    lines: Sequence[str],
    pattern: re.Pattern[str],
    start: int,
    step: int,
    stopped: Callable[[], bool] = lambda: False,
) -> int | None:
    """Return the next line with the pattern before or behind ``start``, going round the end."""
    for count, number in enumerate(_round(len(lines), start, step)):
        if pattern.search(lines[number]):
            return number
        if count % 4096 == 4095 and stopped():
            return None
    return None


def _round(count: int, start: int, step: int) -> Iterator[int]:
    for distance in range(1, count + 1):
        yield (start + step * distance) % count
