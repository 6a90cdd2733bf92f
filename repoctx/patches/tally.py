"""How far a review is: hunks, lines and decisions counted, and the way back from a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from repoctx.patches.edits import FileChange
from repoctx.patches.review import Review
from repoctx.terminal import counted

Place: TypeAlias = tuple[str, int]
"""A path and the number of a hunk in it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A file's hunks and lines, and what was decided about them."""

    hunks: int
    accepted: int
    rejected: int
    added: int
    removed: int

    @property
    def open(self) -> int:
        """Hunks that wait for a decision."""
        return self.hunks - self.accepted - self.rejected

    @property
    def state(self) -> Literal["accepted", "rejected", "partly", "open"]:
        """The file in one word; partly, when its hunks are not all decided alike."""
        if self.open == self.hunks:
            return "open"
        if self.accepted == self.hunks:
            return "accepted"
        return "rejected" if self.rejected == self.hunks else "partly"


@dataclass(frozen=True, slots=True)
class Total:
    """All files together."""

    hunks: int
    accepted: int
    open: int
    files: int
    touched: int
    """Files of which something is accepted."""
    flagged: int

    def __str__(self) -> str:
        said = (
            f"{self.accepted:,} of {counted(self.hunks, 'hunk')} in "
            f"{self.touched:,} of {counted(self.files, 'file')} accepted"
        )
        rest = [f"{self.flagged:,} flagged"] if self.flagged else []
        rest += [f"{self.open:,} open"] if self.open else []
        return "; ".join(filter(None, (said, ", ".join(rest))))


class Deciding:
    """A review on its way: each decision can be taken back, and every count is at hand."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self._past: list[tuple[Review, Place | None]] = []
        self._tallies: dict[str, Tally] = {}
        self._numbers = {change.path: n for n, change in enumerate(review.changes.files)}

    @property
    def files(self) -> tuple[FileChange, ...]:
        """The files of the change."""
        return self.review.changes.files

    @property
    def is_begun(self) -> bool:
        """True when something was decided."""
        return bool(self.review.decisions)

    def decide(self, review: Review, at: Place | None = None) -> frozenset[str]:
        """Go on with a review made from this one; return the paths about which it decides."""
        before, after = self.review.decisions, review.decisions
        touched = {place[0] for place in after if before.get(place) != after[place]}
        if touched:
            self._past.append((self.review, at))
            self._go_to(review, touched)
        return frozenset(touched)

    def undo(self) -> tuple[frozenset[str], Place | None] | None:
        """Take the last decision back; return its paths and where it was made."""
        if not self._past:
            return None
        review, at = self._past.pop()
        after = self.review.decisions
        touched = {place[0] for place in after if review.decisions.get(place) != after[place]}
        self._go_to(review, touched)
        return frozenset(touched), at

    def number(self, path: str) -> int:
        """Return a file's place among the files."""
        return self._numbers[path]

    def tally(self, path: str) -> Tally:
        """Return a file's counts."""
        if path not in self._tallies:
            self._tallies[path] = _tally(self.review, path)
        return self._tallies[path]

    def total(self) -> Total:
        """Return the counts of all files."""
        tallies = [self.tally(change.path) for change in self.files]
        return Total(
            sum(tally.hunks for tally in tallies),
            sum(tally.accepted for tally in tallies),
            sum(tally.open for tally in tallies),
            len(tallies),
            sum(tally.accepted > 0 for tally in tallies),
            sum(bool(change.flags) for change in self.files),
        )

    def step(self, at: Place, by: Literal[1, -1]) -> Place | None:
        """Return the next hunk, or the one before, perhaps in another file; None at the end."""
        path, hunk = at
        if 0 <= hunk + by < self.tally(path).hunks:
            return path, hunk + by
        number = self._numbers[path] + by
        while 0 <= number < len(self.files):
            path = self.files[number].path
            if count := self.tally(path).hunks:
                return path, 0 if by > 0 else count - 1
            number += by
        return None

    def next_open(self, at: Place) -> Place | None:
        """Return the next hunk without a decision, from the start again after the end."""
        number = self._numbers[at[0]]
        for change in self.files[number:] + self.files[: number + 1]:
            if self.tally(change.path).open:
                first = at[1] + 1 if change.path == at[0] else 0
                for hunk in range(first, self.tally(change.path).hunks):
                    if self.review.decision(change.path, hunk) is None:
                        return change.path, hunk
                at = ("", 0)  # met once more, this file counts from its beginning
        return None

    def flagged(self) -> Iterator[FileChange]:
        """Yield the files with flags of which something is open."""
        yield from (c for c in self.files if c.flags and self.tally(c.path).open)

    def _go_to(self, review: Review, touched: Iterable[str]) -> None:
        self.review = review
        for path in touched:
            self._tallies[path] = _recounted(review, path, self.tally(path))


def _tally(review: Review, path: str) -> Tally:
    marks = [mark for hunk in review.hunks(path) for mark, _ in hunk.lines]
    empty = Tally(len(review.hunks(path)), 0, 0, marks.count("+"), marks.count("-"))
    return _recounted(review, path, empty)


def _recounted(review: Review, path: str, tally: Tally) -> Tally:
    decisions = [review.decision(path, hunk) for hunk in range(tally.hunks)]
    rejected = sum(decision is False for decision in decisions)
    accepted = tally.hunks - rejected - sum(decision is None for decision in decisions)
    return Tally(tally.hunks, accepted, rejected, tally.added, tally.removed)
