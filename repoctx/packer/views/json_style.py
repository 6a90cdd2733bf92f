"""How a JSON file is laid out, so that new parts look like those that are there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_FIRST_KEY = re.compile(r'\s*\{(\r?\n)([ \t]*)"')
_COLON = re.compile(r'"nbformat"(\s*:\s*)')
_ESCAPED = re.compile(r"\\u(?:0[089a-f]|[1-9a-f])", re.IGNORECASE)
_FIRST_ITEM = re.compile(r"\[\r?\n([ \t]*)")
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Style:
    """The layout of one file."""

    newline: str
    """``\\n`` or ``\\r\\n``; empty when everything stands on one line."""
    unit: str
    """One step of indentation."""
    colon: str
    ascii: bool
    """True when other characters are written as ``\\u`` escapes."""

    @property
    def comma(self) -> str:
        """What stands between values on one line."""
        return ", " if self.colon.endswith(" ") else ","

    def string(self, text: str) -> str:
        """Return a string's JSON; a lone surrogate is always escaped, as no file can hold it."""
        written = json.dumps(text, ensure_ascii=self.ascii)
        return _LONE.sub(lambda match: f"\\u{ord(match.group()):04x}", written)

    def lines(self, source: str, indent: str, old: str = "") -> str:
        """Return a cell's source as the array of its lines, or as one string if ``old`` is one.

        ``indent`` is that of the line on which it begins.
        """
        if old.startswith('"'):
            return self.string(source)
        items = [self.string(line) for line in re.findall(r"[^\n]*\n|[^\n]+", source)]
        one_line = not self.newline or (old not in ("", "[]") and "\n" not in old)
        if not items or one_line:
            return f"[{self.comma.join(items)}]"
        first = _FIRST_ITEM.match(old)
        return self.block("[]", items, indent, first[1] if first else indent + self.unit)

    def block(self, brackets: str, items: list[str], indent: str, inner: str) -> str:
        """Return brackets around items, each on a line of its own if the file has lines."""
        if not self.newline:
            return brackets[0] + self.comma.join(items) + brackets[1]
        body = f",{self.newline}{inner}".join(items)
        return f"{brackets[0]}{self.newline}{inner}{body}{self.newline}{indent}{brackets[1]}"


def style_of(text: str) -> Style:
    """Return the layout of a notebook's JSON."""
    first, colon = _FIRST_KEY.match(text), _COLON.search(text)
    return Style(
        newline=first[1] if first else "",
        unit=first[2] if first else "",
        colon=colon[1] if colon else ": ",
        ascii=text.isascii() and _ESCAPED.search(text) is not None,
    )


def indent_at(text: str, position: int) -> str:
    """Return the white space that begins the line of this place."""
    start = text.rfind("\n", 0, position) + 1
    match = re.compile(r"[ \t]*").match(text, start)
    return match.group() if match else ""
