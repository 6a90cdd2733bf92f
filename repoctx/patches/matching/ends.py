"""Where lines end: at ``\\n``, ``\\r\\n`` or ``\\r``, and at no other character."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

_ENDS = ("", "\n", "\r\n", "\r")
_CODES = {end: code for code, end in enumerate(_ENDS)}
_ENDING = re.compile("\r\n|\n|\r")


class Ends(Sequence[str]):
    """The endings of a file's lines, a byte each: each edit of a large file moves half of them."""

    def __init__(self, ends: Iterable[str]) -> None:
        self._codes = bytearray(map(_CODES.__getitem__, ends))

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[str]:
        return map(_ENDS.__getitem__, self._codes)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, int):
            return _ENDS[self._codes[at]]
        return [_ENDS[code] for code in self._codes[at]]

    def splice(self, start: int, stop: int, ends: Iterable[str]) -> None:
        """Put these in place of those from ``start`` to ``stop``."""
        self._codes[start:stop] = bytes(map(_CODES.__getitem__, ends))


def line_texts(text: str) -> list[str]:
    """Return the lines of a text without their endings."""
    return split_lines(text)[0]


def split_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text, and their endings; that of the last one may be empty."""
    if "\r" in text:
        ends = _ENDING.findall(text)
        texts = _ENDING.split(text)
    else:
        texts = text.split("\n")
        ends = ["\n"] * (len(texts) - 1)
    if texts[-1]:
        ends.append("")
    else:
        texts.pop()
    return texts, ends


def next_kept(kept: Sequence[int | None], end: int) -> list[int]:
    """Return, for each new line, the first old line that it or a later one keeps."""
    limits = []
    for source in reversed(kept):
        end = end if source is None else source
        limits.append(end)
    return limits[::-1]


def with_moved(
    kept: Sequence[int | None], old: Sequence[str], new: Sequence[str]
) -> list[int | None]:
    """Return ``kept`` with the old line of each new one that only moved; equal lines in order."""
    gone: dict[str, deque[int]] = {}
    for at in sorted(set(range(len(old))).difference(kept)):
        gone.setdefault(old[at], deque()).append(at)
    return [
        gone[text].popleft() if source is None and gone.get(text) else source
        for source, text in zip(kept, new, strict=True)
    ]
