"""Tell code from comments and strings, in linear time and without a parser.

Import statements are found by searching for their words. Where such a word could stand in a
comment or a string, the text before it is read once, from one opening mark to the next.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from repoctx.packer.languages.family import Site

Span: TypeAlias = tuple[int, int]
"""Start and end of a piece of content, in bytes."""

Closer: TypeAlias = Callable[[bytes, "re.Match[bytes]"], int]
"""From the content and an opening mark to where what it opens has ended."""

SLASH_MARKS = re.compile(
    rb"""(?P<line>//)|(?P<block>/\*)|(?P<triple>\"{3})|(?P<string>")|(?P<char>'(?:\\.|[^\\'\n])')"""
)
"""Marks of the languages that look like C; the char group keeps ``'"'`` from opening a string."""

_STRING = {
    quote: re.compile(rb"%b(?:[^%b\\\n]++|\\.)*+%b?" % (quote, quote, quote), re.DOTALL)
    for quote in (b'"', b"'")
}


def quoted_spans(
    content: bytes, marks: re.Pattern[bytes], end: int, closers: Mapping[str, Closer] | None = None
) -> list[Span]:
    """Return the comments and strings that start before ``end``, in order.

    The pattern's named groups say how each mark closes: ``line`` at the line's end, ``block`` at
    ``*/``, ``string`` at the same quote or the line's end, ``triple`` at the same mark, ``char``
    at once, and any other as ``closers`` says.
    """
    how = {**_CLOSERS, **(closers or {})}
    spans = []
    position = 0
    while match := marks.search(content, position, end):
        position = how[match.lastgroup or ""](content, match)
        spans.append((match.start(), position))
    return spans


def outside(spans: Sequence[Span], offsets: Iterable[int]) -> set[int]:
    """Return the offsets that lie in none of the spans, which are in order."""
    starts = [start for start, _ in spans]
    return {offset for offset in offsets if not _within(spans, starts, offset)}


def sites_outside(spans: Sequence[Span], sites: Sequence[Site]) -> list[Site]:
    """Return the sites that start in none of the spans, which are in order."""
    kept = outside(spans, (site.offset for site in sites))
    return [site for site in sites if site.offset in kept]


def in_code(sites: list[Site], content: bytes, marks: re.Pattern[bytes]) -> list[Site]:
    """Return the sites that are not in a comment or string; sites are in order."""
    if not sites:
        return sites
    return sites_outside(quoted_spans(content, marks, sites[-1].offset), sites)


def find_after(content: bytes, mark: bytes, start: int) -> int:
    """Return where the next ``mark`` has ended, or the content's end when there is none."""
    found = content.find(mark, start)
    return len(content) if found < 0 else found + len(mark)


def text_of(piece: bytes) -> str:
    """Decode a piece of source; bytes that are not UTF-8 survive as in file names."""
    return piece.decode("utf-8", "surrogateescape")


def readable(piece: bytes) -> str:
    """Decode a piece of source for a reader; the text can always be encoded."""
    return piece.decode("utf-8", "replace")


def _within(spans: Sequence[Span], starts: list[int], offset: int) -> bool:
    before = bisect_right(starts, offset) - 1
    return before >= 0 and offset < spans[before][1]


def _line(content: bytes, match: re.Match[bytes]) -> int:
    return find_after(content, b"\n", match.end())


def _block(content: bytes, match: re.Match[bytes]) -> int:
    return find_after(content, b"*/", match.end())


def _string(content: bytes, match: re.Match[bytes]) -> int:
    closed = _STRING[match.group()].match(content, match.start())
    return closed.end() if closed else match.end()


def _triple(content: bytes, match: re.Match[bytes]) -> int:
    mark = match.group()
    end = find_after(content, mark, match.end())
    while _escaped(content, end - len(mark)) and end < len(content):
        end = find_after(content, mark, end - len(mark) + 1)
    return end


def _escaped(content: bytes, position: int) -> bool:
    backslashes = 0
    while content[position - 1 - backslashes : position - backslashes] == b"\\":
        backslashes += 1
    return backslashes % 2 == 1


def _char(content: bytes, match: re.Match[bytes]) -> int:
    return match.end()


_CLOSERS: dict[str, Closer] = {
    "line": _line,
    "block": _block,
    "string": _string,
    "triple": _triple,
    "char": _char,
}
