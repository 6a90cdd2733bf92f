"""Tokens per folder, drawn as an indented tree with the dearest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.terminal import one_line

if TYPE_CHECKING:
    from repoctx.packer.manifest import Folder
    from repoctx.packer.pack import Pack

_DEPTH = 3
_SMALL = 0.01
"""What has a smaller share of all tokens is summed up in one line of its folder."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A line of the tree: a folder, a file, or the small rest of a folder."""

    name: str
    tokens: int
    files: int
    folder: Folder | None = None
    level: str = ""
    """Of a file that is not there in full."""


def tree_lines(pack: Pack) -> Iterator[str]:
    """Yield one line a folder or file: tokens, share of the whole, name."""
    from repoctx.packer.manifest import token_tree

    root = token_tree(pack.documents)
    whole = max(root.tokens, 1)
    yield _line(_Part(".", root.tokens, root.files, root), 0, whole)
    yield from _beneath(root, 1, whole)


def _beneath(folder: Folder, depth: int, whole: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    for part in _parts(folder, whole):
        yield _line(part, depth, whole)
        if part.folder is not None:
            yield from _beneath(part.folder, depth + 1, whole)


def _parts(folder: Folder, whole: int) -> list[_Part]:
    """The folder's parts that matter, dearest first, and one line for all the others."""
    folders = (_Part(f"{f.name}/", f.tokens, f.files, f) for f in folder.folders.values())
    files = (
        _Part(d.path.rpartition("/")[2], d.tokens, 1, level="" if d.level == "full" else d.level)
        for d in folder.documents
    )
    parts = sorted([*folders, *files], key=lambda part: (-part.tokens, part.name))
    large = [part for part in parts if part.tokens >= whole * _SMALL]
    small = parts[len(large) :]
    if small:
        files_in_it = sum(part.files for part in small)
        large.append(
            _Part(f"({files_in_it} smaller)", sum(part.tokens for part in small), files_in_it)
        )
    return large


def _line(part: _Part, depth: int, whole: int) -> str:
    count = f"  ({part.level})" if part.level else ""
    if part.folder is not None:
        count = f"  ({part.files:,} files{_levels(part.folder)})"
    share = 100 * part.tokens / whole
    return one_line(f"{part.tokens:>12,} {share:5.1f} %  {'  ' * depth}{part.name}{count}")


def _levels(folder: Folder) -> str:
    """Say how many files are at which level, unless all are there in full."""
    from repoctx.packer.select import Level

    if folder.levels.keys() == {Level.FULL}:
        return ""
    counts = ((level, folder.levels[level]) for level in Level)
    return ": " + ", ".join(f"{count:,} {level}" for level, count in counts if count)
