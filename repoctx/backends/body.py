"""A request body in parts of known size, made while it is sent.

A server wants the length before the body, and a retry wants the body again. A segment of the
context knows its size and can be read any number of times; what is not kept in segments goes into a
nameless temporary file first. So nothing is held in memory, however large the repository is.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from repoctx.backends.base import BackendError, Context, Segment

_PIECE = 1 << 18
_BASE64_PIECE = 3 << 14  # three bytes are four characters
_SURROGATE = re.compile("[\ud800-\udfff]")


class Part(NamedTuple):
    """Some bytes of a body."""

    size: int
    pieces: Callable[[], Iterator[bytes]]
    """Each call starts anew, in any thread, and gives the same bytes."""


def literal(text: str) -> Part:
    """Return a part that is this text."""
    content = utf8(text)
    return Part(len(content), lambda: iter((content,)))


def base64_part(data: bytes) -> Part:
    """Return the data in base64, which needs no escapes; it is encoded while it is sent."""

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(data), _BASE64_PIECE):
            yield b64encode(data[at : at + _BASE64_PIECE])

    return Part((len(data) + 2) // 3 * 4, pieces)


def segment_part(segment: Segment) -> Part:
    """Return a segment as it stands inside a JSON string."""
    return Part(segment.size, segment.escaped)


@contextmanager
def kept_segments(context: Context, check: Callable[[], None]) -> Iterator[tuple[Segment, ...]]:
    """Yield the context in segments, for the length of the block; ``check`` runs now and then."""
    if context.segments:
        yield context.segments
        return
    pieces = (utf8(json.dumps(chunk, ensure_ascii=False)[1:-1]) for chunk in context.chunks())
    with spooled(pieces, check) as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        yield (Segment(context.chunks, lambda: _read(descriptor), size, context.tokens),)


@contextmanager
def spooled(pieces: Iterable[bytes], check: Callable[[], None]) -> Iterator[IO[bytes]]:
    """Write the pieces to a nameless temporary file, and open it for the length of the block.

    It has no name, so nothing of it is left behind. ``check`` runs before each piece.
    """
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            check()
            _write(file, piece)
        file.seek(0)
        yield file


def utf8(text: str) -> bytes:
    """Return the text in UTF-8, with U+FFFD for the bytes of a file that are not text."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def _read(descriptor: int) -> Iterator[bytes]:
    at = 0
    # pread: a try that was given up may still be reading in its thread.
    while piece := os.pread(descriptor, _PIECE, at):
        yield piece
        at += len(piece)


def _write(file: IO[bytes], piece: bytes) -> None:
    try:
        file.write(piece)
        file.flush()
    except OSError as error:
        raise BackendError(
            f"cannot keep the prompt in {tempfile.gettempdir()}: {error.strerror}",
            "free some space there, or set TMPDIR to another folder",
        ) from None
