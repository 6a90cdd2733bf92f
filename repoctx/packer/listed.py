"""Narrow a snapshot to the files that a person listed, and say how many others there are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from repoctx.errors import UsageError
from repoctx.packer.snapshot import Omission, Snapshot
from repoctx.roots import Root

NOT_ASKED = "not asked for"
_SHOWN = 10
"""Paths that an error names before it counts the rest."""


def located(listed: Iterable[str], roots: Sequence[Root]) -> dict[str, str]:
    """Return each absolute path as a path of the snapshot -> the path as it was listed.

    The snapshot's path of a root itself is its prefix. UsageError when one lies outside all roots
    or in ``.git``.
    """
    names: dict[str, str] = {}
    outside: list[str] = []
    for path in listed:
        name = _name(path, roots)
        if name is None:
            outside.append(path)
        elif ".git" in name.lower().split("/"):
            raise UsageError(f"{path}: what is in .git is never read", "leave it out of the list")
        else:
            names[name] = path
    if outside:
        tops = " and ".join(str(root.path) for root in roots)
        raise UsageError(f"not in {tops}: {_told(outside)}", "-C names the repository")
    return names


def _name(path: str, roots: Sequence[Root]) -> str | None:
    folder, _, last = path.rpartition("/")
    for spelled in (path, f"{os.path.realpath(folder or '/')}/{last}"):
        for root in roots:
            if (inside := root.inside(spelled.rstrip("/") or "/")) is not None:
                return root.prefix + inside
    return None


def narrowed(snapshot: Snapshot, names: Mapping[str, str], rev: str | None) -> Snapshot:
    """Return the snapshot of the named files and of all that was found below the named folders.

    UsageError when a name is that of no file, or the file cannot be reached without following a
    symbolic link.
    """
    found: set[str] = set()
    kept = {path for path in _paths(snapshot) if _is_named(path, names, found)}
    missing = [
        path
        for name, path in names.items()
        if name not in found and (rev is not None or not _is_folder(snapshot, name))
    ]
    if missing:
        where = f"not in the revision {rev}" if rev else "no such file (or behind a link)"
        hint = "paths in a list are relative to the current folder"
        raise UsageError(f"{where}: {_told(missing)}", hint)
    omitted = tuple(omission for omission in snapshot.omitted if omission.path in kept)
    return replace(
        snapshot,
        files=tuple(file for file in snapshot.files if file.path in kept),
        omitted=(*omitted, *_others(snapshot, kept)),
        partial=True,
    )


def _paths(snapshot: Snapshot) -> Iterator[str]:
    yield from (file.path for file in snapshot.files)
    yield from (omission.path for omission in snapshot.omitted)


def _is_named(path: str, names: Mapping[str, str], found: set[str]) -> bool:
    """True when the path or a folder above it is named; ``found`` gets every name that fits."""
    fitting = {above for above in _upwards(path) if above in names}
    found |= fitting
    return bool(fitting)


def _upwards(path: str) -> Iterator[str]:
    """Yield the path, the folders above it, and the ways to name its root."""
    yield path
    for end in range(len(path) - 1, -1, -1):
        if path[end] == "/":
            yield path[:end]
            yield path[: end + 1]
    yield ""


def _is_folder(snapshot: Snapshot, name: str) -> bool:
    """A folder in which the walk found nothing may well be listed, by ``find`` for one."""
    owner = next((part for part in snapshot.parts if name.startswith(part.prefix)), None)
    prefix, root = (owner.prefix, owner.snapshot.root) if owner else ("", snapshot.root)
    place = os.path.join(root, name.removeprefix(prefix)).rstrip("/")
    return os.path.isdir(place) and os.path.realpath(place) == place


def _others(snapshot: Snapshot, kept: set[str]) -> Iterator[Omission]:
    """Yield a line for each root that sums up what was not listed."""
    prefixes = [part.prefix for part in snapshot.parts] or [""]
    counts: Counter[str] = Counter()
    for path in _paths(snapshot):
        if path not in kept:
            counts[next(prefix for prefix in prefixes if path.startswith(prefix))] += 1
    for prefix in sorted(counts):
        yield Omission(prefix or "./", NOT_ASKED, counts[prefix])


def _told(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
