"""A file's text as lines that can be searched and replaced, thousands of times, and put back.

Lines end in ``\\n``, ``\\r\\n`` or ``\\r``; each keeps its own ending until it is replaced.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from repoctx.patches.matching.keys import same

Key = Callable[[str], str]
"""What of a line counts in a comparison: the identity, or the line without trailing space."""

_ENDING = re.compile("\r\n|\n|\r")

TOO_MANY = 20_000
"""Places beyond this number are not looked at: such a text says nothing about where it stands."""


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


class _View:
    """The lines seen through a key, and how often each occurs."""

    def __init__(self, key: Key, texts: Sequence[str]) -> None:
        self.key = key
        self.keys = list(map(key, texts))
        self.counts = Counter(self.keys)
        self._first = {text: i for i, text in reversed(list(enumerate(self.keys)))}
        self._moved = 0

    def occurrences(self, wanted: str, count: int) -> list[int]:
        """Return the places of one key, in no order.

        The search begins where the first one stood at the start, less what splices moved since:
        from there the next one is near.
        """
        found = []
        at = max(0, self._first.get(wanted, 0) - self._moved) - 1
        for _ in range(count):
            try:
                at = self.keys.index(wanted, at + 1)
            except ValueError:
                at = self.keys.index(wanted)
            found.append(at)
        return found

    def splice(self, start: int, stop: int, texts: Sequence[str]) -> None:
        new = list(map(self.key, texts))
        self.counts.subtract(self.keys[start:stop])
        self.counts.update(new)
        self.keys[start:stop] = new
        self._moved += abs(len(new) - (stop - start))


class Lines:
    """The lines of a text; ``str`` of it is the text again, to the last byte.

    Finding costs a scan at C speed for the rarest of the wanted lines, and a splice what it
    moves, so a file of 150,000 lines takes thousands of edits in seconds.
    """

    def __init__(self, text: str) -> None:
        self.texts, self.ends = split_lines(text)
        self._views: dict[Key, _View] = {}
        self._log: list[_Done] = []
        self._mixed = len(set(self.ends) - {""}) > 1
        self._joined: str | None = None

    def __str__(self) -> str:
        return "".join(t + e for t, e in zip(self.texts, self.ends, strict=True))

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def joined(self) -> str:
        """The text with every line ending written as ``\\n``."""
        if self._joined is None:
            end = "\n" if self.ends and self.ends[-1] else ""
            self._joined = "\n".join(self.texts) + end
        return self._joined

    @property
    def mixed(self) -> bool:
        """True when the lines do not all end alike."""
        return self._mixed

    def __contains__(self, line: str) -> bool:
        return self.count(line, same) > 0

    def count(self, line: str, key: Key) -> int:
        """Return how often a line occurs, compared by ``key``."""
        return self._view(key).counts[key(line)]

    def places(self, wanted: Sequence[str], key: Key) -> list[int] | None:
        """Return where these lines stand, compared by ``key``; None when there are too many."""
        view = self._view(key)
        needles = list(map(key, wanted))
        rarest = min(range(len(needles)), key=lambda i: view.counts[needles[i]])
        count = view.counts[needles[rarest]]
        if count > TOO_MANY:
            return None
        found = []
        for at in view.occurrences(needles[rarest], count):
            start = at - rarest
            if start >= 0 and view.keys[start : start + len(needles)] == needles:
                found.append(start)
        return sorted(found)

    def lines_like(self, line: str, key: Key) -> list[int]:
        """Return every place of one line, the first ``TOO_MANY`` of them."""
        view = self._view(key)
        wanted = key(line)
        count = min(view.counts[wanted], TOO_MANY)
        return sorted(view.occurrences(wanted, count))

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
        for done in self._log:
            if line >= done.start + len(done.texts):
                line += done.count - len(done.texts)
            elif line > done.start:
                line = done.start
        return line

    def replace(self, splice: Splice) -> None:
        """Make a splice. New lines end as their neighbours do, kept lines as before."""
        at_end = splice.stop == len(self.texts)
        closes = not self.texts or self.ends[-1] != ""
        ends = list(splice.ends) or self._new_ends(splice)
        self._mixed = self._mixed or bool(splice.ends)
        if at_end:
            closes = closes if splice.final_newline is None else splice.final_newline
        self._log_and_set(splice.start, splice.stop, list(splice.texts), ends)
        if at_end:
            self._close(splice, closes)

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
        limits = _next_kept(kept, len(old))
        ends: list[str] = []
        last = self.ends[splice.start - 1] if splice.start else ""
        at = 0  # the old line that the next new one stands for
        for source, limit in zip(kept, limits, strict=True):
            if source is not None:
                last, at = old[source], source + 1
            elif at < limit:
                last, at = old[at], at + 1
            ends.append(last or usual)
        return ends

    def _view(self, key: Key) -> _View:
        if key not in self._views:
            self._views[key] = _View(key, self.texts)
        return self._views[key]

    def _log_and_set(self, start: int, stop: int, texts: list[str], ends: list[str]) -> None:
        self._log.append(_Done(start, self.texts[start:stop], self.ends[start:stop], len(texts)))
        self._set(start, stop, texts, ends)

    def _set(self, start: int, stop: int, texts: list[str], ends: list[str]) -> None:
        for view in self._views.values():
            view.splice(start, stop, texts)
        self.texts[start:stop] = texts
        self.ends[start:stop] = ends
        self._joined = None


def _next_kept(kept: Sequence[int | None], end: int) -> list[int]:
    """For each new line, the first old line that it or a later one keeps."""
    limits = []
    for source in reversed(kept):
        end = end if source is None else source
        limits.append(end)
    return limits[::-1]


def line_texts(text: str) -> list[str]:
    """Return the lines of a text without their endings."""
    return split_lines(text)[0]


def split_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text, and their endings; that of the last one may be empty."""
    if "\r" in text:
        ends = _ENDING.findall(text)
        texts = _ENDING.split(text)
    else:
        texts = text.split("\n")
        ends = ["\n"] * (len(texts) - 1)
    if texts[-1]:
        ends.append("")
    else:
        texts.pop()
    return texts, ends
