"""What a case is: a file as the model saw it and as it is, what the reply asks, what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .places import Place

Alike = Callable[[str, str], bool]
"""Whether a line that came out is as good as the line that was wanted."""


def same(made: str, wanted: str) -> bool:
    """Nothing but the very line."""
    return made == wanted


@dataclass(frozen=True, slots=True)
class Task:
    """One file's part of a case. Texts have ``\\n`` at the end of lines."""

    path: str
    new_path: str
    seen: str | None
    """What the model saw; None for a file to create."""
    after: str | None
    """What the model made of it; None for a file to delete."""
    current: str | None
    """What stands there now."""
    accepted: tuple[str | None, ...]
    """The results that are right, but for line endings and the final newline."""
    places: tuple[Place, ...] = ()
    ends: tuple[str, ...] = ("\n",)
    """The line endings of the file as it is, repeated over its lines."""
    alike: Alike = same
    """For lines that the change brings; those that it leaves must be the very same."""
    placeholder: str = ""
    """For whole files: what stands in place of some lines."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a reply is written, apart from what it asks."""

    numbers: str = "right"
    """Of hunks and of Roo's blocks: ``right``, ``wrong`` or ``none``."""
    name: str = "{}"
    """How a path is decorated."""
    fenced: bool = True
    """For git's diffs."""
    true_ids: bool = True
    """False when a model made up the names of blobs in git's diffs."""
    grouping: int = 0
    """Any number; writers choose by it among equal ways."""


@dataclass(frozen=True, slots=True)
class Written:
    """A reply and where its edits stand in it."""

    text: str
    edits: tuple[tuple[int, int], ...]
    """From the first character of each edit to the last one that it needs."""


@dataclass(frozen=True, slots=True)
class Case:
    """A reply, the files that it meets and what is right."""

    name: str
    format: str
    disturbances: tuple[str, ...]
    tasks: tuple[Task, ...]
    reply: str
    cut: str = "whole"
    """``within`` an edit, ``between`` edits, or ``whole``: where a truncated reply ends."""
    style: Style = field(default_factory=Style)
