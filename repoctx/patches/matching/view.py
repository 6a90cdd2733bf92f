"""The lines of a file as they are compared in one step of tolerance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from repoctx.patches.matching.keys import same
from repoctx.patches.matching.sorted_terms import SortedTerms
from repoctx.patches.matching.stretches import Index, Stretch, Stretches

Key = Callable[[str], str]
"""What of a line counts in a comparison: the identity, or the line without trailing space."""

_PROBES = 3
"""Lines, the rarest ones, that are compared before all are."""


class View:
    """The lines seen through a key, how often each occurs, and where."""

    def __init__(self, key: Key, texts: list[str], stretches: Stretches) -> None:
        self.key = key
        self._texts = texts
        self.keys = texts if key is same else list(map(key, texts))
        self.counts = Counter(self.keys)
        self._stretches = stretches
        self._known: Index | None = None
        self._sorted: SortedTerms | None = None

    @property
    def _index(self) -> Index:
        """Where each key is; made when something that is looked for is in the file."""
        if self._known is None:
            self._known = Index()
            for stretch in self._stretches.all:
                self._known.add(stretch, self.keys[stretch.start : stretch.stop])
        return self._known

    def occurrences(self, wanted: str, among: range, offset: int = 0) -> Iterator[int]:
        """Yield the places of one key that are ``offset`` after those lines, in no order."""
        if not self.counts[wanted]:
            return
        first, last = among.start + offset, among.stop + offset
        for stretch in list(self._index.where(wanted)):
            if stretch.stop <= first or stretch.start >= last:
                continue
            count = self.keys[stretch.start : stretch.stop].count(wanted)
            if not count:
                self._index.forget(stretch, wanted)
            at = stretch.start
            for _ in range(count):
                at = self.keys.index(wanted, at) + 1
                if first < at <= last:
                    yield at - 1

    def rarest(self, needles: Sequence[str]) -> list[int]:
        """Return the numbers of the rarest of these keys, the very rarest first."""
        return sorted(range(len(needles)), key=lambda i: self.counts[needles[i]])[:_PROBES]

    def stand_at(self, start: int, needles: list[str], probes: Sequence[int]) -> bool:
        """True when these keys stand there; the ``probes`` among them are compared first."""
        stop = start + len(needles)
        if start < 0 or stop > len(self.keys):
            return False
        alike = all(self.keys[start + i] == needles[i] for i in probes)
        return alike and self.keys[start:stop] == needles

    def beginning_with(self, wanted: str) -> Iterator[str]:
        """Yield the different keys that are, or begin with, these whole words."""
        if self._sorted is None:
            self._sorted = SortedTerms(self.counts)
        whole = re.compile(re.escape(wanted) + (r"(?!\w)" if wanted[-1:].isalnum() else ""))
        for key in self._sorted.beginning_with(wanted):
            if self.counts[key] and whole.match(key):
                yield key

    def splice(
        self, start: int, gone: Sequence[str], texts: Sequence[str], parts: list[Stretch]
    ) -> None:
        """Take note of new lines, which stand in these stretches now, in place of others."""
        new = list(map(self.key, texts))
        if self._sorted is not None:
            for key in set(new).difference(self.counts):
                self._sorted.add(key)
        self.counts.subtract(map(self.key, gone))
        self.counts.update(new)
        if self.keys is not self._texts:
            self.keys[start : start + len(gone)] = new
        if self._known is not None:
            for part in parts:
                there = new if len(parts) == 1 else self.keys[part.start : part.stop]
                self._known.add(part, there)
