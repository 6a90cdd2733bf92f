"""Deciding on a change at the terminal, file by file and hunk by hunk, as ``git add -p`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from repoctx.cli.narrator import Narrator
from repoctx.errors import RefusedError
from repoctx.patches.edits import ChangeSet, FileChange
from repoctx.patches.review import Hunk, hunks, select_hunks, unified

_FILE_HELP = (
    "y apply this file · n leave it · h decide hunk by hunk · a apply it and all the rest · "
    "q leave it and all the rest"
)
_HUNK_HELP = "y apply this hunk · n leave it · a this and the file's others · d none of the others"


class _Quit(Exception):  # noqa: N818 - a person's decision, not an error
    """The person wants none of the remaining files."""


def review_on_terminal(narrator: Narrator) -> Callable[[ChangeSet], ChangeSet]:
    """Return a review function that asks; raises RefusedError where nobody can be asked."""
    if not narrator.interactive:
        raise RefusedError(
            "a review needs a terminal", "use --apply to accept everything, or --dry-run"
        )
    return lambda changes: _review(narrator, changes)


def _review(narrator: Narrator, changes: ChangeSet) -> ChangeSet:
    accepted: list[FileChange] = []
    everything = False
    try:
        for change in changes.files:
            if everything and not change.flags:
                accepted.append(change)
                continue
            decided, everything = _decide_file(narrator, change, everything)
            if decided is not None:
                accepted.append(decided)
    except _Quit:
        pass
    return replace(changes, files=tuple(accepted))


def _decide_file(
    narrator: Narrator, change: FileChange, everything: bool
) -> tuple[FileChange | None, bool]:
    """Return what is accepted of the file, and whether the rest is accepted unseen."""
    narrator.diff(unified(change))
    for flag in change.flags:
        narrator.warn(f"  careful: {flag}")
    parts = hunks(change)
    while True:
        answer = narrator.ask(f"{change.kind} {change.path}? [y,n,h,a,q,?]").lower()
        if answer == "y":
            return change, everything
        if answer == "a":
            return change, True
        if answer == "n":
            return None, everything
        if answer in ("q", ""):
            raise _Quit
        if answer == "h" and len(parts) > 1:
            return _decide_hunks(narrator, change, parts), everything
        narrator.note(_FILE_HELP if answer != "h" else "this file has a single hunk: y or n")


def _decide_hunks(
    narrator: Narrator, change: FileChange, parts: tuple[Hunk, ...]
) -> FileChange | None:
    accepted: set[int] = set()
    for number, hunk in enumerate(parts):
        narrator.diff(str(hunk))
        answer = ""
        while answer not in ("y", "n", "a", "d"):
            answer = narrator.ask(f"hunk {number + 1} of {len(parts)}? [y,n,a,d,?]").lower()
            if answer not in ("y", "n", "a", "d"):
                narrator.note(_HUNK_HELP)
        if answer == "a":
            accepted.update(range(number, len(parts)))
        if answer in ("a", "d"):
            break
        if answer == "y":
            accepted.add(number)
    return select_hunks(change, accepted)
