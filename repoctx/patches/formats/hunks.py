"""Read the hunks of a unified diff, with right numbers, wrong ones or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from repoctx.patches.edits import Replacement

_HEADER = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@ ?(.*)$")
_NO_NEWLINE = "\\"
_SIGNATURE = "-- "


@dataclass(slots=True)
class Hunk:
    """Some lines of a file with their signs, and what the header says about them."""

    old_start: int | None = None
    old_count: int | None = None
    new_count: int | None = None
    """None when the header has no numbers."""
    heading: str = ""
    anchors: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    kept: list[int | None] = field(default_factory=list)
    """For each new line the old one that it is."""
    final_newline: bool | None = None
    is_combined: bool = False
    """True when its lines have a sign for each parent of a merge."""

    @property
    def is_satisfied(self) -> bool:
        """True when the header's numbers are reached, exactly."""
        return (len(self.old), len(self.new)) == (self.old_count, self.new_count)

    @property
    def has_numbers(self) -> bool:
        """True when the header says how many lines there are."""
        return self.old_count is not None

    @property
    def is_short(self) -> bool:
        """True when there is no line, or the header promises more."""
        if self.old_count is None or self.new_count is None:
            return not self.old and not self.new
        return len(self.old) < self.old_count or len(self.new) < self.new_count

    def add(self, sign: str, text: str) -> None:
        """Add one line."""
        if sign != "-":
            self.new.append(text)
            self.kept.append(len(self.old) if sign == " " else None)
        if sign != "+":
            self.old.append(text)

    def replacement(self, *, is_exact: bool) -> Replacement:
        """Return what the hunk asks for; ``is_exact`` when a tool made it."""
        return Replacement(
            search=_text(self.old),
            replace=_text(self.new),
            line=self.old_start if self.old_count else None,
            anchors=tuple(self.anchors),
            heading=self.heading,
            final_newline=self.final_newline,
            kept=tuple(self.kept),
            is_exact=is_exact and self.is_satisfied,
        )


def starts_file(lines: Sequence[str], at: int) -> bool:
    """True when a file's section begins here: at ``diff``, or at ``---`` above ``+++``."""
    line = lines[at]
    if line.startswith(("diff ", "Index: ")):
        return True
    return line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")


def read_hunk(lines: Sequence[str], at: int, *, fenced: bool) -> tuple[Hunk, int]:
    """Read the hunk that begins at ``lines[at]``; return it and the index after it.

    In a code block (``fenced``) its end is certain, so numbers that are wrong do not matter and a
    context line may lack its leading space. Outside, right numbers end the hunk.
    """
    hunk = Hunk()
    while at < len(lines) and lines[at].startswith("@@"):
        _read_header(hunk, lines[at].rstrip("\r"))
        at += 1
    sign, blank = "", 0
    while at < len(lines) and not _ends(hunk, lines, at, blank, fenced=fenced):
        line = lines[at]
        if line.startswith(_NO_NEWLINE):
            _mark_no_newline(hunk, sign)
        elif not line.rstrip("\r"):
            blank += 1  # an empty line of context that lost its space, if more lines follow
        else:
            for _ in range(blank):
                hunk.add(" ", "")
            sign, text = (line[0], line[1:]) if line[0] in " +-" else (" ", line)
            hunk.add(sign, text)
            blank = 0
        at += 1
    while blank and hunk.old_count is not None and hunk.is_short:
        hunk.add(" ", "")
        blank -= 1
    return hunk, at


def _read_header(hunk: Hunk, line: str) -> None:
    hunk.is_combined = hunk.is_combined or line.startswith("@@@ -")
    match = _HEADER.match(line)
    if match:
        hunk.old_start = int(match[1])
        hunk.old_count = int(match[2] or 1)
        hunk.new_count = int(match[3] or 1)
        hunk.heading = match[4]
        return
    anchor = line.strip("@").rstrip()
    if anchor.strip(" .,+-0123456789"):
        hunk.anchors.append(anchor.removeprefix(" "))


def _ends(hunk: Hunk, lines: Sequence[str], at: int, blank: int, *, fenced: bool) -> bool:
    line = lines[at]
    if line.startswith("@@"):
        return True
    if starts_file(lines, at):
        certain = line.startswith("diff ") or not hunk.is_short
        return certain or (at + 2 < len(lines) and lines[at + 2].startswith("@@"))
    if line.startswith(_SIGNATURE) and len(line.rstrip()) == 2:
        return hunk.is_satisfied or (hunk.old_count is None and not fenced)
    if fenced:
        return False
    if hunk.is_satisfied and (blank or not line.startswith(("+", "-", _NO_NEWLINE))):
        return bool(line.rstrip("\r"))
    return not line.startswith((" ", "+", "-", _NO_NEWLINE)) and bool(line.rstrip("\r"))


def _mark_no_newline(hunk: Hunk, sign: str) -> None:
    """The marker speaks of the line above: a ``-`` line's end is the old one only."""
    if sign == "-":
        hunk.final_newline = hunk.final_newline is not False
    elif sign:
        hunk.final_newline = False


def _text(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)
