"""A change as git would show it; for text in UTF-8, as ``git apply`` would take it."""

from __future__ import annotations

import re
from dataclasses import replace

from repoctx.decoding import is_binary
from repoctx.patches.edits import SYMLINK, FileChange, FileState
from repoctx.patches.hunks import hunks

_ODD = re.compile('[\0-\x1f"\\\\\x7f\udc80-\udcff]')
_NAMED = {"\t": "t", "\n": "n", "\r": "r", '"': '"', "\\": "\\"}


def unified(change: FileChange) -> str:
    """Return the change as a git diff with three lines of context.

    The text is raw: undecodable bytes are lone surrogates, and controls stand as they are.
    """
    before, after = change.before, change.after
    if before and after and (before.mode == SYMLINK) != (after.mode == SYMLINK):
        # What changes its type is another file: git writes the one away and then the other.
        gone = replace(change, path=change.old_path or change.path, old_path=None, after=None)
        return unified(gone) + unified(replace(change, old_path=None, before=None))
    return "".join(f"{line}\n" for line in _head(change)) + _body(change)


def _head(change: FileChange) -> list[str]:
    old, new = _quoted("a/", change.old_path or change.path), _quoted("b/", change.path)
    lines = [f"diff --git {old} {new}"]
    before, after = change.before, change.after
    if before is None and after is not None:
        lines.append(f"new file mode {after.mode:06o}")
    elif after is None and before is not None:
        lines.append(f"deleted file mode {before.mode:06o}")
    elif before and after and before.mode != after.mode:
        lines += [f"old mode {before.mode:06o}", f"new mode {after.mode:06o}"]
    if change.old_path is not None:
        lines.append(f"rename from {_quoted('', change.old_path)}")
        lines.append(f"rename to {_quoted('', change.path)}")
    return lines


def _body(change: FileChange) -> str:
    before, after = change.before, change.after
    old = "/dev/null" if before is None else _quoted("a/", change.old_path or change.path)
    new = "/dev/null" if after is None else _quoted("b/", change.path)
    if _content(before) == _content(after):
        return ""
    if is_binary(_content(before)) or is_binary(_content(after)):
        return f"Binary files {old} and {new} differ\n"
    text = "".join(str(hunk) for hunk in hunks(change) if hunk.lines)
    return f"--- {_ended(old)}\n+++ {_ended(new)}\n{text}"


def _content(state: FileState | None) -> bytes:
    return state.content if state else b""


def _ended(name: str) -> str:
    """A name with a space in it ends at a tab, so that a reader knows where."""
    return name + "\t" if " " in name else name


def _quoted(prefix: str, path: str) -> str:
    """Quote a name as C does where a plain one could be misread; letters stay readable."""
    if not _ODD.search(path):
        return prefix + path
    return f'"{prefix}{_ODD.sub(_escape, path)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _NAMED:
        return "\\" + _NAMED[character]
    return f"\\{ord(character) & 0xFF:03o}"
