"""Follow a reply's prose and code blocks, and know where an edit begins."""

from __future__ import annotations

from collections.abc import Sequence

from repoctx.patches.edits import EditConflict
from repoctx.patches.formats import patch_envelope, search_replace, unified_diff, whole_file
from repoctx.patches.formats.binary import Room
from repoctx.patches.formats.block import (
    Block,
    Fence,
    Opening,
    Outcome,
    fence_of,
    is_tag,
    problem,
    truncated,
)
from repoctx.patches.formats.json_edits import JsonEdits
from repoctx.patches.formats.json_edits import opens as opens_json
from repoctx.patches.formats.patch_envelope import PatchEnvelope
from repoctx.patches.formats.search_replace import SearchReplace
from repoctx.patches.formats.unified_diff import UnifiedDiff
from repoctx.patches.formats.whole_file import WholeFile
from repoctx.patches.naming import Naming, names_file

_DIFF = ("diff", "patch", "udiff")
_NO_LANGUAGE = ("", "text", "txt", "plaintext")
_ABOVE = 8
"""Lines above a block in which the last one ends and its file's name may stand."""
_JSON = ("json", "jsonc", "tool_call", "tool_code", *_NO_LANGUAGE)


class Scanner:
    """Looks at each line outside of edits and opens a block where an edit begins."""

    def __init__(self, path_hint: str = "") -> None:
        self._naming = Naming(path_hint)
        self._number = 0
        self._fence: Fence | None = None
        self._opened_at = 0
        self._last = ""
        self._inner: Fence | None = None
        """A code block quoted in a longer one: an example, never an edit."""
        self._edited = False
        self._closed_edits = False
        self._thought = ""
        self._doubtful: Opening | None = None
        self._problems: list[EditConflict] = []
        self._room = Room()

    def next_line(self) -> None:
        """Count a line of the reply."""
        self._number += 1

    def problems(self, *, has_edits: bool) -> list[EditConflict]:
        """Return what is doubtful in the reply as a whole; asked at its end.

        A reply with edits that ends within a code block of none was cut in the next edit's first
        lines. A fence that names no language may only close what was not open.
        """
        if has_edits and self._fence and self._fence.language and not self._edited:
            return [*self._problems, truncated(Opening(self._opened_at))]
        if has_edits and self._last.strip() in ("`", "``", "~", "~~"):
            return [*self._problems, truncated(Opening(self._number))]
        return self._problems

    def dedented(self, line: str) -> str:
        """Return the line without the indentation of the code block's first line."""
        if not self._fence or not self._fence.indent:
            return line
        indent = len(line) - len(line.lstrip(" "))
        return line[min(indent, self._fence.indent) :]

    def open(self, line: str) -> Block | None:
        """Return the block that begins with this line; None when it is prose."""
        self._last = line
        if self._in_thought(line):
            return None
        if fence := fence_of(line):
            return self._at_fence(line, fence)
        if self._inner:
            return None
        text = self.dedented(line)
        block = self._edit_at(text) if text else None
        if block is None:
            self._naming.see_line(text, quoted=self._fence is not None)
        return block

    def closed(self, block: Block, outcomes: Sequence[Outcome], lines: Sequence[str]) -> None:
        """Take note of a block that ended, and of the lines that it took."""
        if isinstance(block, WholeFile) and block.is_complete:
            self._fence = None
            if block.may_be_cut:
                self._doubtful = block.opening
        if outcomes:
            self._edited = self._fence is not None
            self._naming.see_edit(outcomes[-1].path)
        if isinstance(block, SearchReplace) and block.is_cut:
            self._see_again(lines[1:][-_ABOVE:])

    def _see_again(self, lines: Sequence[str]) -> None:
        """Look at lines that a block without an end took, for those above the next block.

        A fence may open that one's code block, if no blank line is between; the one before it, or
        the only one, may close this block's.
        """
        if not lines:
            return
        fences = [i for i, line in enumerate(lines) if fence_of(line)]
        opening = closing = -1
        if fences and all(map(str.strip, lines[fences[-1] :])) and len(fences) > bool(self._fence):
            opening = fences.pop()
        if fences and self._fence:
            closing = fences.pop()
        for i, line in enumerate(lines):
            fence = fence_of(line) if i in (opening, closing) else None
            if fence:
                self._at_fence(line, fence)
            elif i > closing:
                self._naming.see_line(line, quoted=self._fence is not None)

    @property
    def is_first_in_code(self) -> bool:
        """True when the block that opens is the first edit of a code block, below its fence."""
        return self._fence is not None and not self._edited

    def closes_edits(self, line: str) -> bool:
        """True for the line that closed a code block of edits; asked after ``open``."""
        return self._closed_edits and fence_of(line) is not None

    # Code blocks

    def _at_fence(self, line: str, fence: Fence) -> Block | None:
        self._closed_edits = False
        if self._inner:
            if self._inner.is_closed_by(line):
                self._inner = None
            return None
        if self._fence:
            if self._fence.is_closed_by(line):
                self._fence, self._closed_edits, self._edited = None, self._edited, False
                self._naming.see_code_end()
                return None
            if not self._fence.can_be_closed_by(fence):
                self._inner = fence
                return None
        # Here also when a code block was never closed: the next one begins all the same.
        self._fence, self._edited, self._opened_at = fence, False, self._number
        return self._named_file(fence)

    def _named_file(self, fence: Fence) -> Block | None:
        doubtful, self._doubtful = self._doubtful, None
        path = self._naming.file_of(fence)
        if whole_file.opens(fence, path):
            return WholeFile(Opening(self._number, path, is_named=True), fence)
        if doubtful and not fence.info.strip():
            self._problems.append(
                problem(
                    doubtful,
                    "the file may have been cut at a ``` line of its own",
                    "put a file that holds ``` between lines of four backticks",
                )
            )
        return None

    # Edits

    def _edit_at(self, line: str) -> Block | None:
        language = self._fence.language if self._fence else None
        if search_replace.opens(line):
            return SearchReplace(self._opening(), line)
        if patch_envelope.opens(line):
            return PatchEnvelope(self._opening(), line)
        if self._begins_diff(line, language):
            return UnifiedDiff(self._opening(), line, self._room)
        if opens_json(line) and (language is None or language in _JSON):
            return JsonEdits(self._opening(), line)
        return None

    def _opening(self) -> Opening:
        return self._naming.opening(self._number, self._fence)

    def _begins_diff(self, line: str, language: str | None) -> bool:
        if language in _DIFF:
            return bool(line.strip())
        if language is not None and language not in _NO_LANGUAGE:
            return False
        return (
            unified_diff.opens(line)
            or unified_diff.opens_names(line)
            or unified_diff.opens_hunk(line)
        )

    def _in_thought(self, line: str) -> bool:
        """True inside ``<think>``: a draft is no edit."""
        if not self._thought and not self._fence and line.startswith(("<think>", "<thinking>")):
            self._thought = "</" + line[1 : line.index(">") + 1]
        if not self._thought:
            return False
        if self._thought in line:
            self._thought = ""
        return True


def is_name(line: str) -> bool:
    """True for a line that belongs to the edit below it: a file's name alone, or a tag."""
    return is_tag(line) or names_file(line)
