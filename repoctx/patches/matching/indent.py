"""Uniform shifts of indentation: from how the model indented a block to how the file does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

TAB_WIDTHS = (8, 4, 3, 2)
"""Spaces that may stand for a tab."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Turns an indentation into another: first the unit (tabs or spaces), then a prefix."""

    added: str = ""
    removed: str = ""
    convert: Callable[[str], str] | None = None

    def apply(self, line: str) -> str | None:
        """Return the line re-indented; None when it is not indented enough to shift left."""
        content = line.lstrip(" \t")
        if not content:
            return ""
        indent = line[: len(line) - len(content)]
        indent = self.convert(indent) if self.convert else indent
        if not indent.startswith(self.removed):
            return None
        return self.added + indent[len(self.removed) :] + content


def shifts_between(
    ours: Sequence[str], theirs: Sequence[str], more: Sequence[str], around: Sequence[str] = ()
) -> list[Shift]:
    """Return the shifts that turn the indentation of our lines into that of theirs.

    One shift when all lines agree on a prefix. Otherwise, when one side uses tabs and the other
    spaces, one for each width of a tab that explains every line; widths that need no prefix win.
    A tab of ours is no wider than the least indentation in the lines ``around`` theirs.
    Where spaces become tabs, the widest that divides all our indentation, that of the lines in
    ``more`` too, is the unit that we indent by.
    """
    pairs = [(_indent(a), _indent(b)) for a, b in zip(ours, theirs, strict=True) if b.strip()]
    if plain := _prefix_shift(pairs, None):
        return [plain]
    ours_all = [_indent(line) for line in (*ours, *more) if line.strip()]
    conversions = _conversions(pairs, ours_all, _least_indentation(around))
    found = [shift for convert in conversions if (shift := _prefix_shift(pairs, convert))]
    even = [shift for shift in found if not shift.added and not shift.removed]
    least = min(len(ours) for ours, _ in pairs)
    is_shallower = any(len(indent) < least for indent in ours_all)
    if not even and is_shallower and any(_is_even(pairs, width) for width in TAB_WIDTHS):
        return []  # a tab is so wide in SEARCH, and cannot be that in REPLACE
    is_unit = "\t" not in "".join(ours_all)
    return even or (found[:1] if is_unit else found)


def _is_even(pairs: Sequence[tuple[str, str]], width: int) -> bool:
    return all(_to_tabs(width)(ours) == theirs for ours, theirs in pairs)


def _prefix_shift(
    pairs: Sequence[tuple[str, str]], convert: Callable[[str], str] | None
) -> Shift | None:
    converted = [(convert(a) if convert else a, b) for a, b in pairs]
    ours, theirs = converted[0]
    if theirs.endswith(ours):
        added = theirs[: len(theirs) - len(ours)]
        agree = all(b == added + a for a, b in converted)
        return Shift(added=added, convert=convert) if agree else None
    if ours.endswith(theirs):
        removed = ours[: len(ours) - len(theirs)]
        agree = all(a == removed + b for a, b in converted)
        return Shift(removed=removed, convert=convert) if agree else None
    return None


def _conversions(
    pairs: Sequence[tuple[str, str]], ours_all: Sequence[str], widest: int
) -> list[Callable[[str], str]]:
    ours = {c for indent in ours_all for c in indent}
    theirs = {c for _, indent in pairs for c in indent}
    if ours == {" "} and "\t" in theirs:
        widths = [w for w in TAB_WIDTHS if all(len(indent) % w == 0 for indent in ours_all)]
        return [_to_tabs(width) for width in widths]
    if "\t" in ours and theirs == {" "}:
        return [_to_spaces(width) for width in TAB_WIDTHS if width <= widest]
    return []


def _least_indentation(texts: Sequence[str]) -> int:
    """One space is an alignment, such as that of ``*`` in a comment."""
    indents = (len(_indent(text)) for text in texts if text.strip())
    return min((size for size in indents if size > 1), default=TAB_WIDTHS[0])


def _to_tabs(width: int) -> Callable[[str], str]:
    def convert(indent: str) -> str:
        tabs, rest = divmod(len(indent.expandtabs(width)), width)
        return "\t" * tabs + " " * rest

    return convert


def _to_spaces(width: int) -> Callable[[str], str]:
    def convert(indent: str) -> str:
        return " " * len(indent.expandtabs(width))

    return convert


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
