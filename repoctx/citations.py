"""The places of a repository that a text names: ``path:line``, ``path:line-line``, ``path``.

The text is a model's: a place counts only when the caller knows the file, and whatever else looks
like an address (``http://…``, ``file:…``, a path out of the repository) stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Exists = Callable[[str], bool]
"""Whether the repository has a file of this path; asked once for each candidate."""

_LINES = r"(?::(\d{1,9})(?:[-\u2013](\d{1,9})|:\d{1,9})?|\#L(\d{1,9})(?:-L?(\d{1,9}))?)?"
_WORD = re.compile(rf"(?<![\w./@:%-])(?:\./)?([\w.@+~/%-]{{1,300}}){_LINES}")
_ASCII = re.compile(rf"(?:\./)?([A-Za-z0-9_.@+~/%-]{{1,300}}){_LINES}")
_WHOLE = re.compile(rf"(?:\./)?([^\n`]{{1,300}}?){_LINES}")


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a file, and where the text names it."""

    start: int
    end: int
    """Behind its last character."""
    path: str
    line: int = 0
    """From 1; 0 when only the file is named."""
    last: int = 0
    """The last of several lines; otherwise equal to ``line``."""


def citations(text: str, exists: Exists) -> Iterator[Citation]:
    """Yield the places that plain text names, in order.

    A name without a line counts only with a dot or a slash in it: other words are words.
    """
    for match in _WORD.finditer(text):
        found = _cited(match, exists)
        if found is None and not match[1].isascii():  # Chinese has no spaces around a path
            inner = _ASCII.finditer(text, match.start(), match.end())
            yield from filter(None, (_cited(each, exists) for each in inner))
        elif found is not None:
            yield found


def citation(code: str, exists: Exists) -> Citation | None:
    """Return the place that a code span is, as a whole; its path may hold spaces."""
    match = _WHOLE.fullmatch(code)
    return None if match is None else _place(match, match[1], match.end(), exists)


def _cited(match: re.Match[str], exists: Exists) -> Citation | None:
    path, end = match[1], match.end()
    if end == match.end(1):  # no line follows, so what ends the sentence may be part of it
        path = path.rstrip(".-~/")
        end = match.start(1) + len(path)
        if "." not in path and "/" not in path:
            return None
    return _place(match, path, end, exists)


def _place(match: re.Match[str], path: str, end: int, exists: Exists) -> Citation | None:
    if not _is_inside(path) or not exists(path):
        return None
    line = int(match[2] or match[4] or 0)
    last = max(line, int(match[3] or match[5] or 0))
    return Citation(match.start(), end, path, line, last)


def _is_inside(path: str) -> bool:
    return not any(part in ("", ".", "..", ".git") for part in path.split("/"))
