"""Walk JSON text value by value and know where each one stands, so that one can be replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*+")
_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class Cursor:
    """A place in JSON text. Every method raises ValueError where the text is not JSON.

    Values are decoded by the standard library's own scanner; it raises RecursionError for values
    that nest about a thousand deep.
    """

    text: str
    at: int = 0

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here.

        Whoever takes a key reads its value, which begins at ``at``, before taking the next.
        """
        for _ in self._parts("{", "}"):
            key = self.value()
            if not isinstance(key, str):
                raise ValueError("a key that is no string")
            self._take(":")
            self._skip()
            yield key

    def items(self) -> Iterator[int]:
        """Yield the number of each item of the array that begins here; read as ``members``."""
        yield from self._parts("[", "]")

    def value(self) -> Any:
        """Return the value that begins here and step behind it."""
        found, self.at = _DECODER.raw_decode(self.text, self.at)
        return found

    def finish(self) -> None:
        """Raise ValueError unless only white space follows."""
        self._skip()
        if self.at != len(self.text):
            raise ValueError("text after the end")

    def _parts(self, opening: str, closing: str) -> Iterator[int]:
        self._take(opening)
        self._skip()
        if self.text[self.at : self.at + 1] == closing:
            self.at += 1
            return
        number = 0
        while True:
            self._skip()
            yield number
            number += 1
            self._skip()
            if self.text[self.at : self.at + 1] == closing:
                self.at += 1
                return
            self._take(",")

    def _take(self, character: str) -> None:
        self._skip()
        if self.text[self.at : self.at + 1] != character:
            raise ValueError(f"no {character} at {self.at}")
        self.at += 1

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None  # it matches the empty text
        self.at = match.end()
