"""List the files of a folder that is not in git, leaving out what its .gitignore files name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from repoctx.files import read_beneath
from repoctx.packer.ignore import Rules
from repoctx.packer.snapshot import Omission

_Levels = tuple[tuple[str, Rules], ...]
"""The rules that reach a folder, the nearest first, each with its own folder (``a/b/``)."""


def unversioned_files(root: Path) -> Iterator[str | Omission]:
    """Yield each path below the root that is not ignored, or why a folder cannot be listed.

    Symbolic links are yielded, not followed; ``.git`` is skipped. Any depth: nothing recurses.
    """
    for found in _visit(root):
        if isinstance(found, Omission) or not found.endswith("/"):
            yield found


def ignored_folders(root: Path) -> Iterator[str]:
    """Yield each folder that ``unversioned_files`` does not enter, with a ``/`` at its end."""
    return (found for found in _visit(root) if isinstance(found, str) and found.endswith("/"))


def _visit(root: Path) -> Iterator[str | Omission]:
    """Yield the files that are not ignored, and with a ``/`` the folders that are."""
    waiting: list[tuple[str, _Levels]] = [("", ())]
    while waiting:
        folder, levels = waiting.pop()
        try:
            entries = list(os.scandir(f"{root}/{folder}"))
        except OSError as error:
            yield Omission(folder.rstrip("/"), f"cannot be listed: {error.strerror}")
            continue
        levels = _with_own_rules(root, folder, entries, levels)
        for entry in entries:
            path = folder + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name == ".git":
                continue
            ignored = _is_ignored(path, is_folder, levels)
            if is_folder and not ignored:
                waiting.append((path + "/", levels))
            elif is_folder or not ignored:
                yield path + "/" if is_folder else path


def _with_own_rules(
    root: Path, folder: str, entries: list[os.DirEntry[str]], levels: _Levels
) -> _Levels:
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False):
            path = folder + entry.name
            return ((folder, Rules(path, read_beneath(root, path))), *levels)
    return levels


def _is_ignored(path: str, is_folder: bool, levels: _Levels) -> bool:
    """The nearest .gitignore with something to say decides, as in git."""
    for folder, rules in levels:
        verdict = rules.verdict(path[len(folder) :], is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False
