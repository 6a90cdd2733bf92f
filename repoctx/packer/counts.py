"""Count the tokens of texts that recur from run to run, without loading a tokenizer each time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from repoctx.packer.index import Index
from repoctx.packer.tokens import tokenizer


class Counts:
    """Token counts by text, kept in the index."""

    def __init__(self, index: Index, encoding: str) -> None:
        self._index = index
        self._tokenizer = tokenizer(encoding)
        self._kind = f"text:1:{encoding}"

    def count(self, text: str) -> int:
        """Return the number of tokens of the text."""
        return self.count_many((text,))[0]

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        keys = [_digest(text) for text in texts]
        known = {key: int(value) for key, value in self._index.facts(self._kind, keys).items()}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            made = dict(zip(missing, self._tokenizer.count_many([*missing.values()]), strict=True))
            self._index.remember(self._kind, {key: b"%d" % n for key, n in made.items()})
            known |= made
        return [known[key] for key in keys]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
