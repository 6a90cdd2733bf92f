"""Folders that are read as one: each root, and the prefix that its paths carry."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

from repoctx.errors import UsageError


@dataclass(frozen=True, slots=True)
class Root:
    """The top of a repository, or a plain folder."""

    path: Path
    prefix: str = ""
    """What its paths begin with, such as ``api/``; empty for a root that stands alone."""

    def inside(self, path: str) -> str | None:
        """Return an absolute path relative to the root, "" for the root itself; None outside.

        The root may be spelled with or without the symbolic links above it; none that the path
        passes below it is followed.
        """
        found = _below(str(self.path), path)
        return _below(os.path.realpath(self.path), path) if found is None else found


def _below(top: str, path: str) -> str | None:
    if path == top:
        return ""
    above = top.rstrip("/") + "/"
    return path[len(above) :] if path.startswith(above) else None


def roots_of(tops: Sequence[Path]) -> tuple[Root, ...]:
    """Return the roots in the order of their real paths, whatever order they are given in.

    One folder named twice counts once. UsageError when one lies inside another: its files would
    stand twice.
    """
    given = {os.path.realpath(top): top for top in reversed(tops)}
    if len(given) == 1:
        return (Root(tops[0]),)
    real = sorted(given)
    for outer, inner in pairwise(sorted(folder.rstrip("/") + "/" for folder in real)):
        if inner.startswith(outer):
            raise UsageError(
                f"{inner[:-1]} lies inside {outer[:-1] or '/'}", "name only the outer folder"
            )
    names = _names(real)
    return tuple(Root(given[folder], f"{names[folder]}/") for folder in real)


def root_with(roots: Iterable[Root], path: str) -> Root | None:
    """Return the root whose prefix the path carries."""
    return next((root for root in roots if path.startswith(root.prefix)), None)


def _names(folders: Sequence[str]) -> dict[str, str]:
    """Return each folder's own name; of two that are alike the second gets ``-2``."""
    own = [os.path.basename(folder) or "root" for folder in folders]
    names: dict[str, str] = {}
    for folder, name in zip(folders, own, strict=True):
        taken = {*names.values()}
        if name in taken:
            taken |= {*own}
            name = next(n for i in count(2) if (n := f"{name}-{i}") not in taken)
        names[folder] = name
    return names
