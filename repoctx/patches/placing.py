"""Put one replacement into the lines of a file, within the room that a reply has."""

from __future__ import annotations

from repoctx.patches.edits import Replacement
from repoctx.patches.formats.binary import Room
from repoctx.patches.inline import locate_inline
from repoctx.patches.match import locate
from repoctx.patches.matching.lines import Lines
from repoctx.patches.matching.misfit import MisfitError


def place(lines: Lines, change: Replacement, room: Room) -> None:
    """Find the place and replace it; raises MisfitError."""
    found = locate_inline(lines, change) if change.inline else locate(lines, change)
    if change.every:  # else it cannot write more than the reply holds
        use(room, sum(len(text) for splice in found for text in splice.texts))
    for splice in reversed(found):
        lines.replace(splice)


def use(room: Room, size: int) -> None:
    """Use some of the room up; raises MisfitError when there is less."""
    try:
        room.take(size)
    except ValueError:
        reason = "the edits of this reply would write too much"
        raise MisfitError(reason, "make fewer edits at once") from None
