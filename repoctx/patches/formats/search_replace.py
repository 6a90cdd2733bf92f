"""Read SEARCH/REPLACE blocks, with the markers of aider, Cline and Roo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from repoctx.patches.edits import FileEdit, Replacement
from repoctx.patches.formats.block import Opening, Outcome, Step, nameless, problem, truncated

NAME = "search_replace"

_SIGNS = ("<<<", "---", ">>>", "+++")
_HEAD = re.compile(r"([<-])\1{2,19} SEARCH>?$")
_NEAR_HEAD = re.compile(r"<{5,9} ?(?:SEARCH|ORIGINAL)\b|-{5,20} ?SEARCH\b")
_DIVIDER = re.compile(r"={3,20}$")
_TAIL = re.compile(r"(?:>{3,20}|\+{3,20}) REPLACE>?$")
_ESCAPED = re.compile(r"\\(?=\\*(?:[<>=+-]{3,20}(?: SEARCH| REPLACE)?>?$|:(?:start|end)_line:))")
"""A backslash makes a line of text of a marker, and of a line that begins with one another."""

_START_LINE = re.compile(r":start_line: ?(\d{1,9})$")
_LINE_MARKER = re.compile(r":(?:start|end)_line:")
_RULE = re.compile(r"-{5,9}$")
_NUMBERED = re.compile(r" {0,8}(\d{1,9}) \| ?")

_HINT = "write <<<<<<< SEARCH, the lines, =======, the new lines, >>>>>>> REPLACE"


def opens(line: str) -> bool:
    """True for the first line of a block, and for one that was meant to be: a problem."""
    if not line.startswith(_SIGNS):  # so it is with nearly every line of a reply
        return False
    bare = line.rstrip()
    return bool(_HEAD.match(bare) or _NEAR_HEAD.match(bare) or _TAIL.match(bare))


class SearchReplace:
    """One block, from its SEARCH marker to its REPLACE marker."""

    def __init__(self, opening: Opening, first: str) -> None:
        self._opening = opening
        self.is_cut = False
        """True when the next block begins in it: the name of that one's file was taken too."""
        self._first = first.rstrip()
        self._lines: list[str] = []
        self._rules = 0
        """Lines of equals signs among them."""
        self._outcome: Outcome | None = None

    def take(self, line: str) -> Step:
        """Take lines up to the REPLACE marker; another SEARCH marker cuts the block off."""
        if not self._lines and (wrong := self._wrong_start()):
            self._outcome = problem(self._opening, wrong, _HINT)
            return Step.LEFT
        bare = line.rstrip()
        if _TAIL.match(bare):
            self._outcome = self._parsed()
            return Step.DONE
        if self._ends_in_divider() and self._closes_fence(line):
            self._lines.pop()  # it stands where REPLACE should
            self._outcome = self._parsed()
            return Step.LEFT
        if _HEAD.match(bare):
            self.is_cut = True
            missing = "REPLACE" if any(map(_is_divider, self._lines)) else "======="
            self._outcome = problem(self._opening, f"the block has no {missing} line", _HINT)
            return Step.LEFT
        self._lines.append(line)
        self._rules += _is_divider(line)
        return Step.MORE

    def _ends_in_divider(self) -> bool:
        """True below a second divider."""
        return self._rules == 2 and _is_divider(self._lines[-1]) and len(self._dividers()) == 2

    def _closes_fence(self, line: str) -> bool:
        fence = self._opening.fence
        return fence is not None and fence.is_closed_by(line)

    def outcomes(self) -> list[Outcome]:
        """Return the edit or the problem."""
        return [self._outcome] if self._outcome else []

    def cut_off(self) -> list[Outcome]:
        """Return the problem of a block without an end."""
        if wrong := self._wrong_start():
            return [problem(self._opening, wrong, _HINT)]
        return [truncated(self._opening)]

    def _wrong_start(self) -> str:
        if _TAIL.match(self._first):
            return "a REPLACE marker without a SEARCH marker"
        return "" if _HEAD.match(self._first) else "this is no SEARCH marker"

    def _parsed(self) -> Outcome:
        dividers = self._dividers()
        if len(dividers) != 1:
            wrong = "more than one ======= line" if dividers else "no ======= line"
            return problem(self._opening, f"the block has {wrong}", _HINT)
        change = _replacement(self._lines[: dividers[0]], self._lines[dividers[0] + 1 :])
        if change is None:
            return problem(self._opening, "a line number stands among the new lines", _HINT)
        return self._edit(change)

    def _dividers(self) -> list[int]:
        """Markers of one length belong together; others of that kind may underline a title."""
        marker = self._first.split()[0]
        found = [i for i, line in enumerate(self._lines) if _is_divider(line)]
        alike = [i for i in found if len(self._lines[i].rstrip()) == len(marker)]
        usual = [i for i in found if 5 <= len(self._lines[i].rstrip()) <= 9]
        return alike or usual

    def _edit(self, change: Replacement) -> Outcome:
        opening = self._opening
        if not opening.path:
            return nameless(opening)
        return FileEdit(
            path=opening.path,
            action="edit",
            format=NAME,
            line=opening.line,
            replacements=(change,),
            alternatives=opening.alternatives,
        )


def _replacement(search: list[str], new: list[str]) -> Replacement | None:
    """Return the replacement; None when Roo's line numbers stand on the wrong side."""
    if new and _LINE_MARKER.match(new[0]):
        return None
    line, search = _start_line(search)
    number, search = _without_numbers(search)
    if number is not None:
        new = _without_numbers(new)[1]
    change = Replacement(_text(search), _text(new))
    return replace(change, line=line if line is not None else number)


def _start_line(search: list[str]) -> tuple[int | None, list[str]]:
    """Take off Roo's ``:start_line:N``, ``:end_line:N`` and the rule below them."""
    if not search or not (match := _START_LINE.match(search[0].rstrip())):
        return None, search
    at = 1
    while at < len(search) and _LINE_MARKER.match(search[at]):
        at += 1
    if at < len(search) and _RULE.match(search[at].rstrip()):
        at += 1
    return int(match[1]), search[at:]


def _without_numbers(lines: list[str]) -> tuple[int | None, list[str]]:
    """Take off ``12 | `` when every line has the number that follows the last one's."""
    found = [_NUMBERED.match(line) for line in lines]
    if not found or not found[0]:
        return None, lines
    first = int(found[0][1])
    stripped = []
    for i, (line, match) in enumerate(zip(lines, found, strict=True)):
        if not match or int(match[1]) != first + i:
            return None, lines
        stripped.append(line[match.end() :])
    return first, stripped


def _is_divider(line: str) -> bool:
    return line.startswith("===") and _DIVIDER.match(line.rstrip()) is not None


def _text(lines: Sequence[str]) -> str:
    unescaped = (line[1:] if _ESCAPED.match(line.rstrip()) else line for line in lines)
    return "".join(line + "\n" for line in unescaped)
