"""What a failed system call means to a person."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repoctx.errors import RepoctxError

WRITING = "cannot write {place}: {why}; nothing was applied"
MENDING = "cannot finish or take back an interrupted change, at {place}: {why}"
READING = "cannot read the history, at {place}: {why}"

_HINTS = {
    errno.ENOSPC: "free some space, then repeat",
    errno.EDQUOT: "your disk quota is used up; free some space, then repeat",
    errno.EACCES: "look at the permissions of the file and its folder",
    errno.EPERM: "look at the owner and the attributes of the file",
    errno.EROFS: "the file system is mounted read-only",
    errno.EMFILE: "too many files are open; look at `ulimit -n`",
    errno.ENFILE: "too many files are open on this machine",
    errno.EFBIG: "a limit on the size of files is set; look at `ulimit -f`",
    errno.ENOLCK: "this file system has no locks; set XDG_STATE_HOME to a folder on a local disk",
    errno.EIO: "the disk reports an error; look at the system log before going on",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOTDIR: "a folder on the way is a file or a symbolic link",
}


@contextmanager
def explained(place: Path, message: str) -> Iterator[None]:
    """Turn an OSError into a RepoctxError of one line, ``message`` with place and reason.

    ``place`` stands in where the error names no file.
    """
    try:
        yield
    except OSError as error:
        where = error.filename if isinstance(error.filename, str | Path) else place
        raise RepoctxError(
            message.format(place=where, why=error.strerror or error),
            _HINTS.get(error.errno or 0, "look at the disk, then repeat"),
        ) from error
