"""An edit that has no place in the file, or several, in words for a person and for the model."""

from __future__ import annotations

from collections.abc import Sequence

from repoctx.patches.edits import EditError
from repoctx.patches.matching.lines import Lines

_LISTED = 10
"""Places that a conflict lists."""
_LONGEST_LINE = 200


class MisfitError(EditError):
    """A replacement that cannot be made; ``detail`` shows lines of the file or is empty."""

    def __init__(self, message: str, hint: str, detail: str = "") -> None:
        super().__init__(message, hint)
        self.detail = detail


class NotFoundError(MisfitError):
    """The text is not in the file."""


def not_found() -> NotFoundError:
    """The text to replace is nowhere in the file."""
    return NotFoundError(
        "the SEARCH text is not in the file",
        "copy the lines to replace from the file as it is now, character by character",
    )


def ambiguous(lines: Lines, places: Sequence[int], what: str = "the SEARCH text") -> MisfitError:
    """Several places fit; ``places`` are line numbers from 0."""
    return MisfitError(
        f"{what} stands in {len(places)} places",
        "add lines above or below so that only one place fits",
        listed(lines, places),
    )


def too_many(what: str = "the SEARCH text") -> MisfitError:
    """More places fit than are looked at."""
    return MisfitError(f"{what} stands in too many places", "add lines that differ")


def empty_search() -> MisfitError:
    """Nothing says where in a file with content the new lines go."""
    return MisfitError(
        "the SEARCH text is empty, but the file has content",
        "give the lines to replace, or lines next to the place where the new ones go",
    )


def elsewhere(lines: Lines, places: Sequence[int], where: str) -> MisfitError:
    """The lines are in the file, but not where the edit says."""
    return MisfitError(
        f"the lines to replace are in the file, but not {where}",
        "correct the lines, or what is said about their place",
        listed(lines, places),
    )


def missing_anchor(anchors: Sequence[str]) -> MisfitError:
    """A line that should stand above the place is not there."""
    named = " / ".join(anchor.strip() for anchor in anchors)
    return MisfitError(f"the anchor @@ {named} is not in the file", "copy the line from the file")


def swallowed(placeholder: str) -> MisfitError:
    """The new text says "rest of the code" instead of the code."""
    return MisfitError(
        f"the new text has a placeholder where code should be: {placeholder}",
        "write all the code, or make a smaller edit that does not touch the rest",
    )


def listed(lines: Lines, places: Sequence[int]) -> str:
    """Return one line of text for each place, ten at most."""
    shown = [
        f"line {place + 1}: {lines.texts[place][:_LONGEST_LINE]}" for place in places[:_LISTED]
    ]
    more = len(places) - _LISTED
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)
