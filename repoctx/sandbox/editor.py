"""The person's own editor: which one it is, and how it is told the line."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from repoctx.errors import UsageError
from repoctx.sandbox.interactive import run_on_terminal

_PLUS = frozenset(("vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "kak"))
"""Editors that are told the line as ``+12 file``."""
_COLON = frozenset(("hx", "helix"))
"""Editors that are told it as ``file:12``."""
_GOTO = frozenset(("code", "code-insiders", "codium"))
"""Editors that are told it as ``-g file:12``."""


def editor() -> str:
    """Return the command in ``$VISUAL`` or ``$EDITOR``; UsageError when neither is set."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not command.strip():
        raise UsageError("no editor is known", "set VISUAL or EDITOR")
    return command


def edit(command: str, file: Path, line: int | None = None) -> int:
    """Run an editor on the file, at the line (from 1) if it knows how; return its exit code.

    RepoctxError when it cannot be run at all.
    """
    return run_on_terminal(command, *arguments(command, file, line))


def arguments(command: str, file: Path, line: int | None) -> tuple[str, ...]:
    """Return what stands behind the command so that the editor opens the file at the line."""
    name = _name(command)
    if line is None:
        return (str(file),)
    if name in _PLUS:
        return f"+{line}", str(file)
    if name in _GOTO:
        return "-g", f"{file}:{line}"
    return (f"{file}:{line}",) if name in _COLON else (str(file),)


def _name(command: str) -> str:
    """Return the program's name; the command may have options."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return os.path.basename(words[0]) if words else ""
