"""Read files beneath a root, name their content as git does, and write a file atomically."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal

from repoctx.decoding import Text, decode, is_binary
from repoctx.errors import RefusedError, RepoctxError

__all__ = [
    "Beneath",
    "HashName",
    "MissingError",
    "Signature",
    "Text",
    "atomic_write",
    "blob_id",
    "decode",
    "file_signature",
    "is_binary",
    "read_beneath",
]

Signature = str
"""A file's size in bytes, mtime and ctime in nanoseconds, and inode: equal means unchanged.

A text, because a walk holds one for each file, and a tuple of numbers takes twice the memory."""

HashName = Literal["sha1", "sha256"]
"""A git repository's object format."""

_PIECE = 1 << 20
_WHOLE = 1 << 28
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class MissingError(RepoctxError):
    """There is no file of that name."""


# Identity


def blob_id(content: bytes, algorithm: HashName = "sha1") -> str:
    """Return the id, in hex, that git gives this content; ``algorithm`` is the object format."""
    digest = _begin_blob(len(content), algorithm)
    digest.update(content)
    return digest.hexdigest()


def _begin_blob(size: int, algorithm: HashName) -> hashlib._Hash:
    return hashlib.new(algorithm, b"blob %d\0" % size, usedforsecurity=False)


def file_signature(status: os.stat_result) -> Signature:
    """Return what must change when a file's content does, short of a clock turned back."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


# Reading


class Beneath:
    """Opens files beneath one root and never leaves it: no symbolic link below it is followed.

    The folder of the last file stays open, so reading in path order costs about one ``open`` a
    file. For one thread; a context manager.
    """

    def __init__(self, root: Path) -> None:
        try:
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(str(root), error) from error
        self._folder = self._root
        self._folder_path = ""

    def __enter__(self) -> Beneath:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        os.close(self._root)

    def read(self, path: str, limit: int | None = None) -> bytes:
        """Return the file's bytes, or its first ``limit``; see ``read_beneath`` for the errors."""
        descriptor, size = self._open(path)
        return b"".join(_pieces(path, descriptor, size, limit, _WHOLE))  # one piece is not copied

    def blob(self, path: str, algorithm: HashName = "sha1") -> str:
        """Return git's id of the file's content; RepoctxError if it grows or shrinks meanwhile."""
        descriptor, size = self._open(path)
        digest = _begin_blob(size, algorithm)
        for piece in _pieces(path, descriptor, size, None):
            digest.update(piece)
            size -= len(piece)
        if size != 0:
            raise RepoctxError(f"{path} changed while it was read")
        return digest.hexdigest()

    def read_link(self, path: str) -> bytes:
        """Return the target of the symbolic link, as git stores it."""
        try:
            name = os.fsencode(self._enter(path))
            return os.readlink(name, dir_fd=self._folder)
        except OSError as error:
            raise _unreadable(path, error) from error

    def _open(self, path: str) -> tuple[int, int]:
        try:
            descriptor = os.open(self._enter(path), _FILE, dir_fd=self._folder)
        except OSError as error:
            raise _unreadable(path, error) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise RefusedError(f"{path} is not a regular file")
        return descriptor, status.st_size

    def _enter(self, path: str) -> str:
        """Open the path's folder, part by part, and return the last part."""
        folder, _, name = path.rpartition("/")
        if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
            raise RefusedError(f"{path!r} is not a path beneath the root")
        if folder != self._folder_path:
            self._leave()
            for part in folder.split("/") if folder else ():
                deeper = self._open_folder(part)
                self._leave()
                self._folder = deeper
            self._folder_path = folder
        return name

    def _open_folder(self, name: str) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=self._folder)
        except NotADirectoryError:  # what Linux also says of a symbolic link
            if stat.S_ISLNK(os.lstat(name, dir_fd=self._folder).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
            raise

    def _leave(self) -> None:
        if self._folder != self._root:
            os.close(self._folder)
        self._folder = self._root
        self._folder_path = ""


def read_beneath(root: Path, path: str, *, limit: int | None = None) -> bytes:
    """Return the bytes of one file beneath the root, or its first ``limit`` bytes.

    Raises MissingError when it does not exist, RefusedError when the path leaves the root, passes
    through a symbolic link or names no regular file, RepoctxError when it cannot be read. A FIFO
    or a device never blocks.
    """
    with Beneath(root) as beneath:
        return beneath.read(path, limit)


def _pieces(
    path: str, descriptor: int, size: int, limit: int | None, largest: int = _PIECE
) -> Iterator[bytes]:
    """Yield the file in pieces of bounded size and close it, however the reading ends."""
    left = sys.maxsize if limit is None else limit
    room = min(largest, max(size, 4095) + 1)  # one byte more than the size finds the end at once
    try:
        while left > 0:
            piece = os.read(descriptor, min(room, left))
            if not piece:
                return
            yield piece
            left -= len(piece)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def _unreadable(path: str, error: OSError) -> RepoctxError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return MissingError(f"{path} does not exist")
    if error.errno == errno.ELOOP:
        return RefusedError(f"{path} is or passes through a symbolic link")
    return RepoctxError(f"cannot read {path}: {error.strerror}")


# Writing


def atomic_write(path: Path, content: bytes | Iterable[bytes], mode: int = 0o600) -> None:
    """Write the file whole or not at all, also when the machine stops: a reader sees old or new.

    ``mode`` is for a new file; an old one keeps its own. A symbolic link is replaced, not
    followed. Raises RefusedError for a device or a FIFO and RepoctxError when the disk says no;
    then the old content stands and no temporary file is left.
    """
    pieces = (content,) if isinstance(content, bytes) else content
    temporary = path.with_name(f".repoctx-{os.urandom(8).hex()}.tmp")
    try:
        mode = _kept_mode(path, mode)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _write_and_close(descriptor, pieces, mode)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise RepoctxError(
            f"cannot write {path}: {error.strerror}", "free some space or choose another place"
        ) from error


def _kept_mode(path: Path, mode: int) -> int:
    with suppress(FileNotFoundError):
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(f"{path} is not a regular file", "write to - and redirect instead")
        return mode if path.is_symlink() else stat.S_IMODE(status.st_mode)
    return mode


def _write_and_close(descriptor: int, pieces: Iterable[bytes], mode: int) -> None:
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:  # a write may be short without being an error
                view = view[os.write(descriptor, view) :]
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the file system and the folder's mode allow it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
