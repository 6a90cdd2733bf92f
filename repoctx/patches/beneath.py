"""Folders beneath one root, opened part by part so that no symbolic link is ever followed.

``root`` is always the descriptor of the tree's root folder. A folder that is swapped for a link in
the middle of a write makes the write fail instead of leading it elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def open_root(root: Path) -> Iterator[int]:
    """Give a descriptor of the tree's root folder; the root itself may be a link."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        close(descriptor)


@contextmanager
def open_folder(root: int, folder: str) -> Iterator[int]:
    """Give a descriptor of a folder beneath the root; ``""`` is the root.

    Raises FileNotFoundError, or NotADirectoryError when a part is a file or a symbolic link.
    """
    descriptor = os.dup(root)
    try:
        for part in folder.split("/") if folder else ():
            descriptor = enter(descriptor, part)
        yield descriptor
    finally:
        close(descriptor)


def enter(folder: int, name: str) -> int:
    """Return a descriptor of a folder inside, and close the one outside; errors as above."""
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:  # macOS; Linux says ENOTDIR
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), name) from error
        raise
    close(folder)
    return inner


def close(descriptor: int) -> None:
    """Close a descriptor through which nothing was written, so that no error of it matters.

    Network file systems may answer EIO here, and a change that is whole must not be called failed.
    """
    with suppress(OSError):
        os.close(descriptor)


@contextmanager
def parent_of(root: int, path: str) -> Iterator[tuple[int, str]]:
    """Give a descriptor of the folder that the path lies in, and its last part."""
    folder, _, name = path.rpartition("/")
    with open_folder(root, folder) as descriptor:
        yield descriptor, name


@contextmanager
def about(path: str) -> Iterator[None]:
    """Make every OSError inside name the path of the tree, not a temporary file beside it."""
    try:
        yield
    except OSError as error:
        error.filename = path
        error.filename2 = None
        raise


def missing_folders(root: int, paths: Iterable[str]) -> list[str]:
    """Return the folders that the paths need and that do not exist, outer before inner."""
    return [folder for folder in _parents(paths) if folder_mode(root, folder) is None]


def existing_folders(root: int, paths: Iterable[str]) -> list[tuple[str, int]]:
    """Return the folders that the paths lie in, with their permission bits, outer before inner."""
    modes = ((folder, folder_mode(root, folder)) for folder in _parents(paths))
    return [(folder, mode) for folder, mode in modes if mode is not None]


def folder_mode(root: int, folder: str) -> int | None:
    """Return a folder's permission bits, None when it does not exist."""
    try:
        with open_folder(root, folder) as descriptor:
            return stat.S_IMODE(os.fstat(descriptor).st_mode)
    except FileNotFoundError:
        return None


def make_folder(root: int, folder: str, mode: int | None) -> None:
    """Make a folder, if it is missing, with these permission bits or the system's default."""
    with about(folder), parent_of(root, folder) as (parent, name):
        try:
            os.mkdir(name, dir_fd=parent)
        except FileExistsError:
            return
        if mode is not None:
            with open_folder(parent, name) as descriptor:
                os.fchmod(descriptor, mode)


def remove_folder(root: int, folder: str) -> bool:
    """Remove a folder if it is there and empty; False when it stays."""
    try:
        with about(folder), parent_of(root, folder) as (parent, name):
            os.rmdir(name, dir_fd=parent)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY):
            return False
        raise
    return True


def sync_folders(root: int, folders: Iterable[str]) -> None:
    """Make the names in these folders durable; one that is gone needs nothing."""
    for folder in sorted(set(folders)):
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            about(folder or "."),
            open_folder(root, folder) as descriptor,
        ):
            os.fsync(descriptor)


def folder_of(path: str) -> str:
    """Return the folder that a path lies in; ``""`` is the root."""
    return path.rpartition("/")[0]


def _parents(paths: Iterable[str]) -> list[str]:
    """Every folder above any of the paths, but the root; sorted, so outer before inner."""
    found = set()
    for path in paths:
        while path := folder_of(path):
            found.add(path)
    return sorted(found)
