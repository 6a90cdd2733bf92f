"""The journal: a change written down, durably, before the first file of the tree is touched.

In the repository's state folder::

    changes.lock    held while anything below, or the tree, is written; says by which process
    tx.new/         a journal in the making; worthless
    tx/             a valid journal: the tree may hold any mixture of old and new
        manifest.json   what changes, with the place of each content in ``images``
        images          every content before and after, one after the other
        committed       the tree is new, durably: only housekeeping is left
    tx.old/         a journal no longer needed, being deleted
    history/        finished journals, named by number and id
    kept-ID/        a journal rolled back around a file that somebody edited meanwhile
    together.json   other roots are written in one with this one; see ``together``

A folder is renamed to its next name only when all in it is durable, so each name can be trusted:
the method of SQLite's rollback journal, for many files (https://sqlite.org/atomiccommit.html).
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.patches.beneath import about, close
from repoctx.patches.images import write_all
from repoctx.patches.records import DamagedError, Header, Record, load, load_header, save

PATIENCE = 10.0
"""Seconds to wait for another repoctx that is writing; a write takes well under one."""

_MAYBE_NEW = 3
"""Folders above the state folder that repoctx itself may have made a moment ago."""


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the state folder alone; RepoctxError when another process keeps it for long."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(state / "changes.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, time.monotonic() + PATIENCE)
        _sign(descriptor)
        yield
    finally:
        close(descriptor)


def holder(state: Path) -> str | None:
    """Return who is writing right now, in words; None when nobody is.

    The lock of a process that died is free: the kernel keeps it, not the file.
    """
    try:
        descriptor = os.open(state / "changes.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _signature(descriptor)
    except OSError:  # no locks here; the write itself will say so
        return None
    finally:
        os.close(descriptor)
    return None


def _lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise RepoctxError(
                    f"{_signature(descriptor)} is writing to this repository",
                    "try again when it is done, or end that process: what it began is taken back",
                ) from None
            time.sleep(0.02)


def _sign(descriptor: int) -> None:
    """Leave the process id for whoever waits; a full disk is no reason to stop."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d" % os.getpid(), 0)


def _signature(descriptor: int) -> str:
    with suppress(OSError):
        number = os.pread(descriptor, 20, 0)
        if number.isdigit():
            return f"another repoctx (process {number.decode()})"
    return "another repoctx"


# A journal's life, under the lock


def begin(state: Path, record: Record) -> None:
    """Write the journal; when this returns, a crash at any later point can be mended."""
    _make_history(state)
    manifest, contents = save(record)
    folder = state / "tx.new"
    os.mkdir(folder, 0o700)
    _write(folder / "images", contents)
    _write(folder / "manifest.json", manifest)
    _sync(folder)
    os.rename(folder, state / "tx")
    _sync(state)


def commit(state: Path) -> None:
    """Mark the change as done: from here it is completed, not rolled back."""
    _write(state / "tx" / "committed", b"")
    _sync(state / "tx")


def archive(state: Path, header: Header) -> None:
    """Move the finished journal to the history."""
    _make_history(state)
    last = max((int(name[:8]) for name in archived(state)), default=0)
    os.rename(state / "tx", state / "history" / f"{last + 1:08d}-{header.id}")
    _sync(state / "history")
    _sync(state)


def set_aside(state: Path, header: Header) -> Path:
    """Keep a rolled-back journal whose contents a person may still want; return its folder."""
    kept = state / f"kept-{header.id}"
    os.rename(state / "tx", kept)
    _sync(state)
    return kept


def discard(state: Path) -> None:
    """Delete a rolled-back journal and whatever else is worthless."""
    _delete(state / "tx.old")
    if _exists(state / "tx"):
        os.rename(state / "tx", state / "tx.old")
        _sync(state)  # before its files go: what is called tx must be whole
    for name in ("tx.new", "tx.old"):
        _delete(state / name)


def forget(state: Path, name: str) -> None:
    """Delete one finished journal."""
    _delete(state / "tx.old")
    os.rename(state / "history" / name, state / "tx.old")
    _delete(state / "tx.old")


# Looking


def pending(state: Path) -> bool:
    """True when a crash left something to mend, or another process is writing right now."""
    return any(_exists(state / name) for name in ("tx", "tx.new", "tx.old"))


def current(state: Path) -> Record | None:
    """Return the valid journal, None when there is none; RepoctxError when it is damaged."""
    return read_record(state / "tx") if _exists(state / "tx") else None


def is_committed(state: Path) -> bool:
    """True when the valid journal's change is whole and durable in the tree."""
    return _exists(state / "tx" / "committed")


def archived(state: Path) -> list[str]:
    """Return the folder names of the finished journals, oldest first."""
    try:
        names = os.listdir(state / "history")
    except FileNotFoundError:
        return []
    return sorted(n for n in names if len(n) == 17 and n[8] == "-" and n[:8].isdecimal())


def read_record(folder: Path) -> Record:
    """Return a whole journal; RepoctxError when it is damaged."""
    try:
        return load((folder / "manifest.json").read_bytes(), (folder / "images").read_bytes())
    except (DamagedError, FileNotFoundError) as error:
        raise RepoctxError(
            f"the journal {folder} is damaged, or of another version: {error}",
            "move that folder away; its file `images` still holds the old contents",
        ) from error


def read_header(folder: Path) -> Header | None:
    """Return what the history shows of a journal, None when it is damaged."""
    try:
        return load_header((folder / "manifest.json").read_bytes())
    except (DamagedError, FileNotFoundError):
        return None


def size(folder: Path) -> int:
    """Return the bytes that a journal takes."""
    return sum(entry.stat().st_size for entry in os.scandir(folder))


# Files of our own


def _exists(path: Path) -> bool:
    """Unlike ``Path.exists`` never False because the disk cannot tell."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    return True


def _make_history(state: Path) -> None:
    if _exists(state / "history"):
        if not os.access(state / "history", os.W_OK | os.X_OK):  # else found out too late
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), state / "history")
        return
    for folder in [state, *state.parents][: _MAYBE_NEW + 1]:
        with suppress(PermissionError):  # somebody else's folder was not made by us just now
            _sync(folder)
    os.mkdir(state / "history", 0o700)


def _write(path: Path, content: bytes) -> None:
    with about(str(path)):  # which of two disks is full: this one, not the tree's
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _delete(folder: Path) -> None:
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            os.unlink(folder / name)
        os.rmdir(folder)
