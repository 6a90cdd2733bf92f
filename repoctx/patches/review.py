"""A review without a screen: what a person decides about each hunk, and what comes of it.

The terminal, the TUI and editors only draw this. Nothing is accepted until it is, and a file with
flags is never accepted along with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from repoctx.errors import UsageError
from repoctx.patches.edits import ChangeSet, FileChange
from repoctx.patches.hunks import CONTEXT, Hunk, hunks, parts_of
from repoctx.patches.selection import rebuilt, select_hunks
from repoctx.patches.unified import unified

__all__ = ["Decision", "Hunk", "Review", "hunks", "select_hunks", "unified"]

Decision: TypeAlias = bool | str
"""Accepted, rejected, or accepted with this text in place of the hunk's new lines."""

_Decisions: TypeAlias = Mapping[tuple[str, int], Decision]


@dataclass(frozen=True, slots=True)
class Review:
    """A change set and the decisions made so far; each decision gives a new review."""

    changes: ChangeSet
    decisions: _Decisions = field(default_factory=lambda: MappingProxyType({}))
    """By path and hunk; a hunk that is missing is undecided."""
    starts: Mapping[str, frozenset[int]] = field(default_factory=lambda: MappingProxyType({}))
    """By path the stretches of changed lines that begin a hunk because one was split."""

    _hunks: dict[tuple[str, frozenset[int]], tuple[Hunk, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was computed once, shared with the reviews that are made from this one."""

    def hunks(self, path: str) -> tuple[Hunk, ...]:
        """Return a file's hunks, as they are counted here; UsageError for another file."""
        starts = self.starts.get(path, frozenset())
        if (path, starts) not in self._hunks:
            self._hunks[path, starts] = hunks(self._change(path), starts=starts)
        return self._hunks[path, starts]

    def only(self, path: str) -> Review:
        """Return the review of one file of the change."""
        return replace(self, changes=ChangeSet((self._change(path),)))

    def split(self, path: str, hunk: int) -> Review:
        """Part a hunk where unchanged lines stand in it; a decision about it holds for each part.

        A text of the person's own is forgotten. UsageError for a hunk that has no such place.
        """
        change, starts = self._change(path), self.starts.get(path, frozenset())
        parts = parts_of(change, CONTEXT, starts)
        blocks = len(parts[hunk].blocks) if 0 <= hunk < len(parts) else 0
        if blocks < 2:
            raise UsageError(
                f"{path}: this hunk cannot be split", "accept it, reject it or edit it"
            )
        first = sum(len(part.blocks) for part in parts[:hunk])
        moved: dict[tuple[str, int], Decision] = {}
        for (name, number), decision in self.decisions.items():
            if name != path or number < hunk:
                moved[name, number] = decision
            elif number > hunk:
                moved[name, number + blocks - 1] = decision
            elif not isinstance(decision, str):
                moved |= {(name, number + at): decision for at in range(blocks)}
        more = starts | frozenset(range(first + 1, first + blocks))
        return replace(
            self,
            decisions=MappingProxyType(moved),
            starts=MappingProxyType({**self.starts, path: more}),
        )

    def accept(self, path: str, hunk: int | None = None) -> Review:
        """Accept one hunk of a file, or all of them; UsageError when there is none such."""
        return self._decided(path, hunk, True)

    def reject(self, path: str, hunk: int | None = None) -> Review:
        """Reject one hunk of a file, or all of them; UsageError when there is none such."""
        return self._decided(path, hunk, False)

    def edit(self, path: str, hunk: int, text: str) -> Review:
        """Accept a hunk with ``text`` in place of its new lines, context included.

        Raises EditError for a hunk that has no text, ConflictError for a character that the
        file's encoding does not have.
        """
        rebuilt(self._change(path), {hunk: text}, starts=self.starts.get(path, ()))
        return self._decided(path, hunk, text)

    def accept_rest(self, *, flagged: bool = False) -> Review:
        """Accept what is undecided; files with flags only when ``flagged`` says so."""
        return self._decide_rest(
            (c for c in self.changes.files if flagged or not c.flags), decision=True
        )

    def reject_rest(self) -> Review:
        """Reject what is undecided."""
        return self._decide_rest(self.changes.files, decision=False)

    def decision(self, path: str, hunk: int) -> Decision | None:
        """Return what was decided, None when nothing was."""
        return self.decisions.get((path, hunk))

    def undecided(self) -> tuple[tuple[str, int], ...]:
        """Return path and number of each hunk that waits for a decision, in order."""
        every = ((c.path, n) for c in self.changes.files for n in range(len(self.hunks(c.path))))
        return tuple(place for place in every if place not in self.decisions)

    def result(self) -> ChangeSet:
        """Return what is accepted, which may be nothing; conflicts are left behind."""
        kept = (self._result(change) for change in self.changes.files)
        return ChangeSet(tuple(change for change in kept if change is not None))

    def _result(self, change: FileChange) -> FileChange | None:
        accepted: dict[int, str | None] = {}
        for number in range(len(self.hunks(change.path))):
            decision = self.decision(change.path, number)
            if decision is not None and decision is not False:
                accepted[number] = None if decision is True else decision
        return rebuilt(change, accepted, starts=self.starts.get(change.path, ()))

    def _decided(self, path: str, hunk: int | None, decision: Decision) -> Review:
        count = len(self.hunks(path))
        if hunk is not None and not 0 <= hunk < count:
            raise UsageError(f"{path} has no hunk {hunk}", f"count from 0 to {count - 1}")
        numbers = range(count) if hunk is None else (hunk,)
        return self._with((path, number, decision) for number in numbers)

    def _decide_rest(self, files: Iterable[FileChange], decision: bool) -> Review:
        paths = {change.path for change in files}
        return self._with((p, n, decision) for p, n in self.undecided() if p in paths)

    def _with(self, decided: Iterable[tuple[str, int, Decision]]) -> Review:
        more = {(path, number): decision for path, number, decision in decided}
        return replace(self, decisions=MappingProxyType({**self.decisions, **more}))

    def _change(self, path: str) -> FileChange:
        for change in self.changes.files:
            if change.path == path:
                return change
        raise UsageError(f"{path} is not part of the change", "name one of its files")
