"""The values of a change: what a reply asks for, and what a plan will do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from repoctx.errors import RepoctxError

ChangeKind = Literal["create", "edit", "delete", "rename", "mode"]

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000


Action = Literal["edit", "create", "write", "delete", "rename", "copy"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """One place of a file: this text becomes that text. How lines end does not matter."""

    search: str
    """Whole lines, each with its line end; any text when ``inline``. Empty: a file to fill."""
    replace: str
    inline: bool = False
    """True when the place may begin and end inside a line, as in a tool call's old_string."""
    every: bool = False
    """True for each of the places, not for a single one."""
    line: int | None = None
    """The first line, from 1, in the file as the model saw it; a hint, and often wrong."""
    anchors: tuple[str, ...] = ()
    """Lines that stand above the place, outermost first: a class, then its method."""
    heading: str = ""
    """The line that a git hunk header repeats; a hint like ``line``."""
    at_end: bool = False
    """True when it is said to stand at the end of the file."""
    final_newline: bool | None = None
    """Whether the file shall end in a newline; None when the edit does not say."""
    kept: tuple[int | None, ...] = ()
    """For each line of ``replace`` the line of ``search`` that it is; empty when not said."""
    is_exact: bool = False
    """True when a tool made it from a file, so that only the very same lines can be meant."""
    is_checked: bool = False
    """True when this file is known to be the one that a tool made it from."""

    @property
    def says_something(self) -> bool:
        """False when it puts back what it takes away."""
        return self.search != self.replace or self.final_newline is not None


@dataclass(frozen=True, slots=True)
class BinaryPatch:
    """A git binary patch: the new bytes, or a delta from the old ones."""

    data: bytes
    is_delta: bool = False
    old_blob: str = ""
    """The git blob id, 40 hex digits, that the file must have; empty when not said."""
    new_blob: str = ""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What one block of a reply asks of one file; it is planned whole or not at all."""

    path: str
    """As the reply names it; not yet checked."""
    action: Action
    """``create`` wants no such file yet, ``write`` gives the whole content of a new or old one."""
    format: str
    """The edit format, one of ``formats.NAMES``."""
    line: int
    """Where it begins in the reply, from 1."""
    replacements: tuple[Replacement, ...] = ()
    """For edit, rename and copy; for delete the content that is expected."""
    content: str | None = None
    """For create and write."""
    binary: BinaryPatch | None = None
    """For create and edit, in place of text."""
    new_path: str = ""
    """For rename and copy."""
    mode: int | None = None
    """The git mode that the file shall have; None keeps it."""
    blobs: tuple[str, str] = ("", "")
    """How the git blob ids before and after begin, as git's diff of text says; often made up."""
    expects_file: bool = False
    """True when the file is said to exist, although no SEARCH text shows it."""
    alternatives: tuple[str, ...] = ()
    """Other names that the reply may mean, tried in order when ``path`` does not exist."""
    number: int = field(default=0, compare=False)
    """Its place among the edits of the reply, from 1; 0 outside of one."""

    @property
    def is_new_text(self) -> bool:
        """True for text without SEARCH: the first content of a file."""
        return len(self.replacements) == 1 and not self.replacements[0].search.strip()

    @property
    def first_text(self) -> str:
        """That content."""
        change = self.replacements[0]
        if change.final_newline is False:
            return change.replace.removesuffix("\n").removesuffix("\r")
        return change.replace


@dataclass(frozen=True, slots=True)
class FileState:
    """A file's whole content and its git mode at one moment."""

    content: bytes
    """The file's bytes; for a symbolic link, its target."""
    mode: int = REGULAR
    """One of REGULAR, EXECUTABLE and SYMLINK."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after; at least one of the two states is set."""

    path: str
    """Relative to the root, ``/`` between parts, bytes decoded with surrogateescape."""
    before: FileState | None
    """None when the path does not exist before (a new file, or a rename's destination)."""
    after: FileState | None
    """None when the file is deleted."""
    old_path: str | None = None
    """The path that it is renamed from; ``before`` is then that file's state."""
    flags: tuple[str, ...] = ()
    """Reasons for care, each a short phrase; such a file needs separate consent."""
    syntax_error: int | None = None
    """The line, from 1, at which the file stops to parse; None unless it parsed before, or is new
    and does not."""

    @property
    def kind(self) -> ChangeKind:
        """The change in one word; a rename that also edits is a rename."""
        if self.old_path is not None:
            return "rename"
        if self.before is None:
            return "create"
        if self.after is None:
            return "delete"
        return "edit" if self.before.content != self.after.content else "mode"


@dataclass(frozen=True, slots=True)
class EditConflict:
    """An edit that cannot be placed, for a person and for the model's next try."""

    path: str
    """Empty when the reply names no file."""
    reason: str
    """What is wrong, in one line."""
    hint: str
    """What to change, in one line."""
    detail: str = ""
    """Several lines: the edit's text and the nearest lines of the file, as a small diff."""
    number: int = 0
    """Of the edit among those of the reply, from 1; 0 when it is about no single edit."""
    hunk: int = 0
    """Of the replacement among those of the edit, from 1; 0 when it is about all of it."""
    line: int = 0
    """Where that edit begins in the reply, from 1; 0 when it is not known."""
    is_needless: bool = False
    """True when the file has the new text already, so that nothing is lost without the edit."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A whole change, planned against hash-checked files before one byte is written."""

    files: tuple[FileChange, ...]
    """In the order in which the reply first names them; no path stands twice."""
    conflicts: tuple[EditConflict, ...] = ()
    """While there is one, nothing may be applied unless the person asks for the rest."""
    edits: tuple[FileEdit, ...] = field(default=(), compare=False, repr=False)
    """What was asked for, those that do not fit included: a next try builds on it."""

    @property
    def is_empty(self) -> bool:
        """True when the reply asks for nothing."""
        return not self.files and not self.conflicts


class EditError(RepoctxError):
    """An edit that cannot be planned; becomes an ``EditConflict``."""

    exit_code = 3
