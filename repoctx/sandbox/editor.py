"""The person's own editor: which one it is, and how it is told the line, and to wait."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from repoctx.errors import UsageError
from repoctx.sandbox.interactive import run_on_terminal

_PLUS = frozenset(
    ("vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "kak", "gvim", "mvim")
)
"""Editors that are told the line as ``+12 file``."""
_COLON = frozenset(("hx", "helix", "subl", "zed", "zeditor"))
"""Editors that are told it as ``file:12``."""
_GOTO = frozenset(("code", "code-insiders", "codium", "cursor", "windsurf"))
"""Editors that are told it as ``-g file:12``."""
_WAITING = {
    **dict.fromkeys(_GOTO, ("--wait", "-w")),
    **dict.fromkeys(("subl", "zed", "zeditor", "mate"), ("--wait", "-w")),
    **dict.fromkeys(("gvim", "mvim"), ("--nofork", "-f")),
    "kate": ("--block", "-b"),
}
"""What keeps editors with a window of their own from returning before the file is closed; the long
form, which is said when the person's command has neither."""


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
    """Return what stands behind the command: the file at the line, open until it is closed."""
    name, *options = _words(command)
    waiting = _WAITING.get(name, ())
    first = waiting[:1] if not set(waiting) & set(options) else ()
    return *first, *_place(name, file, line)


def _place(name: str, file: Path, line: int | None) -> tuple[str, ...]:
    if line is None:
        return (str(file),)
    if name in _PLUS:
        return f"+{line}", str(file)
    if name in _GOTO:
        return "-g", f"{file}:{line}"
    return (f"{file}:{line}",) if name in _COLON else (str(file),)


def _words(command: str) -> list[str]:
    """Return the program's name, then its options; a command of the shell's is nobody's name."""
    try:
        first, *options = shlex.split(command)
    except ValueError:
        return [""]
    return [os.path.basename(first), *options]
