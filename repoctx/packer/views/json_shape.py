"""Find the shape of JSON by one scan over its tokens: no value is built, nothing recurses.

Items of an array are merged into one description. Comments and other extensions do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from repoctx.packer.views.tree_lines import counted

_DEEPEST = 5  # levels that are described
_MOST_KEYS = 25  # of an object that are told apart

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*+:)?+|([{}\[\]])|[^\s{}\[\],:"]++', re.DOTALL)
_TYPES = {"t": "boolean", "f": "boolean", "n": "null"}


@dataclass(slots=True)
class Shape:
    """What was seen at one place of the data; the items of an array share a place."""

    types: dict[str, None] = field(default_factory=dict)
    keys: dict[str, Shape] = field(default_factory=dict)
    item: Shape | None = None
    lengths: list[int] = field(default_factory=list)
    """The smallest and the largest number of items of the arrays here."""
    more: int = 0
    """The most keys that one object has beyond those that are told apart."""

    def says(self) -> str:
        """Return the types, with how many there are of what they hold."""
        return " or ".join(map(self._with_size, self.types)) or "nothing"

    def parts(self) -> Mapping[str, Shape]:
        """Return the keys, or what stands for each item."""
        return self.keys if self.item is None else self.keys | {"each": self.item}

    def _with_size(self, name: str) -> str:
        if name == "array" and self.lengths:
            low, high = self.lengths
            return f"array of {high:,}" if low == high else f"array of {low:,} to {high:,}"
        if name == "object" and self.keys:
            more = f" and {self.more:,} more" if self.more else ""
            return f"object, {counted(len(self.keys), 'key')}{more}"
        return name


def json_shape(text: str) -> Shape:
    """Return the shape of JSON text; it may be cut off at any place."""
    return _Scan().read(text)


@dataclass(slots=True)
class _Open:
    """An array or object that has not ended."""

    shape: Shape
    is_array: bool
    key: str = ""
    count: int = 0
    more: int = 0


@dataclass(slots=True)
class _Scan:
    top: Shape = field(default_factory=Shape)
    around: list[_Open] = field(default_factory=list)
    deeper: int = 0
    """Arrays and objects open below the deepest level that is described."""

    def read(self, text: str) -> Shape:
        for match in _TOKEN.finditer(text):
            bracket = match[3]
            if bracket:
                self._bracket(bracket)
            elif self.deeper:
                continue
            elif match[2] is not None and self.around and not self.around[-1].is_array:
                self.around[-1].key = match[1]
            else:
                self._place().types.setdefault(_scalar(match.group()))
        while self.around:
            self._close()
        return self.top

    def _bracket(self, bracket: str) -> None:
        if bracket in "]}":
            if self.deeper:
                self.deeper -= 1
            elif self.around:
                self._close()
        elif self.deeper or len(self.around) >= _DEEPEST:
            if not self.deeper:
                self._place().types.setdefault("array" if bracket == "[" else "object")
            self.deeper += 1
        else:
            shape = self._place()
            shape.types.setdefault("array" if bracket == "[" else "object")
            self.around.append(_Open(shape, bracket == "["))

    def _place(self) -> Shape:
        """Return the shape of the place where the next value stands."""
        if not self.around:
            return self.top
        inner = self.around[-1]
        inner.count += 1
        if inner.is_array:
            inner.shape.item = inner.shape.item or Shape()
            return inner.shape.item
        keys = inner.shape.keys
        if inner.key not in keys:
            if len(keys) >= _MOST_KEYS:
                inner.more += 1
                return Shape()
            keys[inner.key] = Shape()
        return keys[inner.key]

    def _close(self) -> None:
        ended = self.around.pop()
        ended.shape.more = max(ended.shape.more, ended.more)
        if ended.is_array:
            low, high = ended.shape.lengths or (ended.count, ended.count)
            ended.shape.lengths = [min(low, ended.count), max(high, ended.count)]


def _scalar(token: str) -> str:
    return "string" if token.startswith('"') else _TYPES.get(token[0], "number")
