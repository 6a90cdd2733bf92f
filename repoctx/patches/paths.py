"""Which paths a change may write: beneath the root, through no link, and never into git's folder.

A path is judged twice: as text, for what it could mean on any file system that the repository may
be checked out on, and on disk, for what it leads to here. ``apply`` then opens every part without
following links, so a folder that is swapped in between makes the write fail.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from pathlib import Path

from repoctx.patches.beneath import enter, open_root
from repoctx.patches.edits import EditError, FileState
from repoctx.patches.flags import content_flags, name_flags

LONGEST_PART = 255
LONGEST_PATH = 4095
"""In bytes, as on Linux; a longer name cannot be checked out anywhere."""

_DRIVE = re.compile(r"[A-Za-z]:(?:$|[\\/])")
_SHORT_NAME = re.compile(r"gi(?:t|[0-9a-f]{4})~[0-9]+")
"""What NTFS may call ``.git`` in eight letters: ``GIT~1``, or with four hex digits of a hash."""


def normalise(path: str) -> str:
    """Return the path without ``.`` parts and doubled slashes, which are harmless.

    A leading or trailing slash stays, because it says something: absolute, or a folder.
    """
    kept = "/".join(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/"):
        return "/" + kept
    return kept + "/" if kept and path.endswith("/") else kept


def check_path(root: Path, path: str) -> None:
    """Raise EditError, naming the path, unless a change may write there.

    Odd but legal names may be edited where they exist; they are not created.
    """
    _check_text(path)
    _check_on_disk(root, path)


def path_flags(
    path: str,
    before: FileState | None,
    after: FileState | None,
    root: Path | None = None,
    old_path: str | None = None,
) -> tuple[str, ...]:
    """Return why a person should look twice at this file, each reason a short phrase.

    With ``root`` also what only the disk knows: hard links, and other repositories inside. A
    rename takes ``old_path`` away, which counts as a deletion there does.
    """
    paths = [path, old_path] if old_path else [path]
    flags = [*content_flags(path, before, after, old_path)]
    for each in paths:
        flags += [*name_flags(each), *(_disk_flags(root, each) if root else ())]
    return tuple(dict.fromkeys(flags))


# As text


def _check_text(path: str) -> None:
    if not path:
        raise EditError("the path is empty", "name a file relative to the repository's root")
    if "\0" in path:
        raise _refused(path, "holds a NUL")
    if path.startswith(("/", "\\\\")) or _DRIVE.match(path):
        raise _refused(path, "is absolute")
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise _refused(path, "is not a name that the file system can hold") from None
    if size > LONGEST_PATH:
        raise _refused(path[:80] + "…", "is too long")
    if path.endswith("/"):
        raise _refused(path, "names a folder, not a file")
    for part in path.split("/"):
        _check_part(path, part)


def _check_part(path: str, part: str) -> None:
    if part in ("", "."):
        raise _refused(path, "has an empty part")
    if len(os.fsencode(part)) > LONGEST_PART:
        raise _refused(path[:80] + "…", "is too long")
    for piece in part.split("\\"):  # on Windows a backslash parts a path
        if piece.rstrip(" ") == ".." or piece == "~":
            raise _refused(path, "leads out of the repository")
        if is_git_folder_name(piece):
            raise _refused(path, "lies in git's own folder")


def is_git_folder_name(part: str) -> bool:
    """True when some file system opens ``.git`` under this name.

    The rules of git's core.protectHFS and core.protectNTFS, always on and a little wider: case,
    compatibility forms and ignorable code points (HFS+, APFS), trailing dots and spaces, streams
    and short names (NTFS).
    """
    shown = unicodedata.normalize("NFKD", part)
    shown = "".join(c for c in shown if not _is_ignorable(c)).casefold().replace("\u0131", "i")
    name = shown.partition(":")[0].strip(" ").rstrip(". ")
    return name == ".git" or _SHORT_NAME.fullmatch(name) is not None


def _is_ignorable(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Mn") or character in "\u115f\u1160\u3164"


# On disk


def _check_on_disk(root: Path, path: str) -> None:
    parts = path.split("/")
    if _leads_into(root, path):
        raise _refused(path, "lies in git's own folder")
    try:
        with open_root(root) as folder:
            _walk(folder, path, parts)
    except OSError as error:
        hint = "look whether the repository is still there, and at its permissions"
        raise EditError(f"{path} cannot be looked up: {error.strerror}", hint) from error


def _walk(root: int, path: str, parts: list[str]) -> None:
    folder = os.dup(root)
    try:
        for depth, part in enumerate(parts):
            if _is_git_folder(folder):
                raise _refused(path, "lies in git's own folder")
            status = _status(folder, part)
            if status is None:
                return _check_new(path, parts[depth:])
            if depth == len(parts) - 1:
                return _check_file(path, status)
            _check_folder(path, "/".join(parts[: depth + 1]), status)
            folder = enter(folder, part)
    finally:
        os.close(folder)
    return None


def _check_folder(path: str, folder: str, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise _refused(path, f"passes through the symbolic link {folder}")
    if not stat.S_ISDIR(status.st_mode):
        raise _refused(path, f"needs the folder {folder}, which is a file")


def _check_file(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _refused(path, "is a folder")
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISLNK(status.st_mode):
        raise _refused(path, "is not a regular file")


def _check_new(path: str, parts: list[str]) -> None:
    """A new name must be one that a person can read and every system can hold."""
    for part in parts:
        if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in part):
            raise _refused(path, "would be a new name with control characters")
        if "\\" in part or part[1:2] == ":" or part != part.strip() or part.endswith("."):
            raise _refused(path, "would be a new name that other systems cannot hold")


def _is_git_folder(folder: int) -> bool:
    """True for what git itself takes for its folder, whatever its name: bare, worktree, module."""
    if _status(folder, "HEAD") is None:
        return False
    return _status(folder, "commondir") is not None or all(
        (status := _status(folder, name)) and stat.S_ISDIR(status.st_mode)
        for name in ("objects", "refs")
    )


def _leads_into(root: Path, path: str) -> bool:
    """True when the root's ``.git`` is a file that names a folder above the path."""
    try:
        with open(root / ".git", "rb") as file:
            line = file.read(LONGEST_PATH).partition(b"\n")[0]
    except OSError:  # a folder, as usual, or nothing
        return False
    prefix, _, target = line.partition(b":")
    if prefix != b"gitdir":
        return False
    git_folder = os.path.realpath(root / os.fsdecode(target.strip()))
    return f"{os.path.realpath(root)}/{path}".casefold().startswith(f"{git_folder}/".casefold())


def _disk_flags(root: Path, path: str) -> tuple[str, ...]:
    flags = []
    parts = path.split("/")
    for depth in range(1, len(parts)):
        if os.path.lexists(root.joinpath(*parts[:depth], ".git")):
            flags.append("in another repository inside this one")
            break
    try:
        status = os.lstat(root / path)
    except OSError:
        return tuple(flags)
    if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
        flags.append("hard link: the file's other names keep the old content")
    return tuple(flags)


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _refused(path: str, reason: str) -> EditError:
    return EditError(f"{path} {reason}", "use a plain path relative to the root, through no link")
