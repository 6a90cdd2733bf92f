"""What a word that is being typed may become: ``@path`` of the repository, or ``/command``."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repoctx.terminal import one_line

MOST = 8
"""Completions offered at a time."""

_LOOKED_AT = 50
"""Of the best, some may hold characters that cannot be typed."""

_AT = re.compile(r"(?:^|(?<=\s))@(\S*)$")
_SLASH = re.compile(r"/(\w*)$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word before the cursor that can be completed."""

    sign: str
    """``@`` or ``/``."""
    typed: str
    """What stands behind the sign."""


def word_before(text: str) -> Word | None:
    """Return the word at the end of the text before the cursor; a command only as the first."""
    if found := _SLASH.fullmatch(text):
        return Word("/", found[1])
    line = text.rpartition("\n")[2]
    found = _AT.search(line)
    return Word("@", found[1]) if found else None


def folded(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return each path in one case, and as it is: what ``best_paths`` searches."""
    return [(path.casefold(), path) for path in paths]


def best_paths(paths: Iterable[tuple[str, str]], typed: str, most: int = MOST) -> list[str]:
    """Return the ``folded`` paths that fit what was typed, best first; only printable ones.

    A file's name that begins so comes before one that holds it, then a path that holds it, then
    one that has its letters in this order; shorter paths first. Case does not matter.
    """
    wanted = typed.casefold()
    scattered = re.compile(".*?".join(map(re.escape, wanted)))
    ranked = (
        (rank, len(path), path)
        for plain, path in paths
        if (rank := _rank(plain, wanted, scattered)) is not None
    )
    best = (path for _, _, path in heapq.nsmallest(_LOOKED_AT, ranked))
    return [path for path in best if one_line(path) == path][:most]


def best_commands(names: Sequence[str], typed: str) -> list[str]:
    """Return the commands that begin with what was typed, in their order."""
    return [name for name in names if name.startswith(typed.casefold())]


def _rank(path: str, wanted: str, scattered: re.Pattern[str]) -> int | None:
    if wanted not in path:
        return 3 if len(wanted) > 2 and scattered.search(path) else None
    name = path.rpartition("/")[2]
    if name.startswith(wanted):
        return 0
    return 1 if wanted in name else 2
