"""Follow which file a reply is speaking of: the name above a block, or the one used last."""

from __future__ import annotations

import re

from repoctx.patches.formats.block import Fence, Opening, is_tag
from repoctx.patches.formats.names import bare_word, is_surely_path, mentioned_paths, path_line

_CITATION = re.compile(r":\d+(?:-\d+)?$")
_FARTHEST = 1
"""Blank lines that may stand between a name and its block."""


class Naming:
    """Sees every line of prose, and every block that ended."""

    def __init__(self, path_hint: str = "") -> None:
        self._hint = path_hint
        self._above = ""
        self._is_quoted = False
        """True when the line above stands in a code block."""
        self._gap = 0
        self._current = ""

    def see_line(self, line: str, *, quoted: bool) -> None:
        """Remember a line that may name the next block's file."""
        if not line.strip():
            self._gap += 1
        elif not is_tag(line):
            self._above, self._gap, self._is_quoted = line, 0, quoted
            path = "" if quoted else path_line(line)
            self._current = path if is_surely_path(path) else self._current

    def see_code_end(self) -> None:
        """A name above one code block is not the next one's."""
        if not self._is_quoted:
            self._above = ""

    def see_edit(self, path: str) -> None:
        """Remember the file of a block of edits."""
        self._above, self._gap = "", 0
        self._current = path or self._current

    def file_of(self, fence: Fence) -> str:
        """Return the file that a code block may hold as a whole; empty for none.

        ``src/a.py:12`` cites a line: what follows is quoted from there.
        """
        path = fence.path or ("" if self._is_quoted else self._name_above())
        return "" if _CITATION.search(path) else path

    def opening(self, number: int, fence: Fence | None) -> Opening:
        """Say which file an edit is about that begins at this line of the reply."""
        named = (fence.path if fence else "") or self._name_above()
        if named:
            return Opening(number, named, True, self._others(), fence=fence)
        path = self._current or self._hint
        if self._gap == 0 and (word := bare_word(self._above)):
            # Files such as ``configure`` exist; where this one does not, it was only a word.
            return Opening(number, word, False, self._others(path), fence=fence)
        mentioned = mentioned_paths(self._above) if self._gap <= _FARTHEST else []
        candidates = list(dict.fromkeys([*mentioned, path] if len(mentioned) == 1 else [path]))
        candidates = [name for name in candidates if name] or mentioned
        if len(candidates) > 1:
            unclear = f"it is not clear whether the edit is for {' or for '.join(candidates[:2])}"
            return Opening(number, unclear=unclear, fence=fence)
        return Opening(number, "".join(candidates), False, self._others(), fence=fence)

    def _name_above(self) -> str:
        return path_line(self._above) if self._gap <= _FARTHEST else ""

    def _others(self, *paths: str) -> tuple[str, ...]:
        return tuple(path for path in (*paths, self._hint) if path)


def names_file(line: str) -> bool:
    """True for a line that is nothing but a file's name."""
    return is_surely_path(path_line(line))
