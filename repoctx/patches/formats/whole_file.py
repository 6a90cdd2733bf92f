"""Read whole files: a path alone on a line, then a code block with all that the file shall hold."""

from __future__ import annotations

from repoctx.patches.edits import FileEdit
from repoctx.patches.formats import git_diff, patch_envelope, search_replace
from repoctx.patches.formats.block import Fence, Opening, Outcome, Step, fence_of, truncated
from repoctx.patches.formats.names import could_be_path, is_surely_path

NAME = "whole_file"

_SHELLS = "bash console cmd powershell ps1 sh shell shell-session terminal zsh"
_SCRIPTS = (".bash", ".bat", ".cmd", ".ps1", ".sh", ".zsh")
_MARKDOWN = (".markdown", ".md", ".mdx", ".qmd", ".rmd", ".rst", ".txt", ".adoc")


def opens(fence: Fence, path: str) -> bool:
    """True when the code block that begins here may be the file of that path.

    Never commands to run, nor an edit in a ``diff`` block.
    """
    if not is_surely_path(path) or fence.language in ("diff", "patch", "udiff"):
        return False
    return fence.language not in _SHELLS.split() or path.endswith(_SCRIPTS) or "." not in path


class WholeFile:
    """The lines of a named code block, to the line that closes it."""

    def __init__(self, opening: Opening, fence: Fence) -> None:
        self.opening = opening
        self.is_complete = False
        self._fence = fence
        self._lines: list[str] = []
        self._is_blank = True
        self._inner = 0

    @property
    def may_be_cut(self) -> bool:
        """True for a text in three backticks that is likely to hold such a line itself."""
        return self.opening.path.lower().endswith(_MARKDOWN) and len(self._fence.marker) == 3

    def take(self, line: str) -> Step:
        """Take lines up to the closing fence; leave those of another edit format."""
        if self._is_other_edit(line):
            return Step.LEFT
        fence = fence_of(line)
        if fence and self._fence.can_be_closed_by(fence):
            if fence.info.strip():
                self._inner += 1
            elif self._inner:
                self._inner -= 1
            else:
                self.is_complete = True
                return Step.DONE
        self._lines.append(line)
        self._is_blank = self._is_blank and not line.strip()
        return Step.MORE

    def outcomes(self) -> list[Outcome]:
        """Return the file, unless the block held something else."""
        if not self.is_complete:
            return []
        return [
            FileEdit(
                path=self.opening.path,
                action="write",
                format=NAME,
                line=self.opening.line,
                content="".join(line + "\n" for line in self._lines),
            )
        ]

    def cut_off(self) -> list[Outcome]:
        """Return a problem: half a file must not replace a whole one."""
        return [truncated(self.opening)]

    def _is_other_edit(self, line: str) -> bool:
        if search_replace.opens(line):
            return True
        if not self._is_blank:
            return False
        names_file = line.startswith("--- ") and could_be_path(line[4:].partition("\t")[0].strip())
        return names_file or patch_envelope.opens(line) or _is_diff(line)


def _is_diff(line: str) -> bool:
    return git_diff.opens(line) or line.startswith("@@ ")
