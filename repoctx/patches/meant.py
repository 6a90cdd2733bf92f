"""Say which file an edit means: by its names, and by the prefix of a diff that is none of them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from repoctx.patches.edits import EditError, FileEdit
from repoctx.patches.formats.unified_diff import NAME as DIFF
from repoctx.patches.tree import Tree

_PREFIXES = ("a/", "b/")


class Meaning:
    """Knows all edits of a reply: one that means a file by ``a/x`` says how the others read."""

    def __init__(self, tree: Tree, edits: Sequence[FileEdit]) -> None:
        self._tree = tree
        self._edits = edits
        self._is_prefixed: bool | None = None

    def path(self, edit: FileEdit) -> str:
        """Return the first of the edit's names that exists, else the first."""
        others = () if edit.action in ("create", "write") else edit.alternatives
        for name in (edit.path, *others):
            if self._exists(name):
                return name
        bare = self._bare(edit)
        is_meant = bare and (self._exists(bare) or self._reply_is_prefixed())
        return bare if is_meant else edit.path

    def _bare(self, edit: FileEdit) -> str:
        """The path without ``a/``, if there is no such folder; diffs have lost theirs already."""
        if edit.format == DIFF or not edit.path.startswith(_PREFIXES):
            return ""
        return "" if os.path.lexists(self._tree.root / edit.path[0]) else edit.path[2:]

    def _reply_is_prefixed(self) -> bool:
        """True when some edit is of a file that exists only without the prefix."""
        if self._is_prefixed is None:
            bare = (self._bare(edit) for edit in self._edits)
            self._is_prefixed = any(name and self._exists(name) for name in bare)
        return self._is_prefixed

    def _exists(self, path: str) -> bool:
        try:
            return self._tree.exists(path)
        except EditError:
            return False
