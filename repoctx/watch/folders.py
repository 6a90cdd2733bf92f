"""Visit the folders of a root that its scope leaves open."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from repoctx.watch.changes import GIT_FOLDERS, Scope


def visit_folders(
    root: Path, start: str, scope: Scope, arrive: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Yield each folder at or below ``start`` with its entries; "" is the root, ``a/`` is in it.

    ``arrive`` is called before a folder is listed and may turn it down. No symbolic link is
    followed, what cannot be listed is passed over, and nothing recurses.
    """
    waiting = [start]
    while waiting:
        folder = waiting.pop()
        if not scope.reaches(folder) or not arrive(folder):
            continue
        entries = list_folder(f"{root}/{folder}")
        yield folder, entries
        waiting += [f"{folder}{e.name}/" for e in entries if e.is_dir(follow_symlinks=False)]


def list_folder(path: str) -> list[os.DirEntry[str]]:
    """Return the entries of a folder; none when it is gone, closed to us, or a symbolic link."""
    if os.path.islink(path.rstrip("/")):
        return []
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError:
        return []


def git_folders(scope: Scope) -> Iterator[tuple[Path, str]]:
    """Yield the folders in which git keeps what is worth watching, and their names within."""
    if scope.git_folder is not None:
        for name in GIT_FOLDERS:
            yield scope.git_folder / name, name


def at_or_below(path: str, folders: frozenset[str]) -> bool:
    """True when one of the folders, each ending in ``/``, is the path or holds it."""
    end = path.find("/")
    while end >= 0:
        if path[: end + 1] in folders:
            return True
        end = path.find("/", end + 1)
    return False


def topmost(folders: frozenset[str]) -> list[str]:
    """Return those folders that lie in none of the others, sorted."""
    return [
        folder
        for folder in sorted(folders)
        if not at_or_below(folder[:-1].rpartition("/")[0] + "/", folders)
    ]
