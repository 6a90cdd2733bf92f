"""Read ignore files in git's syntax, for folders outside git and for .repoctxignore."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from repoctx.errors import RefusedError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_LARGEST = 1 << 20
_MOST_STARS = 2


class Rules:
    """The patterns of one ignore file, about paths relative to its folder."""

    def __init__(self, name: str, content: bytes) -> None:
        """Parse the file; ``name`` is for messages. RefusedError when it would be slow to use.

        Lines that git cannot read as patterns match nothing, as in git.
        """
        if len(content) > _LARGEST:
            raise RefusedError(f"{name} is larger than {_LARGEST >> 20} MiB")
        lines = os.fsdecode(content.removeprefix(b"\xef\xbb\xbf")).split("\n")
        self._spec = _spec(name, lines)

    def verdict(self, path: str, *, is_folder: bool = False) -> bool | None:
        """True when the path is ignored, False when a ``!`` pattern keeps it, None for neither.

        A pattern for a folder also speaks for all that is in it.
        """
        return self._spec.check_file(path + "/" if is_folder else path).include


def _spec(name: str, lines: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    patterns = [p for number, line in enumerate(lines, 1) if (p := _pattern(name, number, line))]
    # Other engines that happen to be installed read some patterns differently.
    return GitIgnoreSpec(patterns, backend="simple")


def _pattern(name: str, number: int, line: str) -> GitIgnoreSpecPattern | None:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    if line.startswith("#") or not line.strip():
        return None
    if _is_slow(line):
        raise RefusedError(
            f"line {number} of {name} has too many wildcards",
            f"use at most {_MOST_STARS} stars in each part of a path",
        )
    try:
        return GitIgnoreSpecPattern(line)
    except (ValueError, re.error):
        return None


def _is_slow(line: str) -> bool:
    """True when matching could take more than quadratic time in the length of a name.

    pathspec turns each star into a loop of a backtracking regular expression. ``*a*a*a*b`` took
    0.09 s on one name of 200 letters, and a hostile folder can hold many of both.
    """
    parts = line.split("/")
    inner = sum("**" in part for part in parts[1:-1])
    return inner > 1 or any(len(re.findall(r"\*+", part)) > _MOST_STARS for part in parts)
