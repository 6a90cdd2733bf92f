"""The file lists that ``--files-from`` reads, as ``git ls-files``, ``find`` and ``rg -l`` print."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from repoctx.errors import UsageError

_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))")
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}


def listed_files(name: str | None, null: bool) -> list[str] | None:
    """Return the paths in the file of that name (``-`` is standard input); None without a name.

    ``null``: each ends with NUL, not with a new line. UsageError when the list cannot be read or
    names nothing.
    """
    if name is None:
        if null:
            raise UsageError("--null says how a list is read", "add --files-from FILE")
        return None
    content = _content(name)
    if null:
        paths = [os.fsdecode(path) for path in content.split(b"\0") if path]
    elif b"\0" in content:
        raise UsageError(f"the list {name} holds NUL bytes", "add --null if they end its names")
    else:
        paths = [_path(line) for line in content.split(b"\n") if line]
    if not paths:
        raise UsageError(
            f"the list {name} names no files", "one path a line; a folder means all in it"
        )
    return paths


def _content(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read the list {name}: {error.strerror}", "name a file, or -"
        ) from None


def _path(line: bytes) -> str:
    """Return the path on a line; git puts one with odd characters in quotes, others do not."""
    quoted = len(line) > 1 and line.startswith(b'"') and line.endswith(b'"')
    if not quoted or os.path.lexists(line):
        return os.fsdecode(line)
    return os.fsdecode(_ESCAPE.sub(_unescaped, line[1:-1]))


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, letter = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    return bytes([_LETTERS[letter]]) if letter in _LETTERS else letter
