"""Deciding on a change at the terminal, file by file and hunk by hunk, as ``git add -p`` does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from repoctx.cli.narrator import Narrator
from repoctx.errors import RefusedError
from repoctx.patches.edits import ChangeSet, FileChange
from repoctx.patches.review import Review, hunks, unified

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
    review = Review(changes)
    with suppress(_Quit):
        for change in changes.files:
            if any(path == change.path for path, _ in review.undecided()):
                review = _decide_file(narrator, review, change)
    return review.result()


def _decide_file(narrator: Narrator, review: Review, change: FileChange) -> Review:
    narrator.diff(unified(change))
    for flag in change.flags:
        narrator.warn(f"  careful: {flag}")
    single = len(hunks(change)) < 2
    while True:
        answer = narrator.ask(f"{change.kind} {change.path}? [y,n,h,a,q,?]").lower()
        if answer == "y":
            return review.accept(change.path)
        if answer == "a":
            return review.accept(change.path).accept_rest()
        if answer == "n":
            return review.reject(change.path)
        if answer in ("q", ""):
            raise _Quit
        if answer == "h" and not single:
            return _decide_hunks(narrator, review, change)
        narrator.note(_FILE_HELP if answer != "h" else "this file has a single hunk: y or n")


def _decide_hunks(narrator: Narrator, review: Review, change: FileChange) -> Review:
    parts, path = hunks(change), change.path
    for number, hunk in enumerate(parts):
        narrator.diff(str(hunk))
        answer = ""
        while answer not in ("y", "n", "a", "d"):
            answer = narrator.ask(f"hunk {number + 1} of {len(parts)}? [y,n,a,d,?]").lower()
            if answer not in ("y", "n", "a", "d"):
                narrator.note(_HUNK_HELP)
        decide = review.accept if answer in ("y", "a") else review.reject
        review = decide(path, number)
        if answer in ("a", "d"):
            for rest in range(number + 1, len(parts)):
                review = review.accept(path, rest) if answer == "a" else review.reject(path, rest)
            break
    return review
