"""What a format's parser is: an object that takes the lines of one block as they arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from repoctx.patches.edits import EditConflict, FileEdit
from repoctx.patches.formats.names import fence_path

Outcome: TypeAlias = FileEdit | EditConflict
"""An edit, or what is wrong with the block that should have been one."""


class Step(Enum):
    """What a block does with a line."""

    MORE = "takes it and wants more"
    DONE = "takes it and is complete"
    LEFT = "does not take it and is complete"


class Block(Protocol):
    """The lines of one block of edits. Without outcomes they were prose after all."""

    def take(self, line: str) -> Step:
        r"""Look at the next line, without its ``\n``."""
        ...

    def outcomes(self) -> list[Outcome]:
        """Return what the block says; called once, when it is complete."""
        ...

    def cut_off(self) -> list[Outcome]:
        """Return what the block says when the reply ends within it: a problem, never an edit."""
        ...


_FENCE = re.compile(r"( {0,12})(`{3,}+|~{3,}+)([^`]*)$")
_TAG = re.compile(
    r"</?(?:source|code|pre|codeblock|sourcecode)>\w*$|<(?:diff|content)>(?:<!\[CDATA\[)?$"
)


@dataclass(frozen=True, slots=True)
class Fence:
    """The first line of a Markdown code block."""

    marker: str
    """Three or more backticks or tildes."""
    info: str
    indent: int = 0

    @property
    def language(self) -> str:
        """The first word, in lower case."""
        return re.split(r"[\s:{,]", self.info.strip().lower(), maxsplit=1)[0]

    @property
    def path(self) -> str:
        """The file that the line names, or nothing."""
        return fence_path(self.info)

    def is_closed_by(self, line: str) -> bool:
        """True when the line ends the code block."""
        other = fence_of(line)
        return other is not None and not other.info.strip() and self.can_be_closed_by(other)

    def ends_signed_lines(self, line: str) -> bool:
        """True when the line ends a code block whose lines begin with a sign.

        There a fence below a space is a line of the file. The code block's own indentation is off.
        """
        return line.startswith(self.marker) and self.is_closed_by(line)

    def can_be_closed_by(self, other: Fence) -> bool:
        """True when the other's marker is of the same kind and long enough."""
        return other.marker.startswith(self.marker) and other.indent <= self.indent + 3


def fence_of(line: str) -> Fence | None:
    """Return the fence that the line is, whether it opens or closes."""
    if "```" not in line and "~~~" not in line:
        return None
    match = _FENCE.match(line.rstrip())
    return Fence(match[2], match[3], len(match[1])) if match else None


def is_tag(line: str) -> bool:
    """True for a line such as ``<source>python`` or ``<diff>`` that some models fence code with."""
    return line.startswith("<") and _TAG.match(line.rstrip()) is not None


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a block begins, and what the reply said before it about the file."""

    line: int
    """Of the block's first line in the reply, from 1."""
    path: str = ""
    """The file that the block is about if it does not say itself; empty when nobody knows."""
    is_named: bool = False
    """True when the path stands directly above the block."""
    alternatives: tuple[str, ...] = ()
    """Further names to try, the caller's hint among them."""
    unclear: str = ""
    """Why there is no path although names were found."""
    fence: Fence | None = None
    """The code block that it stands in."""


def problem(opening: Opening, reason: str, hint: str, path: str = "") -> EditConflict:
    """Return the conflict of a block that cannot be read."""
    return EditConflict(path or opening.path, f"line {opening.line} of the reply: {reason}", hint)


def nameless(opening: Opening) -> EditConflict:
    """Return the conflict of a block that names no file."""
    reason = opening.unclear or "the edit names no file"
    return problem(opening, reason, "put the path alone on the line before the block")


def truncated(opening: Opening, path: str = "") -> EditConflict:
    """Return the conflict of a block that the reply ends within."""
    return problem(opening, "the reply ends within this edit", "repeat the whole edit", path)
