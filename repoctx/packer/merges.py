"""Count the tokens of a little text without tiktoken, and exactly as it would.

After an edit some thousand tokens are to be counted, and tiktoken takes 0.25 CPU-seconds before its
first. Here a word costs a look into the vocabulary, and its merges when it is not a token itself.
Text that the two might split differently is left to tiktoken.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

from repoctx.packer.vocabulary import NO_RANK, vocabulary

_LONGEST_WORD = 400  # characters: merging takes quadratic time

# The regex package and tiktoken know different versions of Unicode, and put 17,000 letters of rare
# scripts into different categories. These blocks are settled; a test compares every character.
_UNSETTLED = (
    r"[^\0-\u024f\u02b0-\u036f\u0400-\u0481\u05d0-\u05ea\u0621-\u064a\u0660-\u0669\u2000-\u205f"
    r"\u20a0-\u20bf\u2100-\u218b\u2190-\u27bf\u3000-\u303f\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fa5"
    r"\uac00-\ud7a3\ufe0f\ufeff\uff01-\uff5e\ufffd\U0001f300-\U0001f6ff\U0001f900-\U0001f9ff]"
)


class MergeCounter:
    """Counts tokens of the encoding ``name``; the regular expression splits text into words."""

    def __init__(self, name: str, words: str) -> None:
        self._name = name
        self._words = words
        self._known: dict[str, int] = {}

    def count(self, text: str) -> int | None:
        """Return the number of tokens of the text; None when it should be left to tiktoken."""
        if not text.isascii() and _compiled(_UNSETTLED).search(text):
            return None
        words = _compiled(self._words).findall(text)
        if max(map(len, words), default=0) > _LONGEST_WORD:
            return None
        return sum(map(self._count_word, words))

    def _count_word(self, word: str) -> int:
        if word not in self._known:
            self._known[word] = self._count_bytes(word.encode())
        return self._known[word]

    def _count_bytes(self, word: bytes) -> int:
        """Join the pair of neighbours that is the token of the lowest rank, until none is left."""
        rank = vocabulary(self._name).rank
        if rank(word) != NO_RANK:
            return 1
        parts = [word[at : at + 1] for at in range(len(word))]
        ranks = [rank(a + b) for a, b in pairwise(parts)]
        while ranks and (lowest := min(ranks)) != NO_RANK:
            at = ranks.index(lowest)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
            del ranks[at]
            for left in range(max(at - 1, 0), min(at + 1, len(ranks))):
                ranks[left] = rank(parts[left] + parts[left + 1])
        return len(parts)


@cache
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)
