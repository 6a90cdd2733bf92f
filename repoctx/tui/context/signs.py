"""Signs for levels, so that none is told by its colour alone."""

from __future__ import annotations

from repoctx.packer.manifest import Folder
from repoctx.packer.pinning import Asked
from repoctx.packer.select import Level
from repoctx.tui.context.lines import Line

_SIGNS = {
    Level.FULL: ("●", "$text-success"),
    Level.OUTLINE: ("◐", "$text-warning"),
    Level.NAME: ("○", "$text-muted"),
    Level.OMITTED: ("✕", "$text-error"),
}
_SEVERAL = ("~", "$text-muted")
LEGEND = "● full ◐ outline ○ name ✕ omit * pinned"


def sign_of(line: Line, asked: Asked, waiting: Asked) -> tuple[str, str]:
    """Return the sign of the line's level, with a star behind it for a pin, and its style.

    ``waiting`` are levels that are asked for and not yet counted; they are shown in advance.
    """
    level = level_of(line, waiting)
    sign, style = _SEVERAL if level is None else _SIGNS[level]
    return sign + ("*" if is_pinned(line, asked) else " "), style


def is_pinned(line: Line, asked: Asked) -> bool:
    """True when a person asks for the level of a file, or of just this folder."""
    return (asked.of if line.is_folder else asked.level)(line.path) is not None


def level_of(line: Line, waiting: Asked) -> Level | None:
    """Return the level that a file or folder has, or shall have; None for several."""
    node = line.node
    if isinstance(node, Folder):
        levels = [level for level, count in node.levels.items() if count]
        return waiting.of(line.path) or (levels[0] if len(levels) == 1 else None)
    return (waiting.level(node.path) if node.facts is not None else None) or node.level
