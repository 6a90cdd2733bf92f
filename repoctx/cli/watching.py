"""``repoctx pack --watch``: keep a pack up to date until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from repoctx.cli.narrator import Narrator
from repoctx.errors import CancelledError, RepoctxError, UsageError

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.snapshot import Omission, Snapshot, SourceFile
    from repoctx.project import Project
    from repoctx.watch import Watcher

Build: TypeAlias = "Callable[[Snapshot, Index], Pack]"
Write: TypeAlias = "Callable[[Pack], None]"

_FIRST_TRIES = 3
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before a pack that failed is tried again, though nothing else changes; then the last."""


def check_options(output: str | None, **others: object) -> Path:
    """Return the file to keep up to date; UsageError for other options that are given."""
    if output is None or output == "-":
        raise UsageError("--watch needs a file", "repoctx pack --watch -o context.xml")
    for option, given in others.items():
        if given:
            raise UsageError(f"--watch does not go with --{option}", "leave one of them out")
    file = Path(output)
    if file.exists() and not file.is_file():
        raise UsageError(f"--watch needs a regular file, and {output} is none")
    return file


def keep_packed(
    project: Project, outputs: Sequence[Path], build: Build, write: Write, narrator: Narrator
) -> NoReturn:
    """Pack, and again whenever that changes what the pack says; never returns.

    ``write`` replaces the ``outputs``, the first of which is the pack itself. Once there is a
    first pack, a failure is told and tried again. Raises RepoctxError when the repository is gone.
    """
    with project.watch() as watcher:
        keeper = _Keeper(project, outputs, build, write, narrator)
        keeper.begin()
        narrator.note("watching for changes; Ctrl-C ends it")
        note, failures = "", 0
        while True:
            if watcher.note != note:
                note = watcher.note
                narrator.warn(note or "changes are noticed at once again")
            _await_change(watcher, failures)
            failures = 0 if keeper.renew() else failures + 1


def _await_change(watcher: Watcher, failures: int) -> None:
    """Return when there is something to do: a change, or a pack that failed and has had a rest."""
    pause = _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else None
    if watcher.wait(pause) is None and pause is None:
        raise CancelledError("watching was stopped")


@dataclass(frozen=True, slots=True)
class _Source:
    """What a pack is made from."""

    files: tuple[SourceFile, ...]
    omitted: tuple[Omission, ...]
    head: str | None
    """The commit, on which relevance to a question depends."""


class _Keeper:
    """Writes a pack when it would differ from the one before."""

    def __init__(
        self,
        project: Project,
        outputs: Sequence[Path],
        build: Build,
        write: Write,
        narrator: Narrator,
    ) -> None:
        self._project = project
        self._outputs = outputs
        self._build = build
        self._write = write
        self._narrator = narrator
        self._source: _Source | None = None
        self._tokens = 0
        self._complaint = ""

    def begin(self) -> None:
        """Write the first pack; a file that changes meanwhile is met by another try."""
        for left in reversed(range(_FIRST_TRIES)):
            try:
                return self._pack()
            except RepoctxError as error:
                if error.exit_code != RepoctxError.exit_code or not left:
                    raise
                time.sleep(_PAUSES[0])
        return None

    def renew(self) -> bool:
        """Bring the file up to date; False, and the reason is told once, when that fails."""
        try:
            self._pack()
        except (RepoctxError, OSError) as error:
            complaint = f"{self._outputs[0]} is kept as it was: {_message(error)}"
            if complaint != self._complaint:
                self._narrator.warn(complaint)
            self._complaint = complaint
            return False
        self._complaint = ""
        return True

    def _pack(self) -> None:
        with self._project.opened() as (walked, index), closing(self._kept(walked)) as snapshot:
            head = snapshot.repository.head() if snapshot.repository else None
            source = _Source(snapshot.files, snapshot.omitted, head)
            if source == self._source and self._outputs[0].exists():
                return
            packed = self._build(snapshot, index)
            self._write(packed)
        self._narrate(source, packed)
        self._source, self._tokens = source, packed.tokens

    def _kept(self, snapshot: Snapshot) -> Snapshot:
        """Leave out what is written here: else each pack would hold the one before."""
        own = {f"{path.parent.resolve()}/{path.name}" for path in self._outputs}
        files = tuple(f for f in snapshot.files if f"{snapshot.root}/{f.path}" not in own)
        return replace(snapshot, files=files)

    def _narrate(self, source: _Source, packed: Pack) -> None:
        total = f"{packed.tokens:,} tokens ({packed.encoding})"
        if self._source is None:
            self._narrator.note(f"{sum(packed.levels.values()):,} files, {total}")
            return
        changed = _changed(self._source.files, source.files)
        files = f"{changed:,} file{'' if changed == 1 else 's'} changed"
        more = packed.tokens - self._tokens
        if not changed and not more:
            return
        difference = f"{abs(more):,} tokens {'more' if more > 0 else 'fewer'}"
        self._narrator.note(f"{files}, {difference if more else 'as many tokens'}: {total}")


def _changed(before: Sequence[SourceFile], after: Sequence[SourceFile]) -> int:
    """Return how many paths are new, gone, or have another content or mode."""
    old = {file.path: file for file in before}
    new = {file.path: file for file in after}
    return sum(old.get(path) != new.get(path) for path in old.keys() | new.keys())


def _message(error: RepoctxError | OSError) -> str:
    return error.message if isinstance(error, RepoctxError) else str(error.strerror or error)
