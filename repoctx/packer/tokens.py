"""Count tokens exactly and offline: the only door to tiktoken.

tiktoken downloads its vocabularies at first use; these ship with the package instead. Loading one
takes about 0.25 CPU-seconds and 60 MiB, so it happens when there is much to count and never on
import; for a little text, ``merges`` counts the same.
"""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.errors import UsageError
from repoctx.packer.merges import MergeCounter
from repoctx.packer.vocabulary import vocabulary

if TYPE_CHECKING:
    import tiktoken

PIECE = 1 << 17
"""Characters that are encoded at once, so that a large file needs no large list of ids."""

LONGEST_PIECE = 800_000
"""tiktoken 0.14 panics on a million white-space characters in a row; a text is cut before that."""

LITTLE = 1 << 18
"""Characters that are counted before tiktoken is loaded: from about twice as many, it is faster."""


@dataclass(frozen=True, slots=True)
class _Words:
    """How an encoding splits text into words before it merges bytes.

    Every alternative that needs no look-around stands in one group: the regex engine then runs
    them as a single automaton. Same words, but 16 % (o200k) and 44 % (cl100k) less CPU than with
    the patterns of ``tiktoken_ext.openai_public``, measured over 26 MB of source.
    """

    pattern: str
    special_tokens: dict[str, int]


_CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"

_ENCODINGS = {
    "o200k_base": _Words(
        rf"(?:[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_CONTRACTION}"
        rf"|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_CONTRACTION}"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+)"
        r"|\s+(?!\S)|\s+",
        {"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
    ),
    "cl100k_base": _Words(
        r"(?:'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*)"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        {
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
    ),
}

ENCODINGS = tuple(_ENCODINGS)

# No word of either encoding reaches over these places, so the counts of both sides add up: before
# a space after a visible ASCII character, and between a newline and one that is not "/" (o200k
# lets newlines and slashes follow punctuation in the same word).
_BOUNDARY = re.compile(r"(?<=[!-~]) |(?<=\n)[!-.0-~]")


class Tokenizer:
    """Counts the tokens of one encoding; loads tiktoken when it has more than a little to count.

    Special tokens such as ``<|endoftext|>`` count as the plain text that they are in a file. Any
    thread may count: tiktoken works without the interpreter's lock.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._encoding: tiktoken.Encoding | None = None
        self._merges = MergeCounter(name, _ENCODINGS[name].pattern)
        self._little = LITTLE

    def expect(self, characters: int) -> None:
        """Say how much is going to be counted, so that none of a large text is counted slowly."""
        self._little = min(self._little, LITTLE - characters)

    def count(self, text: str) -> int:
        """Return the number of tokens of the text.

        Exact, but for runs of over 800,000 characters that have no place to cut: there it may be
        off by two tokens a run. A lone surrogate counts as U+FFFD, which is what can be sent.
        """
        return self.count_joined((text,))

    def count_joined(self, parts: Iterable[str]) -> int:
        """Return the number of tokens of the parts as one text, without making that text."""
        parts = tuple(parts)
        if self._encoding is None and (few := self._count_few(parts)) is not None:
            return few
        encode = self._loaded().encode_ordinary
        return sum(len(encode(piece)) for piece in _joined_pieces(parts))

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, counted on all cores."""
        if sum(map(len, texts)) < PIECE:  # threads would cost more than they save
            return [self.count(text) for text in texts]
        from concurrent.futures import ThreadPoolExecutor

        self._loaded()
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            return list(pool.map(self.count, texts))

    def _count_few(self, parts: Sequence[str]) -> int | None:
        """Return the number of tokens while the text is little; None when tiktoken should tell."""
        size = sum(map(len, parts))
        if size > self._little:
            return None
        self._little -= size  # a race between threads costs a little time, never a wrong count
        return self._merges.count("".join(parts))

    def _loaded(self) -> tiktoken.Encoding:
        if self._encoding is None:
            with self._lock:
                if self._encoding is None:
                    self._encoding = _load(self.name)
        return self._encoding


def _joined_pieces(parts: Iterable[str]) -> Iterator[str]:
    """Cut the joined parts only inside of a part: between two, a word may go on."""
    held = ""
    for part in parts:
        cut = pieces(part)
        held += next(cut)
        for piece in cut:
            yield held
            held = piece
    yield held


def tokenizer(name: str = "o200k_base") -> Tokenizer:
    """Return the tokenizer of that name; raises UsageError when there is none."""
    if name not in _ENCODINGS:
        raise UsageError(
            f"there is no tokenizer called {name!r}", f"use one of {', '.join(ENCODINGS)}"
        )
    return _only(name)


@functools.cache
def _only(name: str) -> Tokenizer:
    """Return the one tokenizer of the name: two would take the memory twice."""
    return Tokenizer(name)


def pieces(text: str, size: int = PIECE, longest: int = LONGEST_PIECE) -> Iterator[str]:
    """Cut the text where token counts add up: after ``size`` characters, or soon after.

    A piece never passes ``longest`` characters; only there may a cut go through a word.
    """
    start = 0
    while len(text) - start > size:
        found = _BOUNDARY.search(text, start + size, start + longest)
        end = found.start() if found else start + longest
        yield text[start:end]
        start = end
    yield text[start:] if start else text


def _load(name: str) -> tiktoken.Encoding:
    import tiktoken

    words = _ENCODINGS[name]
    ranks = {token: rank for rank, token in enumerate(vocabulary(name).tokens())}
    encoding = tiktoken.Encoding(
        name,
        pat_str=words.pattern,
        mergeable_ranks=ranks,
        special_tokens=words.special_tokens,
    )
    ranks.clear()  # 25 MiB that tiktoken keeps for pickling; it counts with its own copy
    return encoding
