"""Mutations that know that a reply is lines: markers among them, samples spliced, runs repeated."""

from __future__ import annotations

import random
from collections.abc import Callable

from .seeds import LINES, MARKERS, REPLIES

Lines = list[bytes]
Change = Callable[[Lines, random.Random], None]

_SAMPLES = [reply.encode().split(b"\n") for reply in REPLIES]


def mutated(data: bytes, largest: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Return another input; ``plain`` is the fuzzer's own mutation, for half of them."""
    source = random.Random(seed)
    if source.random() < 0.5:
        return plain(data, largest)
    lines = data.split(b"\n")
    for _ in range(source.choice((1, 1, 1, 2, 4))):
        source.choice(_CHANGES)(lines, source)
    if source.random() < 0.2:
        at = _place(lines, source)
        lines[at:at] = [plain(lines[at], 4096)] if at < len(lines) else []
    return b"\n".join(lines)[:largest]


def _place(lines: Lines, source: random.Random) -> int:
    return source.randrange(len(lines) + 1)


def _span(lines: Lines, source: random.Random) -> slice:
    start = _place(lines, source)
    return slice(start, start + source.choice((1, 1, 2, 3, 8)))


def _drop(lines: Lines, source: random.Random) -> None:
    del lines[_span(lines, source)]


def _repeat(lines: Lines, source: random.Random) -> None:
    span = _span(lines, source)
    lines[span] = lines[span] * source.choice((2, 2, 2, 2, 2, 3, 3, 10, 10, 200))


def _move(lines: Lines, source: random.Random) -> None:
    span = _span(lines, source)
    moved = lines[span]
    del lines[span]
    at = _place(lines, source)
    lines[at:at] = moved


def _insert_marker(lines: Lines, source: random.Random) -> None:
    lines.insert(_place(lines, source), source.choice(MARKERS))


def _insert_line(lines: Lines, source: random.Random) -> None:
    lines.insert(_place(lines, source), source.choice(LINES))


def _insert_sample(lines: Lines, source: random.Random) -> None:
    sample = source.choice(_SAMPLES)
    start = source.randrange(len(sample))
    at = _place(lines, source)
    lines[at:at] = sample[start : start + source.randrange(1, 20)]


def _edit_line(lines: Lines, source: random.Random) -> None:
    """Put a marker, once or many times, into a line."""
    if lines:
        at = source.randrange(len(lines))
        column = source.randrange(len(lines[at]) + 1)
        marker = source.choice(MARKERS) * source.choice((1, 1, 1, 2, 100))
        lines[at] = lines[at][:column] + marker + lines[at][column:]


def _sign_lines(lines: Lines, source: random.Random) -> None:
    """Begin some lines as a diff, a quotation or a list would."""
    span = _span(lines, source)
    sign = source.choice((b"+", b"-", b" ", b"> ", b"    ", b"\t", b"3 | "))
    lines[span] = [sign + line for line in lines[span]]


def _end_lines(lines: Lines, source: random.Random) -> None:
    span = _span(lines, source)
    lines[span] = [line + source.choice((b"\r", b" ", b"\0")) for line in lines[span]]


def _cut(lines: Lines, source: random.Random) -> None:
    del lines[_place(lines, source) :]


_CHANGES: tuple[Change, ...] = (
    *(_drop, _repeat, _move, _insert_marker, _insert_line, _insert_sample, _edit_line),
    *(_sign_lines, _end_lines, _cut),
)
