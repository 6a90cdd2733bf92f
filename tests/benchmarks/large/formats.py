"""Edits of large files, written in every format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


def source(lines: int, seed: int = 0) -> list[str]:
    """Lines of code as there are in large files: a third of them are the same as many others."""
    common = ("    }", "", "    return None", "        continue")
    return [
        common[i // 3 % 4] if i % 3 == 0 else f"    value_{seed}_{i} = compute(value_{i // 7}, {i})"
        for i in range(lines)
    ]


def text(lines: Sequence[str]) -> str:
    """The lines as a file."""
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class Place:
    """Some lines of a file that are to become others."""

    path: str
    start: int
    old: list[str]
    new: list[str]


def changed(lines: Sequence[str]) -> list[str]:
    """What becomes of the lines: every second word is another, and there is one line more."""
    return [line.replace("compute", "computed") for line in lines] + ["    # done"]


def places(path: str, lines: Sequence[str], count: int, size: int) -> list[Place]:
    """``count`` places, evenly spread."""
    step = len(lines) // count
    starts = range(1, step * count, step)
    return [Place(path, s, list(lines[s : s + size]), changed(lines[s : s + size])) for s in starts]


def search_replace(place: Place) -> str:
    """A SEARCH/REPLACE block."""
    old, new = text(place.old), text(place.new)
    return f"{place.path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n\n"


def unified_diff(place: Place) -> str:
    """A hunk with its numbers, below the file's names."""
    return f"```diff\n--- a/{place.path}\n+++ b/{place.path}\n{hunk(place)}```\n"


def git_diff(place: Place) -> str:
    """A hunk in a section of git's."""
    path = place.path
    head = f"diff --git a/{path} b/{path}\nindex 0123456..89abcde 100644\n"
    return f"{head}--- a/{path}\n+++ b/{path}\n{hunk(place)}"


def unnumbered_diff(place: Place) -> str:
    """A hunk without numbers."""
    return unified_diff(place).replace(numbers(place), "@@ ... @@")


def patch_envelope(place: Place) -> str:
    """An envelope for each edit."""
    body = f"*** Update File: {place.path}\n@@\n{signed(place)}"
    return f"*** Begin Patch\n{body}*** End Patch\n"


def json_edits(place: Place) -> str:
    """A tool call."""
    old, new = text(place.old)[:-1], text(place.new)[:-1]
    return json.dumps({"file_path": place.path, "old_string": old, "new_string": new}) + "\n"


def numbers(place: Place) -> str:
    start = place.start + 1
    return f"@@ -{start},{len(place.old)} +{start},{len(place.new)} @@"


def hunk(place: Place) -> str:
    return f"{numbers(place)}\n{signed(place)}"


def signed(place: Place) -> str:
    return text([*(f"-{line}" for line in place.old), *(f"+{line}" for line in place.new)])


FORMATS = (search_replace, unified_diff, git_diff, unnumbered_diff, patch_envelope, json_edits)
