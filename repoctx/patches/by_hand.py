"""A hunk's new lines as a person edits them: safe to show, and put back without losing a byte.

An editor shows printable characters and one kind of line end. A line that the person leaves alone
gets its own bytes back; a line that they write ends as the hunk's other lines do.
"""

from __future__ import annotations

from collections.abc import Sequence

from repoctx.linediff import changed_blocks
from repoctx.patches.hunks import Hunk
from repoctx.terminal import printable


def editable(hunk: Hunk, text: str | None = None) -> str:
    """Return the hunk's new lines (or a text that stands for them) for an editor."""
    return "".join(map(_shown, _lines("".join(hunk.new_lines) if text is None else text)))


def taken_back(hunk: Hunk, edited: str, text: str | None = None) -> str:
    """Return what the person means: ``taken_back(hunk, editable(hunk))`` is the hunk's own text."""
    raw = _lines("".join(hunk.new_lines) if text is None else text)
    written = _lines(edited)
    shown = [_shown(line) for line in raw]
    end = _usual_end(raw or list(hunk.old_lines))
    pieces: list[str] = []
    old_at = new_at = 0
    for block in changed_blocks(_keys(shown), _keys(written)):
        pieces += raw[old_at : block.old_start]
        pieces += [_ended(line, end) for line in written[block.new_start : block.new_end]]
        old_at, new_at = block.old_end, block.new_end
    return "".join(pieces + raw[old_at : old_at + len(written) - new_at])


def _shown(line: str) -> str:
    if not line.endswith("\n"):
        return printable(line)
    return printable(line[:-1].removesuffix("\r")) + "\n"


def _usual_end(lines: Sequence[str]) -> str:
    crlf = sum(line.endswith("\r\n") for line in lines)
    return "\r\n" if crlf * 2 > len(lines) else "\n"


def _ended(line: str, end: str) -> str:
    return line.removesuffix("\n") + (end if line.endswith("\n") else "")


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])


def _keys(lines: Sequence[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogatepass") for line in lines]
