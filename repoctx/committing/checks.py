"""Whether a change can be committed as it is, and nothing else with it; each no has its reason."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from repoctx.committing.footprint import Footprint, Trace
from repoctx.errors import RefusedError
from repoctx.files import blob_id
from repoctx.git import Committer, Programs, Version
from repoctx.git import Entry as Staged
from repoctx.patches.edits import SYMLINK, EditError, FileState
from repoctx.patches.images import read_state

Hooks: TypeAlias = Literal["refuse", "run", "skip"]
"""What becomes of the programs that a commit would run."""

_SHOWN = 3
"""Files that a message names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A footprint that may be committed."""

    footprint: Footprint
    committer: Committer
    files: Files
    branch: str
    """Empty when HEAD is detached."""
    skipped: tuple[str, ...] = ()
    """Programs that this commit leaves out, in words."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files, from the top of the repository."""
        return tuple(self.footprint.traces)


def checked(footprint: Footprint, hooks: Hooks) -> Ready:
    """Return the footprint with what its commit needs; RefusedError says why there can be none."""
    committer = Committer(footprint.repository, typed=hooks == "run")
    if operation := committer.operation():
        raise _refused(footprint, f"{operation} is in progress", "finish it, then commit by hand")
    if reason := committer.identity_missing():
        raise _refused(
            footprint,
            f"git does not know who you are: {reason}",
            'git config --global user.name "…"; git config --global user.email "…"',
        )
    found = committer.programs(footprint.traces)
    _check_programs(footprint, found, hooks)
    return replace(_with_files(footprint, committer), skipped=_skipped(found, hooks))


def by_hand(footprint: Footprint) -> str:
    """Return the commands that commit these files."""
    paths = list(footprint.traces)
    new = [path for path, trace in footprint.traces.items() if trace.before is None]
    add = f"git add -N -- {_arguments(new)} && " if new else ""
    return f"{add}git commit -- {_arguments(paths)}"


def _arguments(paths: list[str]) -> str:
    more = " …" if len(paths) > _SHOWN * 2 else ""
    return " ".join(map(shlex.quote, paths[: _SHOWN * 2])) + more


def _refused(footprint: Footprint, reason: str, hint: str = "") -> RefusedError:
    where = f"in {footprint.label} " if footprint.label else ""
    return RefusedError(
        f"the change is applied but not committed: {where}{reason}", hint or by_hand(footprint)
    )


# Programs


def _check_programs(footprint: Footprint, found: Programs, hooks: Hooks) -> None:
    if hooks == "run" or not found:
        return
    way_out = f"{by_hand(footprint)}, or --commit-hooks run"
    if found.filters:  # without its filter another content would be stored than the person means
        path, driver = found.filters[0]
        raise _refused(footprint, f"a program of git's ({driver}) stores {path}", way_out)
    if hooks == "refuse":
        raise _refused(footprint, f"this repository {_in_words(found)}", way_out)


def _in_words(found: Programs) -> str:
    said = [f"runs hooks on commit ({', '.join(found.hooks)})"] if found.hooks else []
    return " and ".join([*said, "signs commits"] if found.signs else said)


def _skipped(found: Programs, hooks: Hooks) -> tuple[str, ...]:
    if hooks == "run":
        return ()
    return (*found.hooks, *(("signature",) if found.signs else ()))


# Files


def _with_files(footprint: Footprint, committer: Committer) -> Ready:
    traces, paths = footprint.traces, tuple(footprint.traces)
    committed = committer.versions(committer.repository.head(), paths)
    staged = committer.staged(paths)
    files = Files(committer)
    for path, trace in traces.items():
        if reason := files.objection(path, trace, committed.get(path), staged.get(path, [])):
            hint = f"look at `git diff HEAD`, then {by_hand(footprint)}"
            raise _refused(footprint, f"{path} {reason}", hint)
    new = [path for path in paths if path not in committed and traces[path].after]
    if ignored := committer.ignored(new):
        hint = f"git add -f -- {_arguments(ignored)}"
        raise _refused(footprint, f"git ignores {_named(ignored)}", hint)
    if all(files.are_as(path, traces[path].after, committed.get(path)) for path in paths):
        raise _refused(footprint, "git sees no difference in it", "`git diff HEAD` shows none")
    return Ready(footprint, committer, files, committer.branch())


def _named(paths: list[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


class Files:
    """Compares files with what git has of them."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer

    def objection(
        self, path: str, trace: Trace, committed: Version | None, staged: list[Staged]
    ) -> str:
        """Return why a commit of this file would hold more than the change; empty when not."""
        in_index = [(entry.mode, entry.blob) for entry in staged]
        if any(entry.stage for entry in staged):
            return "is in conflict"
        if any(entry.sparse for entry in staged):
            return "is left out of this sparse checkout"
        if in_index != ([committed] if committed else []):
            return "was staged before with other content"
        if trace.before is not None and committed is None:
            return "was not in git before"
        if not self.are_as(path, trace.before, committed):
            return "had edits of yours before that are not committed"
        if trace.edited_between or not self.on_disk(path, trace.after):
            return "was edited after the change was applied"
        return ""

    def are_as(self, path: str, state: FileState | None, version: Version | None) -> bool:
        """True when git holds this state of a file, with the line ends that it stores."""
        if state is None or version is None:
            return state is None and version is None
        mode, blob = version
        if mode != state.mode and (self._committer.keeps_modes or SYMLINK in (mode, state.mode)):
            return False
        if blob == blob_id(state.content, self._committer.repository.object_format):
            return True
        return mode != SYMLINK and blob == self._committer.stored(path, state.content)

    def on_disk(self, path: str, state: FileState | None) -> bool:
        """True when the file is just so in the working tree."""
        try:
            return read_state(self._committer.root, path) == state
        except EditError:  # a folder or a FIFO took its place
            return False
