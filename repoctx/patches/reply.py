"""Read a model's reply as it streams in: the edits it asks for, what is wrong with them, the rest.

The reply is read line by line and each line once, so any way of cutting it into chunks gives the
same edits, and reading takes time proportional to its length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from repoctx.patches.edits import EditConflict, FileEdit
from repoctx.patches.formats.block import Block, Outcome, Step, fence_of
from repoctx.patches.formats.unified_diff import UnifiedDiff
from repoctx.patches.naming import names_file
from repoctx.patches.scanner import Scanner, is_name


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply says."""

    edits: tuple[FileEdit, ...]
    """In the order in which they stand."""
    problems: tuple[EditConflict, ...]
    """Blocks that were meant to be edits and cannot be read; while there is one, apply nothing."""
    prose: str
    """Everything else, code blocks that are no edits included."""


class ReplyParser:
    """Takes the reply in chunks of any size."""

    def __init__(self, path_hint: str = "") -> None:
        self._scanner = Scanner(path_hint)
        self._partial: list[str] = []
        self._block: Block | None = None
        self._taken: list[str] = []
        self._is_framed = False
        """True when the line above, names apart, opened the code block that the edit is in."""
        self._dropped_fence = False
        """True below the first line of a code block that is left out: so is its last."""
        self._edits: list[FileEdit] = []
        self._problems: list[EditConflict] = []
        self._prose: list[str] = []

    def feed(self, chunk: str) -> list[FileEdit]:
        """Take the next piece of the reply; return the edits that it completes."""
        before = len(self._edits)
        first, *rest = chunk.split("\n")
        self._partial.append(first)
        for piece in rest:
            line = "".join(self._partial)
            self._partial = [piece]
            self._take(line)
        return self._edits[before:]

    def finish(self) -> Reply:
        """Take the end of the reply; a block that it cuts off is a problem."""
        if last := "".join(self._partial):
            self._take(last)
        if last and isinstance(self._block, UnifiedDiff):
            self._block.end_open()
        if self._block:
            self._close(self._block, self._block.cut_off())
        self._problems += self._scanner.problems(has_edits=bool(self._edits))
        return Reply(tuple(self._edits), tuple(self._problems), "".join(self._prose))

    def _take(self, line: str) -> None:
        """Give the line to the open block, or see whether it opens one."""
        self._scanner.next_line()
        if self._block:
            step = self._block.take(self._scanner.dedented(line))
            if step is not Step.LEFT:
                self._taken.append(line)
            if step is not Step.MORE:
                self._close(self._block, self._block.outcomes())
            if step is not Step.LEFT:
                return
        self._block = self._scanner.open(line)
        if self._block:
            self._taken = [line]
            self._is_framed = self._scanner.is_first_in_code and fence_of(line) is None
        elif self._dropped_fence and self._scanner.closes_edits(line):
            self._dropped_fence = False
        else:
            self._prose.append(line + "\n")

    def _close(self, block: Block, outcomes: list[Outcome]) -> None:
        """Keep what the block says; one that says nothing was prose."""
        self._block = None
        self._scanner.closed(block, outcomes, self._taken)
        if outcomes:
            self._drop_frame()
        else:
            self._prose += [line + "\n" for line in self._taken]
        for outcome in outcomes:
            if isinstance(outcome, FileEdit):
                self._edits.append(replace(outcome, number=len(self._edits) + 1))
            else:
                self._problems.append(outcome)

    def _drop_frame(self) -> None:
        """The code block's first line and the file's name are part of the edit."""
        self._drop_names()
        if self._is_framed and self._prose and fence_of(self._prose[-1]):
            self._prose.pop()
            self._dropped_fence = True
            self._drop_names()
        if self._prose[-1:] == ["\n"] and names_file("".join(self._prose[-2:-1])):
            del self._prose[-2:]

    def _drop_names(self) -> None:
        while self._prose and is_name(self._prose[-1]):
            self._prose.pop()


def parse_reply(text: str, path_hint: str = "") -> Reply:
    """Read a whole reply; ``path_hint`` is the file that is meant where it names none."""
    parser = ReplyParser(path_hint)
    parser.feed(text)
    return parser.finish()
