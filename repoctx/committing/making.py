"""Make the commits of a change, one in each repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence

from repoctx.committing.checks import Hooks, Ready, by_hand, checked
from repoctx.committing.footprint import footprints, traces_of
from repoctx.errors import RefusedError, RepoctxError, UsageError
from repoctx.events import Committed
from repoctx.git import GitError, OnLine, find_repository
from repoctx.patches.edits import ChangeSet
from repoctx.roots import Root


def check_versioned(roots: Iterable[Root]) -> None:
    """Raise UsageError when no root lies in a git repository, so that nothing can be committed."""
    for root in roots:
        if find_repository(root.path) is not None:
            return
    raise UsageError("--commit needs a git repository", "leave it out, or run `git init` first")


def commit_changes(
    roots: Sequence[Root],
    changes: Iterable[ChangeSet],
    message: str,
    hooks: Hooks = "refuse",
    on_line: OnLine | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[Committed, None, None]:
    """Commit applied changes, those of several rounds as one; yield each commit that is made.

    ``on_line`` gets what hooks write. Raises RefusedError, before any commit is made, when one
    would hold more or less than the change or would leave out a hook, and RepoctxError when git or
    a hook says no. The change stays applied in each case.
    """
    places, outside = footprints(roots, traces_of(changes))
    if outside:
        raise RefusedError(
            f"the change is applied but not committed: {outside[0]} is in no git repository"
        )
    for ready in [checked(place, hooks) for place in places]:
        yield _made(ready, message, on_line, cancelled)


def _made(
    ready: Ready, message: str, on_line: OnLine | None, cancelled: Callable[[], bool] | None
) -> Committed:
    committer, label = ready.committer, ready.footprint.label
    try:
        commit = committer.commit(ready.paths, message, on_line, cancelled)
    except GitError as error:
        raise _failed(ready, error.complaint) from error
    return Committed(
        commit,
        tuple(label + path for path in ready.paths),
        committer.message(commit),
        os.fspath(committer.root),
        ready.branch,
        ready.skipped,
        tuple(label + path for path in _altered(ready, commit)),
    )


def _failed(ready: Ready, complaint: str) -> RepoctxError:
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    reason = lines[-1] if lines else "a hook said no, without a word"
    hint = by_hand(ready.footprint)
    if any("index.lock" in line for line in lines):
        reason = "another git process is at work there (.git/index.lock)"
        hint = f"when it is done: {hint}"
    where = f"in {ready.footprint.label} " if ready.footprint.label else ""
    if changed := [path for path in ready.paths if _is_edited(ready, path)]:
        reason += f"; the hooks changed {', '.join(changed[:3])}"
    return RepoctxError(f"the change is applied but not committed: {where}{reason}", hint)


def _is_edited(ready: Ready, path: str) -> bool:
    return not ready.files.on_disk(path, ready.footprint.traces[path].after)


def _altered(ready: Ready, commit: str) -> list[str]:
    """Return the files that are not as reviewed, in the commit or on disk."""
    traces, committed = ready.footprint.traces, ready.committer.versions(commit, ready.paths)
    odd = [path for path in ready.committer.changed(commit) if path not in traces]
    for path in ready.paths:
        after = traces[path].after
        is_reviewed = ready.files.are_as(path, after, committed.get(path))
        if not is_reviewed or not ready.files.on_disk(path, after):
            odd.append(path)
    return odd
