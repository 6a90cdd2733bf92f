"""Find text that lies inside lines by the words in it, without looking through the whole file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from repoctx.patches.matching.sorted_terms import SortedTerms
from repoctx.patches.matching.stretches import Index, Stretch, Stretches

_WORD = re.compile(r"\w+")
_MOST_WORDS = 20
"""Words of the text that are looked up."""
_MOST_TERMS = 50
"""Words that one at the text's edge may be the beginning or the end of."""
_FEW = 2
_LONGEST_LINE = 20_000
"""Characters; the words of a longer line are not known, so that a change of it costs little."""


class Words:
    """Which words stand in which stretches of a file."""

    def __init__(self, texts: Sequence[str], stretches: Stretches) -> None:
        self._texts = texts
        self._stretches = stretches
        self._index = Index()
        self._unknown: list[Stretch] = []
        """The stretches with a line that is too long."""
        self._forward: SortedTerms | None = None
        self._backward: SortedTerms | None = None
        """All words, and all of them read backward."""
        for stretch in stretches.all:
            self._add(stretch, texts[stretch.start : stretch.stop])

    def splice(self, texts: Sequence[str], parts: list[Stretch]) -> None:
        """Take note of new lines, which stand in these stretches now."""
        for part in parts:
            new = texts if len(parts) == 1 else self._texts[part.start : part.stop]
            self._add(part, new)

    def occurrences(self, text: str, *, open_end: bool) -> Iterator[tuple[int, int]]:
        """Yield line and column of each occurrence, overlapping ones too, in their order.

        The text holds one line's end at most. ``open_end`` says that the last line has none.
        """
        for stretch in self._where_it_may_begin(text):
            body = stretch.fact(_joined, self._texts)
            size = len(body)
            if stretch.stop < len(self._texts):
                body += self._texts[stretch.stop][: len(text)] if "\n" in text else ""
            elif open_end:
                body = body[:-1]
            line, begin, seen = stretch.start, 0, 0
            at = body.find(text)
            while 0 <= at < size:
                line += body.count("\n", seen, at)
                begin = max(begin, body.rfind("\n", seen, at) + 1)
                yield line, at - begin
                seen, at = at, body.find(text, at + 1)

    def _where_it_may_begin(self, text: str) -> Iterable[Stretch]:
        """The stretches that hold its rarest word, and those above: it may begin a line earlier."""
        best: set[Stretch] | None = None
        for match in islice(_WORD.finditer(text), _MOST_WORDS):
            terms = self._terms(match, len(text))
            if terms is not None:
                found = {stretch for term in terms for stretch in self._index.where(term)}
                best = found if best is None or len(found) < len(best) else best
                if len(best) <= _FEW:
                    break
        if best is None:
            return self._stretches.all
        found = {s for s in (*best, *self._unknown) if s.size}
        before = {self._stretches.at(max(0, s.start - 1)) for s in found} if "\n" in text else set()
        return sorted(found | before, key=lambda s: s.start)

    def _terms(self, match: re.Match[str], size: int) -> list[str] | None:
        """The file's words that this one may be; None for too many."""
        word, begins, ends = match[0], match.start() == 0, match.end() == size
        if not begins and not ends:
            return [word]
        if begins and ends:
            return None
        if ends:
            return _few(self._sorted().beginning_with(word))
        found = _few(self._sorted_backward().beginning_with(word[::-1]))
        return None if found is None else [term[::-1] for term in found]

    def _sorted(self) -> SortedTerms:
        if self._forward is None:
            self._forward = SortedTerms(self._index.terms())
        return self._forward

    def _sorted_backward(self) -> SortedTerms:
        if self._backward is None:
            self._backward = SortedTerms(term[::-1] for term in self._index.terms())
        return self._backward

    def _add(self, stretch: Stretch, texts: Sequence[str]) -> None:
        if any(len(text) > _LONGEST_LINE for text in texts) and stretch not in self._unknown:
            self._unknown.append(stretch)
        known = [text for text in texts if len(text) <= _LONGEST_LINE]
        words = set(_WORD.findall("\n".join(known)))
        for word in words:
            if word not in self._index:
                if self._forward is not None:
                    self._forward.add(word)
                if self._backward is not None:
                    self._backward.add(word[::-1])
        self._index.add(stretch, words)


def _joined(texts: Sequence[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _few(terms: Iterator[str]) -> list[str] | None:
    found = list(islice(terms, _MOST_TERMS + 1))
    return found if len(found) <= _MOST_TERMS else None
