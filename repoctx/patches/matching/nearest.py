"""Show what in a file, or among the file names, comes nearest to what an edit names.

Only to report: nothing found here is ever changed. The cost is bounded whatever the sizes.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches, unified_diff
from heapq import nlargest
from itertools import islice
from pathlib import Path

from repoctx.patches.matching.keys import stripped
from repoctx.patches.matching.lines import Lines

_SHOWN = 60
"""Lines of the edit and of the file that are compared for the report."""
_LONGEST_LINE = 200
_RARE = 20
"""Occurrences above which a line says nothing about the place."""
_SCANNED = 4_000
"""Lines that are compared word by word when no line is the same."""
_ALIKE = 0.4
"""Words in common, of all words of both lines, from which two lines are alike."""
_MOST_FILES = 20_000
_COMPARED = 100
"""Paths with the same last part that are compared letter by letter."""
_WORD = re.compile(r"\w+")


def nearest_lines(lines: Lines, search: Sequence[str]) -> str:
    """Return a small diff from the SEARCH lines to the file's nearest; empty when none are near."""
    search = search[:_SHOWN]
    start = _by_equal_lines(lines, search)
    if start is None:
        start = _by_words(lines, search)
    if start is None:
        return ""
    theirs = lines.texts[start : start + len(search)]
    ours_cut, theirs_cut = ([t[:_LONGEST_LINE] for t in side] for side in (search, theirs))
    first = f"in the file, from line {start + 1}"
    return "\n".join(unified_diff(ours_cut, theirs_cut, "in the edit", first, lineterm="", n=2))


def nearest_paths(paths: Sequence[str], path: str) -> list[str]:
    """Return at most three of the paths that may be meant: the same name, or a similar one."""
    name = path.rpartition("/")[2]
    same_name = [p for p in paths if p.rpartition("/")[2].casefold() == name.casefold()]
    if same_name:
        return get_close_matches(path, _with_most_folders(same_name, path), 3, 0.0)
    names: dict[str, list[str]] = {}
    for known in paths:
        names.setdefault(known.rpartition("/")[2], []).append(known)
    alike = get_close_matches(name, names, 3, 0.75)
    return [known for similar in alike for known in names[similar]][:3]


def _with_most_folders(paths: Sequence[str], path: str) -> list[str]:
    """Those of very many paths that share most folders with the one that is meant."""
    folders = set(path.split("/"))
    return nlargest(_COMPARED, paths, key=lambda known: len(folders.intersection(known.split("/"))))


def existing_paths(root: Path) -> list[str]:
    """Return the first 20,000 files beneath the root, git's own folder apart."""
    return list(islice(_files(root), _MOST_FILES))


def _by_equal_lines(lines: Lines, search: Sequence[str]) -> int | None:
    """The start at which most of the lines would be equal, but for space around them."""
    votes: Counter[int] = Counter()
    for i, text in enumerate(search):
        if text.strip() and 0 < lines.count(text, stripped) <= _RARE:
            votes.update(max(0, at - i) for at in lines.lines_like(text, stripped))
    return min(votes, key=lambda start: (-votes[start], start)) if votes else None


def _by_words(lines: Lines, search: Sequence[str]) -> int | None:
    """The start at which the SEARCH line with the most words has most of them in common."""
    words = [set(_WORD.findall(text[:_LONGEST_LINE])) for text in search]
    richest = max(range(len(words)), key=lambda i: len(words[i]), default=0)
    if not words or not words[richest]:
        return None
    best, best_at = 0.0, 0
    for at, text in enumerate(lines.texts[:_SCANNED]):
        theirs = set(_WORD.findall(text[:_LONGEST_LINE]))
        common = len(words[richest] & theirs)
        alike = common / len(words[richest] | theirs) if common else 0.0
        if alike > best:
            best, best_at = alike, at
    return max(0, best_at - richest) if best >= _ALIKE else None


def _files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        inner = os.path.relpath(folder, root)
        yield from (name if inner == "." else f"{inner}/{name}" for name in sorted(names))
