"""What a change, made in one go or in several rounds, leaves in each repository that it touches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from repoctx.git import Repository, find_repository
from repoctx.patches.edits import ChangeSet, FileState
from repoctx.roots import Root, root_with


@dataclass(slots=True)
class Trace:
    """One path before all rounds of a change and after them."""

    before: FileState | None
    after: FileState | None
    edited_between: bool = False
    """True when somebody else changed it between two rounds."""


@dataclass(slots=True)
class Footprint:
    """What a change leaves in one repository."""

    repository: Repository
    label: str
    """The prefix that its paths carry for the person: of a root, or of a folder in it."""
    traces: dict[str, Trace] = field(default_factory=dict)
    """By path from the top of the repository."""


def traces_of(changes: Iterable[ChangeSet]) -> dict[str, Trace]:
    """Return every path whose state differs after the changes, in the order of their names."""
    traces: dict[str, Trace] = {}
    for change_set in changes:
        for path, step in _steps(change_set).items():
            trace = traces.setdefault(path, step)
            if trace is not step:
                trace.edited_between |= trace.after != step.before
                trace.after = step.after
    return {path: traces[path] for path in sorted(traces) if _differs(traces[path])}


def _differs(trace: Trace) -> bool:
    return trace.before != trace.after or trace.edited_between


def _steps(changes: ChangeSet) -> dict[str, Trace]:
    """Take a change set apart by path: a rename leaves one path and fills another."""
    steps: dict[str, Trace] = {}
    for change in changes.files:
        if change.before is not None:
            steps.setdefault(
                change.old_path or change.path, Trace(None, None)
            ).before = change.before
        if change.after is not None:
            steps.setdefault(change.path, Trace(None, None)).after = change.after
    return steps


def footprints(
    roots: Sequence[Root], traces: dict[str, Trace]
) -> tuple[list[Footprint], list[str]]:
    """Return the footprint in each repository, and the paths that lie in none.

    A path belongs to the innermost repository that it lies in: a submodule's file to the submodule.
    """
    found: dict[Path, Footprint | None] = {}
    outside = []
    for path, trace in traces.items():
        root = root_with(roots, path) or roots[0]
        top = Path(os.path.realpath(root.path))
        file = top / path.removeprefix(root.prefix)
        mark = next((above for above in file.parents if os.path.lexists(above / ".git")), None)
        if mark is not None and mark not in found:
            repository = find_repository(mark)
            label = root.prefix + _between(top, mark)
            found[mark] = Footprint(repository, label) if repository else None
        footprint = found.get(mark) if mark else None
        if footprint is None:
            outside.append(path)
        else:
            inside = os.path.relpath(file, footprint.repository.root)
            footprint.traces[inside] = trace
    return list(_present(found.values())), outside


def _present(footprints: Iterable[Footprint | None]) -> Iterator[Footprint]:
    return (footprint for footprint in footprints if footprint is not None)


def _between(top: Path, folder: Path) -> str:
    """The way from a root down to a repository inside it; empty for the root and above."""
    if folder == top or top not in folder.parents:
        return ""
    return folder.relative_to(top).as_posix() + "/"
