"""A file's text as lines that can be searched and replaced, thousands of times, and put back.

Lines end in ``\\n``, ``\\r\\n`` or ``\\r``; each keeps its own ending until it is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from repoctx.patches.matching.ends import Ends, line_texts, next_kept, split_lines, with_moved
from repoctx.patches.matching.keys import same
from repoctx.patches.matching.stretches import Stretches
from repoctx.patches.matching.view import Key, View
from repoctx.patches.matching.words import Words

__all__ = ["TOO_MANY", "Key", "Lines", "Splice", "line_texts", "split_lines"]

Fact = TypeVar("Fact")

TOO_MANY = 20_000
"""Places beyond this number are not looked at: such a text says nothing about where it stands."""
_ENOUGH = 2_000_000
"""Lines looked at, over all edits of a file, after which a text must be rarer."""
_RARE = 200


@dataclass(frozen=True, slots=True)
class Splice:
    """Lines ``start`` to ``stop`` (from 0, exclusive) become these."""

    start: int
    stop: int
    texts: Sequence[str]
    kept: Sequence[int | None] = ()
    """For each new line the old one, counted from ``start``, that it repeats; or empty."""
    ends: Sequence[str] = ()
    """The line endings of the new lines; empty to take those of their neighbours."""
    final_newline: bool | None = None
    """Whether the text then ends in a newline, if this reaches its end; None keeps what it has."""


@dataclass(frozen=True, slots=True)
class _Done:
    """A splice that was made: what it took out, and how many lines it put in."""

    start: int
    texts: list[str]
    ends: list[str]
    count: int


class Lines:
    """The lines of a text; ``str`` of it is the text again, to the last byte.

    Finding looks into the stretches that hold the rarest of the wanted lines, or words, and a
    splice changes one or two of them, so a file of 150,000 lines takes thousands of edits a second.
    """

    def __init__(self, text: str) -> None:
        self.texts, ends = split_lines(text)
        self.ends = Ends(ends)
        self._views: dict[Key, View] = {}
        self._words: Words | None = None
        self._stretches: Stretches | None = None
        self._looked_at = 0
        self._log: list[_Done] = []
        self._moved = 0
        """Lines that the file has more than at first."""
        self._touched = 0
        """All lines from here on are the old ones, in their order."""
        self._mixed = len({*ends} - {""}) > 1

    def __str__(self) -> str:
        return "".join(t + e for t, e in zip(self.texts, self.ends, strict=True))

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def mixed(self) -> bool:
        """True when the lines do not all end alike."""
        return self._mixed

    def __contains__(self, line: str) -> bool:
        return self.count(line, same) > 0

    def count(self, line: str, key: Key) -> int:
        """Return how often a line occurs, compared by ``key``."""
        return self._view(key).counts[key(line)]

    def places(
        self, wanted: Sequence[str], key: Key, among: range | None = None
    ) -> list[int] | None:
        """Return where these lines stand, compared by ``key``; None when there are too many.

        ``among`` are the lines in which they may begin; None for all.
        """
        view = self._view(key)
        needles = list(map(key, wanted))
        probes = view.rarest(needles)
        rarest = needles[probes[0]]
        most = self.most_places
        if among is None and view.counts[rarest] > most:
            return None
        starts = range(len(self)) if among is None else among
        found: list[int] = []
        for looked_at, at in enumerate(view.occurrences(rarest, starts, probes[0]), 1):
            self._looked_at += 1
            if looked_at > most or len(found) * len(needles) > 10 * most:
                return None
            if view.stand_at(at - probes[0], needles, probes[1:]):
                self._looked_at += len(needles)
                found.append(at - probes[0])
        return sorted(found)

    @property
    def most_places(self) -> int:
        """Places that an edit may still have looked at: few, once very many were for all edits."""
        return TOO_MANY if self._looked_at < _ENOUGH else _RARE

    def stand_at(self, start: int, wanted: Sequence[str], key: Key) -> bool:
        """True when these lines, compared by ``key``, stand there."""
        there = self.texts[start : start + len(wanted)] if start >= 0 else []
        return list(map(key, there)) == list(map(key, wanted))

    def lines_like(self, line: str, key: Key) -> list[int]:
        """Return every place of one line, the first ``TOO_MANY`` of them."""
        found = self._view(key).occurrences(key(line), range(len(self)))
        return sorted(islice(found, TOO_MANY))

    def lines_beginning(self, words: str, key: Key) -> list[int]:
        """Return the lines that begin with these whole words, ``TOO_MANY`` at most."""
        view = self._view(key)
        everywhere = range(len(self))
        found = (
            at for text in view.beginning_with(words) for at in view.occurrences(text, everywhere)
        )
        return sorted(islice(found, TOO_MANY))

    def inside(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield line and column of each occurrence of a text, overlapping ones too, in order."""
        if self._words is None:
            self._words = Words(self.texts, self._parted())
        head, *middle, tail = text.split("\n") if text.count("\n") > 1 else (text, "")
        if not middle:
            for place in self._words.occurrences(text, open_end=self._is_open_ended):
                self._looked_at += 1
                yield place
            return
        for start in self._middle_places(middle):
            above, below = start - 1, start + len(middle)
            if above >= 0 and self.texts[above].endswith(head) and self._goes_on(below, tail):
                yield above, len(self.texts[above]) - len(head)

    def _middle_places(self, lines: Sequence[str]) -> Sequence[int]:
        """Return where these whole lines stand, however many places that are."""
        places = self.places(lines, same)
        if places is not None:
            return places
        view, needles = self._view(same), list(lines)
        probes = view.rarest(needles)
        return [at for at in range(len(self)) if view.stand_at(at, needles, probes)]

    def _goes_on(self, line: int, text: str) -> bool:
        """True when the text stands at the beginning of the line."""
        if line >= len(self.texts):
            return not text and not self._is_open_ended
        return self.texts[line].startswith(text)

    @property
    def _is_open_ended(self) -> bool:
        return not self.ends or not self.ends[-1]

    def fact(self, line: int, find: Callable[[Sequence[str]], Fact]) -> tuple[Fact, int]:
        """Return what a function finds in the lines around this one, and where these end.

        It is found once for as long as they stay as they are.
        """
        stretch = self._parted().at(line)
        return stretch.fact(find, self.texts), stretch.stop

    def facts(self, find: Callable[[Sequence[str]], Fact]) -> Iterator[Fact]:
        """Yield what a function finds in all of the lines, some hundred at a time."""
        for stretch in self._parted().all:
            yield stretch.fact(find, self.texts)

    def usual_end(self, line: int) -> str:
        """The ending of the line above, else of the lines around, else ``\\n``."""
        around = [line - 1, line, line - 2, line + 1]
        ends = (self.ends[i] for i in around if 0 <= i < len(self.ends))
        return next(filter(None, ends), "\n")

    def mark(self) -> int:
        """Return a point that ``rollback`` can go back to."""
        return len(self._log)

    def rollback(self, mark: int) -> None:
        """Undo every splice made since the mark."""
        while len(self._log) > mark:
            done = self._log.pop()
            self._set(done.start, done.start + done.count, done.texts, done.ends)

    def current_line(self, line: int) -> int:
        """Return where a line of the original text (from 0) stands after the splices so far."""
        if line + self._moved >= self._touched:
            return line + self._moved
        for done in self._log:
            if line >= done.start + len(done.texts):
                line += done.count - len(done.texts)
            elif line > done.start:
                line = done.start
        return line

    def replace(self, splice: Splice) -> None:
        """Make a splice. New lines end as their neighbours do, kept and moved lines as before."""
        at_end = splice.stop == len(self.texts)
        closes = not self.texts or self.ends[-1] != ""
        ends = list(splice.ends) or self._new_ends(splice)
        self._mixed = self._mixed or bool(splice.ends)
        if at_end:
            closes = closes if splice.final_newline is None else splice.final_newline
        self._log_and_set(splice.start, splice.stop, list(splice.texts), ends)
        if at_end:
            self._close(splice, closes)
        if self._mixed:
            self._part(splice)

    def _part(self, splice: Splice) -> None:
        """Keep blank lines apart from a lone ``\\r`` above, with which ``\\n`` is one line end."""
        for line in range(max(splice.start, 1), splice.start + len(splice.texts) + 1):
            below = self.texts[line : line + 1], self.ends[line : line + 1]
            if below == ([""], ["\n"]) and self.ends[line - 1] == "\r":
                self._set_end(line, "\r\n")

    def _close(self, splice: Splice, closes: bool) -> None:
        """Set the endings around what is now the end of the text."""
        last = splice.start + len(splice.texts) - 1
        joint = splice.start - 1
        if joint >= 0 and joint != last and not self.ends[joint]:
            self._set_end(joint, self.usual_end(joint))
        if last >= 0:
            self._set_end(last, (self.ends[last] or self.usual_end(last)) if closes else "")

    def _set_end(self, line: int, end: str) -> None:
        if self.ends[line] != end:
            self._log_and_set(line, line + 1, [self.texts[line]], [end])

    def _new_ends(self, splice: Splice) -> list[str]:
        usual = self.usual_end(splice.start)
        if not self._mixed:
            return [usual] * len(splice.texts)
        old = self.ends[splice.start : splice.stop]
        kept = splice.kept or [None] * len(splice.texts)
        limits = next_kept(kept, len(old))
        sources = with_moved(kept, self.texts[splice.start : splice.stop], splice.texts)
        ends: list[str] = []
        last = self.ends[splice.start - 1] if splice.start else ""
        at = 0  # the old line that the next new one stands for
        for stays, source, limit in zip(kept, sources, limits, strict=True):
            if source is not None:
                last, at = old[source], at if stays is None else source + 1
            elif at < limit:
                last, at = old[at], at + 1
            ends.append(last or usual)
        return ends

    def _view(self, key: Key) -> View:
        if key not in self._views:
            self._views[key] = View(key, self.texts, self._parted())
        return self._views[key]

    def _parted(self) -> Stretches:
        if self._stretches is None:
            self._stretches = Stretches(len(self.texts))
        return self._stretches

    def _log_and_set(self, start: int, stop: int, texts: list[str], ends: list[str]) -> None:
        self._log.append(_Done(start, self.texts[start:stop], self.ends[start:stop], len(texts)))
        self._set(start, stop, texts, ends)

    def _set(self, start: int, stop: int, texts: list[str], ends: list[str]) -> None:
        gone, self.texts[start:stop] = self.texts[start:stop], texts
        self.ends.splice(start, stop, ends)
        more = len(texts) - (stop - start)
        self._moved += more
        self._touched = max(self._touched, stop) + more
        if self._stretches is None:
            return
        parts = self._stretches.splice(start, stop, len(texts))
        for view in self._views.values():
            view.splice(start, gone, texts, parts)
        if self._words:
            self._words.splice(texts, parts)
