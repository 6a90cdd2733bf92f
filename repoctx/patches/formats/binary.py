"""Decode git's binary patches: base 85, zlib, and the delta format of its pack files.

The formats are described in git's Documentation: diff-format, gitformat-pack ("Deltified
representation").
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

LARGEST = 64 << 20
"""Bytes that a patch may unpack to; a few kilobytes could otherwise fill the memory."""
MOST = 4 * LARGEST
"""Bytes that all patches of a reply may."""


@dataclass(slots=True)
class Room:
    """The bytes that a reply may yet become: a thousand times its length is easy."""

    left: int = field(default_factory=lambda: MOST)

    def take(self, size: int) -> None:
        """Use some of it up; raises ValueError when there is less."""
        if size > self.left:
            raise ValueError("the patches of this reply unpack to too much")
        self.left -= size


def unpack(lines: Sequence[str], room: Room | None = None) -> tuple[bytes, bool]:
    """Return the bytes of ``literal N`` or ``delta N`` and its lines, and whether it is a delta.

    Raises ValueError when anything is wrong with them.
    """
    if not lines:
        raise ValueError("the patch holds no data")
    kind, _, number = lines[0].partition(" ")
    known = kind in ("literal", "delta") and number.isdecimal()
    if not known or len(number) > 12 or int(number) > LARGEST:
        raise ValueError(f"not understood: {lines[0][:40]}")
    size = int(number)
    (room or Room()).take(size)
    packed = b"".join(_decoded_line(line) for line in lines[1:])
    decoder = zlib.decompressobj()
    try:
        data = decoder.decompress(packed, size + 1)
    except zlib.error:
        raise ValueError("its data are damaged") from None
    if len(data) != size or not decoder.eof:
        raise ValueError("its data are incomplete")
    return data, kind == "delta"


def apply_delta(base: bytes, delta: bytes, room: Room | None = None) -> bytes:
    """Return what the delta makes of the base; raises ValueError when it is not one for it."""
    base_size, at = _size(delta, 0)
    result_size, at = _size(delta, at)
    if base_size != len(base) or result_size > LARGEST:
        raise ValueError("it was made from another content")
    (room or Room()).take(result_size)
    result = bytearray()
    while at < len(delta):
        command = delta[at]
        at += 1
        if command & 0x80:
            offset, at = _number(delta, at, command & 0x0F, 4)
            size, at = _number(delta, at, command >> 4 & 0x07, 3)
            piece = base[offset : offset + (size or 0x10000)]
        else:
            piece = delta[at : at + command]
            at += command
        result += piece
        if not piece or len(result) > result_size:
            break
    if len(result) != result_size or at != len(delta):
        raise ValueError("its data are damaged")
    return bytes(result)


def _decoded_line(line: str) -> bytes:
    """The first letter is the number of bytes: A to Z for 1 to 26, a to z for 27 to 52."""
    letter = line[:1] or "@"
    size = ord(letter) - (ord("A") - 1 if letter.isupper() else ord("a") - 27)
    data = base64.b85decode(line[1:])
    if not 0 < size <= len(data):
        raise ValueError("its data are damaged")
    return data[:size]


def _size(delta: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first."""
    value = shift = 0
    while at < len(delta) and shift < 63:
        byte = delta[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise ValueError("its data are damaged")


def _number(delta: bytes, at: int, present: int, width: int) -> tuple[int, int]:
    """Little-endian, with only the bytes whose bits are set in ``present``."""
    value = 0
    for i in range(width):
        if present >> i & 1:
            if at >= len(delta):
                raise ValueError("its data are damaged")
            value |= delta[at] << (8 * i)
            at += 1
    return value, at
