"""Arithmetic on repository paths: relative, '/'-separated, '' is the root folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def folder_of(path: str) -> str:
    """Return the folder that a path lies in."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]


def stem_of(path: str) -> str:
    """Return the last part of a path up to its first dot."""
    return name_of(path).partition(".")[0]


def join(folder: str, relative: str) -> str | None:
    """Follow ``relative`` from a folder; None when it leaves the repository."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def beneath(folder: str, relative: str) -> str:
    """Return ``folder/relative`` without looking for dots."""
    return f"{folder}/{relative}" if folder and relative else folder or relative


def ancestors(folder: str) -> Iterator[str]:
    """Yield the folder, then the folders around it, the root '' last."""
    while folder:
        yield folder
        folder = folder_of(folder)
    yield ""


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return every folder that holds one of the paths, at any depth; '' is among them."""
    found = {""}
    for path in paths:
        folder = folder_of(path)
        while folder not in found:
            found.add(folder)
            folder = folder_of(folder)
    return found


def nearest(candidates: Iterable[str], path: str) -> str | None:
    """Return the candidate that shares most folders with the path; ties: shortest, then first."""
    return min(candidates, key=_distance_from(path), default=None)


def by_nearness(candidates: Iterable[str], path: str) -> list[str]:
    """Return the candidates, the one that ``nearest`` would choose first."""
    return sorted(candidates, key=_distance_from(path))


def _distance_from(path: str) -> Callable[[str], tuple[int, int, str]]:
    here = path.split("/")

    def distance(candidate: str) -> tuple[int, int, str]:
        there = candidate.split("/")
        shared = next(
            (i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b),
            min(len(here), len(there)),
        )
        return -shared, len(there), candidate

    return distance
