"""Plan a reply: every edit against the files as they are, before one byte is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.patches.conflicts import Conflicts
from repoctx.patches.edits import ChangeSet, EditConflict, FileChange, FileEdit
from repoctx.patches.formats.unified_diff import NAME as DIFF
from repoctx.patches.making import Maker, Restore
from repoctx.patches.paths import normalise
from repoctx.patches.reply import Reply
from repoctx.patches.shown import AsTheyAre, Views
from repoctx.patches.tree import Tree

__all__ = ["Restore", "change_set", "plan", "plan_edits"]

_MOST_CONFLICTS = 100
"""Told in full; a reply may hold a problem in every line."""


def plan(
    root: Path, reply: Reply, restore: Restore | None = None, views: Views | None = None
) -> ChangeSet:
    """Return the change that the reply asks for; reads files beneath the root, writes nothing.

    The edits of one file are made in their order, each on the text that the earlier ones left. An
    edit that does not fit in exactly one way becomes a conflict beside the changes that do.
    ``restore`` puts secrets back into texts of the reply; it is given the path, that text and the
    file's text as it was shown. ``views`` knows the files that were not shown as they are.
    """
    files, conflicts = plan_edits(root, reply.edits, restore, views)
    return change_set(reply, files, conflicts)


def plan_edits(
    root: Path,
    edits: Sequence[FileEdit],
    restore: Restore | None = None,
    views: Views | None = None,
) -> tuple[list[FileChange], list[EditConflict]]:
    """Return what becomes of these edits alone; see ``plan``."""
    tree = Tree(root, views or AsTheyAre())
    edits = [_with_plain_paths(root, edit) for edit in edits]
    maker = Maker(tree, Conflicts(root), edits, restore or _unchanged)
    conflicts = [
        replace(conflict, number=edit.number, line=edit.line)
        for edit in edits
        for conflict in maker.make(edit)
    ]
    files: list[FileChange] = []
    for path, outcome in tree.changes():
        if isinstance(outcome, RepoctxError):
            conflicts.append(EditConflict(path, outcome.message, outcome.hint))
        else:
            files.append(outcome)
    return files, conflicts


def change_set(
    reply: Reply, files: Sequence[FileChange], conflicts: Sequence[EditConflict]
) -> ChangeSet:
    """Return the change that the reply asks for; one that changes nothing is a conflict."""
    told = [*reply.problems, *conflicts]
    more = len(told) - _MOST_CONFLICTS
    if more > 0:
        told[_MOST_CONFLICTS:] = [EditConflict("", f"and {more} more conflicts", "")]
    if reply.edits and not files and not told:
        told.append(_nothing(normalise(reply.edits[0].path)))
    return ChangeSet(tuple(files), tuple(told))


def _with_plain_paths(root: Path, edit: FileEdit) -> FileEdit:
    """Return the edit with paths relative to the root, ``./`` and doubled slashes taken out."""

    def plain(path: str) -> str:
        path = _relative(root, path)
        if "\\" in path and edit.format != DIFF and not os.path.lexists(root / path):
            path = path.replace("\\", "/")  # as on Windows; a diff says exactly what it means
        return normalise(path)

    return replace(
        edit,
        path=plain(edit.path),
        new_path=plain(edit.new_path),
        alternatives=tuple(map(plain, edit.alternatives)),
    )


def _relative(root: Path, path: str) -> str:
    """Tool calls name files by absolute paths; one beneath the root is as good as a relative."""
    for top in (str(root), os.path.realpath(root)):
        if path.startswith(top + "/"):
            return path[len(top) + 1 :]
    return path


def _unchanged(path: str, text: str, file_text: str) -> str:
    return text


def _nothing(path: str) -> EditConflict:
    return EditConflict(
        path,
        "the reply changes nothing: each edit puts back what is there already",
        "leave the edits out, or say what shall be different",
    )
