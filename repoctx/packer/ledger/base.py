"""Write a pack once, JSON-escaped, so that each request sends it without rendering it again.

The file holds the text in lines, each escaped on its own: a line can be read back alone, and
without its newlines the file is what stands inside a JSON string.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from repoctx.errors import RepoctxError
from repoctx.packer.ledger.store import Version
from repoctx.packer.ledger.versions import version_of
from repoctx.packer.pack import Pack
from repoctx.packer.render import format_named

_PIECE = 1 << 20  # bytes that are read at a time
_LINE = 1 << 18  # characters of one line, at most


@dataclass(frozen=True, slots=True)
class BaseFile:
    """An open base: its text stays readable when another process replaces the base."""

    path: Path
    descriptor: int
    size: int
    """Bytes of the file."""

    def escaped(self) -> Iterator[bytes]:
        """Yield the text as it stands inside a JSON string, in UTF-8; any number of times."""
        at = 0
        while piece := os.pread(self.descriptor, _PIECE, at):
            yield piece.replace(b"\n", b"")
            at += len(piece)

    def text(self) -> Iterator[str]:
        """Yield the text itself, in pieces."""
        held = b""
        at = 0
        while piece := os.pread(self.descriptor, _PIECE, at):
            at += len(piece)
            lines, _, held = (held + piece).rpartition(b"\n")
            if text := _unescaped(lines):
                yield text

    def part(self, start: int, length: int) -> str:
        """Return the text that takes these bytes of the file."""
        return _unescaped(os.pread(self.descriptor, length, start))

    def sync(self) -> None:
        """Wait until the text is on disk; OSError when it cannot be."""
        os.fsync(self.descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


def open_base(path: Path) -> BaseFile:
    """Open a base that was written before; OSError when it is gone."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    return BaseFile(path, descriptor, os.fstat(descriptor).st_size)


def write_base(pack: Pack, folder: Path) -> tuple[BaseFile, list[Version], int]:
    """Write the pack's text to a new file, which is locked until it is closed.

    Returns it, what it shows of every path, and the bytes of the escaped text. Raises RepoctxError
    when the disk is full or a file changes meanwhile; nothing is left then.
    """
    try:
        path, descriptor = _new_file(folder)
    except OSError as error:
        raise _not_kept(folder, error) from None
    try:
        with open(descriptor, "wb", closefd=False) as file:
            writer = _Writer(file)
            versions = list(_write(pack, writer))
        return BaseFile(path, descriptor, writer.at), versions, writer.escaped
    except BaseException as error:
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _not_kept(folder, error) from None
        raise


def _new_file(folder: Path) -> tuple[Path, int]:
    """Make a file that ``Store.sweep`` leaves alone while it is open here."""
    while True:
        path = folder / f"{os.urandom(8).hex()}.base"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # a file system without locks: nothing is swept there either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)  # swept between the two calls


def _not_kept(folder: Path, error: OSError) -> RepoctxError:
    message = f"cannot keep the context in {folder}: {error.strerror}"
    return RepoctxError(message, "free some space there")


class _Writer:
    """Appends text in escaped lines, and knows where it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.at = 0
        """Bytes written."""
        self.escaped = 0
        """Of these, without the newlines."""

    def write(self, text: str) -> tuple[int, int]:
        """Append the text; return where it begins and the bytes that it takes."""
        start = self.at
        for first in range(0, len(text), _LINE):
            line = escaped(text[first : first + _LINE])
            self._file.write(line)
            self._file.write(b"\n")
            self.escaped += len(line)
            self.at += len(line) + 1
        return start, self.at - start


def _write(pack: Pack, writer: _Writer) -> Iterator[Version]:
    writer.write(format_named(pack.format).opening)
    for document, parts in pack.rendered(pack.documents):
        places = [writer.write(part) for part in parts]
        start, length = places[1] if len(parts) == 3 else (0, 0)
        yield Version(document.path, version_of(document), start, length)
    for document in pack.documents:
        if not document.shown:
            yield Version(document.path, version_of(document))
    writer.write(pack.manifest)


def escaped(text: str) -> bytes:
    """Return the text as it stands inside a JSON string, in UTF-8; ? for a lone surrogate."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


def _unescaped(lines: bytes) -> str:
    return "".join(json.loads(b'"%b"' % line) for line in lines.split(b"\n"))
