"""The syntax guard: a change after which a file does not parse is not taken for finished.

It goes back to the model before a person sees it. What still does not parse in the end is shown
with a flag, so that it needs a consent of its own.
"""

from __future__ import annotations

from dataclasses import replace

from repoctx.decoding import decode
from repoctx.packer.syntax import new_syntax_error
from repoctx.patches.edits import SYMLINK, ChangeSet, EditConflict, FileChange

_FLAG = "does not parse any more"
_NEW_FLAG = "does not parse"
_AROUND = 3
"""Lines shown above and below the place."""
_LONGEST_LINE = 200


def flagged(change: FileChange) -> FileChange:
    """Return the change with a flag when the file parsed before and does not after."""
    others = tuple(flag for flag in change.flags if not flag.startswith(_NEW_FLAG))
    line = _error_line(change)
    if line is None:
        return replace(change, flags=others, syntax_error=None)
    flag = _FLAG if change.before else _NEW_FLAG
    return replace(change, flags=(*others, f"{flag} (line {line})"), syntax_error=line)


def broken(changes: ChangeSet) -> tuple[EditConflict, ...]:
    """Return, as conflicts, what a next try must mend: one for each file that does not parse."""
    return tuple(
        EditConflict(
            change.path,
            f"with the edits the file does not parse any more, from line {change.syntax_error} on",
            "send all edits of this file again so that its syntax is whole",
            _lines_around(change, change.syntax_error),
        )
        for change in changes.files
        if change.syntax_error is not None
    )


def _error_line(change: FileChange) -> int | None:
    after = change.after
    if after is None or after.mode == SYMLINK:
        return None
    old = _utf8(change.before.content) if change.before else None
    return new_syntax_error(change.path, old, _utf8(after.content))


def _utf8(content: bytes) -> bytes:
    """The parser reads UTF-8."""
    return decode(content).text.encode("utf-8", "surrogateescape")


def _lines_around(change: FileChange, line: int) -> str:
    """The place as the edits leave it, with the numbers of the lines."""
    text = decode(change.after.content).text if change.after else ""
    lines = text.split("\n")
    first = max(1, line - _AROUND)
    shown = lines[first - 1 : line + _AROUND]
    return "\n".join(
        f"{'>' if number == line else ' '} {number:5} {shown_line[:_LONGEST_LINE].rstrip()}"
        for number, shown_line in enumerate(shown, first)
    )
