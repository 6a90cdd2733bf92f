"""A whole file as it stands on disk: read it, make it, give it its name.

Every function works in an open folder (a descriptor) or beneath an open root; no symbolic link is
followed and no FIFO or device is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from repoctx.errors import ConflictError
from repoctx.patches.beneath import about, open_root, parent_of
from repoctx.patches.edits import EXECUTABLE, REGULAR, SYMLINK, EditError, FileState

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What a file system without hard links (FAT, some network ones) answers to ``link``."""

Signature: TypeAlias = tuple[int, ...]
"""Device, inode, size, mtime and ctime in ns, mode: equal means that nobody touched the file.

For a file with several hard links the ctime is left out, because replacing one changes the others'.
"""


@dataclass(frozen=True, slots=True)
class Image:
    """A file as it stands, or shall stand, on disk."""

    state: FileState
    permissions: int | None = None
    """The permission bits (at most 0o7777); None: what the system gives to a new file."""
    owner: tuple[int, int] | None = None
    """User and group id; None: whoever writes."""
    attributes: tuple[tuple[str, bytes], ...] = ()
    """Extended attributes that belong to the person: access lists and ``user.*``."""


def dressed(state: FileState, model: Image | None) -> Image:
    """Give a new content the permissions, owner and attributes of the file it stands for.

    Bits beyond the nine (set-user-id and its like) are never carried to a new content.
    """
    if model is None or model.permissions is None or state.mode == SYMLINK:
        return Image(state)
    permissions = model.permissions & 0o777
    if state.mode != model.state.mode:
        permissions = with_mode(permissions, state.mode)
    return Image(state, permissions, model.owner, model.attributes)


def with_mode(permissions: int, mode: int) -> int:
    """Give or take the right to execute, to whom may read, as git does."""
    if mode == EXECUTABLE:
        return permissions | (permissions & 0o444) >> 2 | 0o100
    return permissions & ~0o111


def same(one: Image | None, other: Image | None) -> bool:
    """True when content, type and executable bit are equal, or neither exists."""
    return (one.state if one else None) == (other.state if other else None)


# Reading


def read_image(root: int, path: str) -> tuple[Image, Signature] | None:
    """Return the file and its signature, or None when there is none.

    Raises EditError for a folder, FIFO or device, ConflictError when it changes meanwhile.
    """
    try:
        with about(path), parent_of(root, path) as (folder, name):
            return _read(folder, name, path)
    except FileNotFoundError:
        return None


def read_state(root: Path, path: str) -> FileState | None:
    """Return a file's content and git mode, or None when there is none.

    Raises EditError and ConflictError as above, EditError also when it cannot be read.
    """
    try:
        with open_root(root) as folder:
            found = read_image(folder, path)
    except OSError as error:
        raise EditError(
            f"cannot read {path}: {error.strerror}", "look at the permissions of the file"
        ) from error
    return found[0].state if found else None


def signature_of(folder: int, name: str) -> Signature | None:
    """Return the signature of what has that name now, None when nothing has."""
    try:
        return _signature(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _read(folder: int, name: str, path: str) -> tuple[Image, Signature]:
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        target = os.fsencode(os.readlink(name, dir_fd=folder))
        return Image(FileState(target, SYMLINK), owner=_owner(status)), _signature(status)
    if not stat.S_ISREG(status.st_mode):
        raise EditError(f"{path} is not a regular file", "only files can be changed")
    descriptor = os.open(name, _READ, dir_fd=folder)
    try:
        content = _read_all(descriptor)
        attributes = _attributes(descriptor)
        if _signature(os.fstat(descriptor)) != _signature(status):
            raise ConflictError(f"{path} is being written by another program", "try again")
    finally:
        os.close(descriptor)
    mode = EXECUTABLE if status.st_mode & stat.S_IXUSR else REGULAR
    permissions = stat.S_IMODE(status.st_mode)
    image = Image(FileState(content, mode), permissions, _owner(status), attributes)
    return image, _signature(status)


def _read_all(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def _signature(status: os.stat_result) -> Signature:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns if status.st_nlink == 1 else 0,
        status.st_mode,
    )


def _owner(status: os.stat_result) -> tuple[int, int]:
    return status.st_uid, status.st_gid


def _attributes(descriptor: int) -> tuple[tuple[str, bytes], ...]:
    """An access list must survive: without it the group's bits mean more than they did."""
    if not hasattr(os, "listxattr"):
        return ()
    with suppress(OSError):
        names = [n for n in os.listxattr(descriptor) if n.startswith(("user.", "system.posix_"))]
        return tuple((name, os.getxattr(descriptor, name)) for name in sorted(names))
    return ()


# Writing


def create(folder: int, name: str, image: Image) -> None:
    """Make a new file that is durable but for its name; FileExistsError when the name is taken."""
    state = image.state
    if state.mode == SYMLINK:
        _link(folder, name, image)
        return
    # From the default the kernel takes off the umask, or applies the folder's access list.
    default = 0o777 if state.mode == EXECUTABLE else 0o666
    opening = default if image.permissions is None else 0o600
    descriptor = os.open(name, _CREATE, opening, dir_fd=folder)
    try:
        write_all(descriptor, state.content)
        _dress(descriptor, image)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link(folder: int, name: str, image: Image) -> None:
    os.symlink(os.fsdecode(image.state.content), name, dir_fd=folder)
    if image.owner and os.geteuid() == 0:
        os.chown(name, *image.owner, dir_fd=folder, follow_symlinks=False)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte: a write may be short without being an error."""
    rest = memoryview(content)
    while rest:
        written = os.write(descriptor, rest)
        if written == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[written:]


def place_new(folder: int, temporary: str, name: str) -> None:
    """Give a finished file its name; FileExistsError when somebody took the name meanwhile."""
    try:
        os.link(
            temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False
        )  # unlike rename, link never replaces
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if signature_of(folder, name) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name) from error
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(temporary, dir_fd=folder)


def remove(folder: int, name: str) -> bool:
    """Remove a file; False when it is not there."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _dress(descriptor: int, image: Image) -> None:
    """Set owner, attributes and permissions, in the order in which none undoes another."""
    permissions = image.permissions
    if image.owner and image.owner != _owner(os.fstat(descriptor)):
        permissions = _give(descriptor, image.owner, permissions)
    for name, value in image.attributes:
        with suppress(OSError):  # the folder's file system may have none
            os.setxattr(descriptor, name, value)
    if permissions is not None:
        os.fchmod(descriptor, permissions)


def _give(descriptor: int, owner: tuple[int, int], permissions: int | None) -> int | None:
    """Keep the group where that is allowed; where not, ours must not gain what it could do."""
    if os.geteuid() == 0:
        os.fchown(descriptor, *owner)
        return permissions
    try:
        os.fchown(descriptor, -1, owner[1])
    except PermissionError:
        return None if permissions is None else permissions & 0o707 | (permissions & 0o007) << 3
    return None if permissions is None else permissions & 0o777
