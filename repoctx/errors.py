"""Errors that a person can act on, and the exit code of each.

RepoctxError              1  something failed: a backend, a disk
├── UsageError            2  the command or its input makes no sense
├── ConflictError         3  an edit does not fit; nothing was applied
├── CheckFailedError      4  the check command failed
├── RefusedError          5  a limit or a safety policy says no
└── CancelledError      130  the person stopped it
"""

from __future__ import annotations


class RepoctxError(Exception):
    """What happened (with the path or name in it), and what to do next.

    ``message`` and ``hint`` are one line each and may contain hostile text: they are escaped
    where they are printed, not here. ``exit_code`` is the process's exit status.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(RepoctxError):
    """The command, an option or an input file makes no sense."""

    exit_code = 2


class ConflictError(RepoctxError):
    """An edit does not fit the files as they are; nothing was written."""

    exit_code = 3


class CheckFailedError(RepoctxError):
    """The check command ran and failed."""

    exit_code = 4


class RefusedError(RepoctxError):
    """A limit (cost, window) or a safety policy (path, sandbox, endpoint) says no."""

    exit_code = 5


class CancelledError(RepoctxError):
    """The person stopped the work."""

    exit_code = 130
