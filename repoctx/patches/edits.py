"""The values of a change: what a reply asks for, and what a plan will do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from repoctx.errors import RepoctxError

ChangeKind = Literal["create", "edit", "delete", "rename", "mode"]

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000


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


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A whole change, planned against hash-checked files before one byte is written."""

    files: tuple[FileChange, ...]
    """In the order in which the reply first names them; no path stands twice."""
    conflicts: tuple[EditConflict, ...] = ()
    """While there is one, nothing may be applied unless the person asks for the rest."""

    @property
    def is_empty(self) -> bool:
        """True when the reply asks for nothing."""
        return not self.files and not self.conflicts


class EditError(RepoctxError):
    """An edit that cannot be planned; becomes an ``EditConflict``."""

    exit_code = 3
