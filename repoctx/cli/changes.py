"""``repoctx apply``, ``undo``, ``redo`` and ``log``: replies onto the tree, and back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repoctx.cli.drawing import say_committed
from repoctx.cli.narrator import Narrator
from repoctx.cli.options import (
    Commit,
    CommitHooks,
    Directories,
    Directory,
    Json,
    open_project,
    print_json,
)
from repoctx.errors import RepoctxError, UsageError
from repoctx.terminal import counted

if TYPE_CHECKING:
    from repoctx.events import Committed
    from repoctx.patches.edits import ChangeSet
    from repoctx.patches.history import Entry
    from repoctx.project import Project

APPLY_SCHEMA = "repoctx.apply/1"
HISTORY_SCHEMA = "repoctx.history/1"


def apply(
    file: Annotated[str, typer.Argument(help="A saved reply, or - for standard input.")] = "-",
    directory: Directories = None,
    path_hint: Annotated[
        str, typer.Option(help="The file that a reply which names none speaks of.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the change, write nothing.")] = (
        False
    ),
    review: Annotated[bool, typer.Option("--review", help="Decide hunk by hunk.")] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Apply the edits that fit, leave the others.")
    ] = False,
    allow_flagged: Annotated[
        bool, typer.Option("--allow-flagged", help="Also write files that can run code.")
    ] = False,
    commit: Commit = False,
    commit_hooks: CommitHooks = None,
    as_json: Json = False,
) -> int:
    """Apply a reply that was saved from anywhere: all of it, or nothing."""
    if commit and dry_run:
        raise UsageError("--commit and --dry-run exclude each other", "give one of them")
    project = open_project(directory, commit_hooks=commit_hooks)
    if commit:
        project.check_versioned()
    narrator = Narrator()
    reviewed = _reviewer(narrator) if review else None
    _recover(project, narrator)
    changes = project.plan(_reply(file), path_hint)
    if partial and changes.files:
        changes = replace(changes, conflicts=())
    if not as_json or reviewed is not None:
        _show(narrator, changes if reviewed is None else replace(changes, files=()))
    if reviewed is not None and changes.conflicts and _rest_is_wanted(narrator, changes):
        changes = replace(changes, conflicts=())
    if changes.is_empty or changes.conflicts:
        return _nothing(changes, as_json, narrator)
    if reviewed is not None:
        changes = reviewed(changes)
    elif not dry_run:
        refuse_flagged(changes, allow_flagged)
    entry = None
    if not dry_run and changes.files:
        entry = project.apply(changes, note=f"apply {file}")
    outcome = _Outcome(changes, entry)
    if entry and commit:
        outcome = _committed(project, outcome, file, narrator)
    _report(outcome, as_json, narrator, project.way_back())
    if outcome.uncommitted is not None:
        raise outcome.uncommitted
    return 0


def undo(
    entry: Annotated[str | None, typer.Argument(help="A change's id from `repoctx log`.")] = None,
    directory: Directories = None,
    count: Annotated[int, typer.Option(min=1, help="Take back this many changes.")] = 1,
    as_json: Json = False,
) -> int:
    """Take back the last applied change; what you edited since is kept."""
    return _again(directory, count, as_json, "undone", lambda project: project.undo(entry))


def redo(
    directory: Directory = Path("."),
    count: Annotated[int, typer.Option(min=1, help="Apply this many again.")] = 1,
    as_json: Json = False,
) -> int:
    """Apply again what was undone last."""
    return _again(directory, count, as_json, "applied again", lambda project: project.redo())


def log(directory: Directory = Path("."), as_json: Json = False) -> int:
    """List the applied changes, newest first."""
    project = open_project(directory)
    entries, lost = project.log(), project.unreadable()
    for line in lost:
        Narrator().warn(line)
    if as_json:
        print_json({"schema": HISTORY_SCHEMA, "entries": [_entry_json(e) for e in entries]})
        return 0
    from repoctx.terminal import one_line

    for entry in entries:
        state = " (undone)" if entry.undone else ""
        names = ", ".join(file.path for file in entry.files)
        line = f"{entry.id}  {_when(entry.time)}  {entry.note[:60]}{state}  [{names}]"
        sys.stdout.write(one_line(line) + "\n")
    if not entries and not lost:
        Narrator().note("nothing was applied yet")
    return 0


def refuse_flagged(changes: ChangeSet, allowed: bool) -> None:
    """Raise RefusedError for a file that can run code, unless the person allowed those."""
    from repoctx.patches import consent

    if not allowed:
        consent.refuse_flagged(changes, "look at it with --review, or add --allow-flagged")


def _reply(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror}", "name a file that holds a reply, or -"
        ) from None
    return content.decode("utf-8", "surrogateescape")


def _reviewer(narrator: Narrator) -> Callable[[ChangeSet], ChangeSet]:
    from repoctx.cli.review import review_on_terminal

    return review_on_terminal(narrator)


def _rest_is_wanted(narrator: Narrator, changes: ChangeSet) -> bool:
    """Ask whether the edits that fit shall be reviewed although others do not."""
    from repoctx.cli.review import asked

    if not changes.files:
        return False
    misfits = counted(len(changes.conflicts), "edit")
    rest = counted(len(changes.files), "file")
    question = f"{misfits} cannot be made; review what fits, in {rest}? [y/N]"
    return asked(narrator, question).lower() in ("y", "yes")


def _recover(project: Project, narrator: Narrator) -> None:
    if writer := project.writer():
        narrator.note(f"{writer} is writing to this repository; waiting")
    if mended := project.recover():
        narrator.warn(mended)


def _show(narrator: Narrator, changes: ChangeSet) -> None:
    from repoctx.patches.review import unified

    for change in changes.files:
        narrator.diff(unified(change))
        for flag in change.flags:
            narrator.warn(f"  careful: {change.path}: {flag}")
    for conflict in changes.conflicts:
        narrator.error(f"{conflict.path or 'no file named'}: {conflict.reason}", conflict.hint)
        narrator.diff(conflict.detail)


def _nothing(changes: ChangeSet, as_json: bool, narrator: Narrator) -> int:
    status, code = ("conflict", 3) if changes.conflicts else ("empty", 2)
    if as_json:
        print_json(_apply_json(status, _Outcome(changes)))
    elif changes.conflicts:
        narrator.say("nothing was written", "bold")
    else:
        narrator.error("the reply holds no edits", "save the model's whole answer")
    return code


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a reply."""

    changes: ChangeSet
    entry: Entry | None = None
    """None when nothing was written."""
    commits: tuple[Committed, ...] = ()
    uncommitted: RepoctxError | None = None
    """Why a commit that was asked for was not made."""


def _committed(project: Project, outcome: _Outcome, file: str, narrator: Narrator) -> _Outcome:
    name = "a reply" if file == "-" else Path(file).name
    commits: list[Committed] = []
    try:
        for made in project.commit(
            [outcome.changes], f"Apply {name}", on_line=lambda line: narrator.note(f"  {line}")
        ):
            commits.append(made)
    except RepoctxError as error:
        return replace(outcome, commits=tuple(commits), uncommitted=error)
    return replace(outcome, commits=tuple(commits))


def _report(outcome: _Outcome, as_json: bool, narrator: Narrator, way_back: str) -> None:
    if as_json:
        print_json(_apply_json("applied" if outcome.entry else "dry-run", outcome))
    elif outcome.entry is None:
        narrator.say("nothing was written", "bold")
    else:
        files = counted(len(outcome.changes.files), "file")
        narrator.say(f"applied to {files}; {way_back}", "bold green")
        for commit in outcome.commits:
            say_committed(narrator, commit)


def _apply_json(status: str, outcome: _Outcome) -> dict[str, Any]:
    changes, entry, failure = outcome.changes, outcome.entry, outcome.uncommitted
    return {
        "schema": APPLY_SCHEMA,
        "status": status,
        "entry": entry.id if entry else None,
        "commit": [asdict(commit) for commit in outcome.commits],
        "commit_error": {"message": failure.message, "hint": failure.hint} if failure else None,
        "files": [
            {"path": c.path, "kind": c.kind, "old_path": c.old_path, "flags": list(c.flags)}
            for c in changes.files
        ],
        "conflicts": [
            {"path": c.path, "reason": c.reason, "hint": c.hint, "detail": c.detail}
            for c in changes.conflicts
        ],
    }


def _again(
    directory: Path | list[str] | None,
    count: int,
    as_json: bool,
    word: str,
    step: Callable[[Project], Entry],
) -> int:
    project, narrator = open_project(directory), Narrator()
    _recover(project, narrator)
    for _ in range(count):
        entry = step(project)
        if as_json:
            print_json({"schema": HISTORY_SCHEMA, "status": word, **_entry_json(entry)})
        else:
            names = ", ".join(file.path for file in entry.files)
            narrator.say(f"{word}: {entry.note[:60] or entry.id} [{names}]", "green")
    return 0


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "time": entry.time,
        "note": entry.note,
        "undone": entry.undone,
        "files": [{"path": file.path, "kind": file.kind} for file in entry.files],
    }


def _when(seconds: float) -> str:
    import datetime

    return datetime.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
