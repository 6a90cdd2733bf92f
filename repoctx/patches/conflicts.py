"""Say why an edit cannot be made, and what is nearest to what it wants, within bounded time."""

from __future__ import annotations

from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.patches.edits import EditConflict, EditError, Replacement
from repoctx.patches.matching.keys import stripped, without_trailing_space
from repoctx.patches.matching.lines import Key, Lines, line_texts
from repoctx.patches.matching.misfit import MisfitError, NotFoundError
from repoctx.patches.matching.nearest import existing_paths, nearest_lines, nearest_paths
from repoctx.patches.tree import Draft

_MOST_SEARCHES = 20
"""Conflicts of one plan for which what is nearest is looked for; the rest are told without."""


class Conflicts:
    """Turns errors into conflicts."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._left = _MOST_SEARCHES
        self._paths: list[str] | None = None
        self._lines: tuple[str, Lines] | None = None

    def of(self, path: str, error: RepoctxError, part: str = "") -> EditConflict:
        """Return the conflict of any error; ``part`` says which part of an edit it is about."""
        detail = error.detail if isinstance(error, MisfitError) else ""
        return EditConflict(path, part + error.message, error.hint, detail)

    def of_replacement(
        self, path: str, draft: Draft, change: Replacement, error: MisfitError, part: str
    ) -> EditConflict:
        """Return the conflict of text that has no place, with what the file has instead."""
        if not isinstance(error, NotFoundError) or draft.lines is None or self._left <= 0:
            return self.of(path, error, part)
        self._left -= 1
        search, replace = line_texts(change.search), line_texts(change.replace)
        detail = nearest_lines(draft.lines, search)
        reason, hint = error.message, error.hint
        if is_needless := _has(draft.lines, replace):
            hint = "the new text is in the file already; leave this edit out"
        elif _has(draft.lines, search):
            reason = "the SEARCH lines are in the file, but indented in another way"
        elif _has(self._original(draft), search, without_trailing_space):
            reason = "the SEARCH text was in the file, but an earlier edit of this reply changed it"
            hint = "make one edit of those that touch the same lines"
        return EditConflict(path, part + reason, hint, detail, is_needless=is_needless)

    def _original(self, draft: Draft) -> Lines:
        """The lines before any edit, made once for all conflicts of a file."""
        if self._lines is None or self._lines[0] is not draft.original:
            self._lines = draft.original, Lines(draft.original)
        return self._lines[1]

    def missing(self, path: str) -> EditError:
        """Return the error of a file that does not exist, with names that may be meant."""
        hint = "name an existing file; to create one, leave the SEARCH text empty"
        if self._left > 0:
            self._left -= 1
            if self._paths is None:
                self._paths = existing_paths(self._root)
            if near := nearest_paths(self._paths, path):
                hint = f"is it {' or '.join(near)}?"
        return EditError(f"{path} does not exist", hint)


def _has(lines: Lines, texts: list[str], key: Key = stripped) -> bool:
    """True when these lines, not all blank, stand somewhere."""
    return any(text.strip() for text in texts) and lines.places(texts, key) != []
