"""Say which files belong together, and how strongly: by their imports and by their folders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

_FOLDER = 0.1
"""Of neighbours in one folder: as strong as the import of a file that ten files need."""

Links: TypeAlias = Mapping[tuple[int, int], float]
"""(smaller, larger file) -> strength above 0."""


@dataclass(frozen=True, slots=True)
class Files:
    """What is dealt out, in reading order; a file is named by its place in it."""

    paths: Sequence[str]
    sizes: Sequence[int]
    """Tokens of each document in full."""
    needs: Sequence[tuple[int, int]]
    """(a, b): file a needs file b."""


def links_of(files: Files) -> Links:
    """Return the links between files.

    An import counts by how particular it is: a file that everybody needs ties nobody together.
    Neighbours in the order of paths are linked by the folders that they share, so that no file
    stands alone.
    """
    needed_by = Counter(need for _, need in files.needs)
    links: dict[tuple[int, int], float] = defaultdict(float)
    for a, b in files.needs:
        links[min(a, b), max(a, b)] += 1 / needed_by[b]
    by_path = sorted(range(len(files.paths)), key=lambda file: _parts(files.paths[file]))
    for a, b in pairwise(by_path):
        links[min(a, b), max(a, b)] += _FOLDER * _shared(files.paths[a], files.paths[b])
    return links


def _shared(one: str, other: str) -> float:
    """Return the part of their folders, root included, that two paths have in common."""
    ours, theirs = _parts(one)[:-1], _parts(other)[:-1]
    same = 1
    for a, b in zip(ours, theirs, strict=False):
        if a != b:
            break
        same += 1
    return same / (1 + max(len(ours), len(theirs)))


def _parts(path: str) -> list[str]:
    return path.split("/")
