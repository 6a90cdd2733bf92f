"""Read what git writes above a file's hunks: names, modes, renames, copies, creation, deletion."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from repoctx.patches.edits import EXECUTABLE, REGULAR, SYMLINK
from repoctx.patches.formats.hunks import Hunk

_NOTHING = "/dev/null"

_INDEX = re.compile(r"index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?$")
_SIMILARITY = re.compile(r"similarity index (\d{1,3})%$")
_MODE = re.compile(r"(old mode|new mode|new file mode|deleted file mode) ([0-7]{3,6})$")
_MOVE = re.compile(r"(rename|copy) (from|to) (.+)$")
_TIME = re.compile(
    r"[ \t]+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{1,9})?(?: ?([+-])(\d\d):?(\d\d))?$"
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|([ -~]))")
_ESCAPED = re.compile(f"(?:{_ESCAPE.pattern})+")
_LONGEST_TIME = 80
"""Characters at the end of a line in which a time is looked for."""
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}


@dataclass(slots=True)
class Header:
    """What stands above a file's hunks."""

    number: int
    """Of its first line in the reply, from 1."""
    is_git: bool = False
    has_names: bool = False
    """True below the ``---`` and ``+++`` lines."""
    old: str = ""
    new: str = ""
    """As written, with the prefix; empty when not said, or for ``/dev/null``."""
    old_is_nothing: bool = False
    new_is_nothing: bool = False
    old_mode: int | None = None
    new_mode: int | None = None
    index_mode: int | None = None
    is_new: bool = False
    is_deleted: bool = False
    move: str = ""
    """``rename``, ``copy`` or empty."""
    changes_content: bool = False
    """True when git says that the moved file is not wholly the same."""
    move_from: str = ""
    move_to: str = ""
    is_moved_twice: bool = False
    blobs: tuple[str, str] = ("", "")
    binary: list[str] | None = None
    """The lines below ``GIT binary patch``; empty when git only says that the files differ."""
    stray: str = ""
    """A line of content that stands above the first hunk header."""
    hunks: list[Hunk] = field(default_factory=list)


def opens(line: str) -> bool:
    """True for the first line of a diff as git writes it."""
    return line.startswith("diff --git ")


def read_header_line(header: Header, line: str) -> bool:
    """Take one line above the hunks; False when it says nothing about the file."""
    line = line.rstrip("\r")
    if line.startswith("diff --git "):
        header.is_git = True
        header.old, header.new = _both_names(line.removeprefix("diff --git "))
    elif line.startswith("--- "):
        header.old, header.old_is_nothing = _file_name(line[4:])
        header.has_names = True
    elif line.startswith("+++ "):
        header.new, header.new_is_nothing = _file_name(line[4:])
    elif match := _MODE.match(line):
        _read_mode(header, match[1], int(match[2], 8))
    elif match := _MOVE.match(line):
        _read_move(header, match[1], match[2], _unquoted(match[3]))
    elif match := _SIMILARITY.match(line):
        header.changes_content = int(match[1]) < 100
    elif match := _INDEX.match(line):
        header.blobs = match[1], match[2]
        header.index_mode = int(match[3], 8) if match[3] else None
    elif line == "GIT binary patch" or line.startswith("Binary files "):
        header.binary = []
    else:
        return False
    return True


def file_mode(mode: int | None) -> int | None:
    """Return the git mode in one of its three canonical forms; None for a submodule or none."""
    kind = (mode or 0) & 0o170000
    if kind == SYMLINK:
        return SYMLINK
    if mode is None or kind not in (0, 0o100000):
        return None
    return EXECUTABLE if mode & 0o100 else REGULAR


def file_names(header: Header) -> list[str]:
    """Return the names that the file may have, the likeliest first; empty when two files are named.

    ``a/`` and ``b/`` are taken off, as is any first folder in which alone the names differ.
    """
    old, new = header.old, header.new
    if not old or not new:
        name = old or new
        bare = name[2:] if name[:2] in ("a/", "b/") else name
        return list(dict.fromkeys(filter(None, (bare, name))))
    if old == new:
        return [new, new[2:]] if new[:2] in ("a/", "b/") else [new]
    old_top, _, old_rest = old.partition("/")
    new_top, _, new_rest = new.partition("/")
    if old_rest and old_top != new_top and (old_rest == new_rest or len(old_top + new_top) == 2):
        return _one_file(old_rest, new_rest, [new])
    return _one_file(old, new, [])


def _one_file(old: str, new: str, others: list[str]) -> list[str]:
    """``file.orig`` and ``file`` are one file; two unlike names are not."""
    if old == new:
        return [new, *others]
    shorter, longer = sorted((old, new), key=len)
    suffix = longer.removeprefix(shorter)
    return [new, old, *others] if suffix != longer and suffix[0] in ".~" else []


def _read_mode(header: Header, what: str, mode: int) -> None:
    header.is_new = header.is_new or what == "new file mode"
    header.is_deleted = header.is_deleted or what == "deleted file mode"
    if what.startswith("new"):
        header.new_mode = mode
    else:
        header.old_mode = mode


def _read_move(header: Header, move: str, side: str, name: str) -> None:
    known = header.move_from if side == "from" else header.move_to
    header.is_moved_twice = header.is_moved_twice or header.move not in ("", move) or bool(known)
    header.move = move
    if side == "from":
        header.move_from = name
    else:
        header.move_to = name


def _file_name(text: str) -> tuple[str, bool]:
    """The name on a ``---`` or ``+++`` line, and True when it means that no such file exists.

    ``diff -N`` says so by the time 0.
    """
    if text.startswith('"'):
        return _unquoted(text[: _closing_quote(text) + 1]), False
    head, end = text[:-_LONGEST_TIME], text[-_LONGEST_TIME:]
    time = _TIME.search(end)
    name = (head + end[: time.start()] if time else text.partition("\t")[0]).rstrip()
    if name == _NOTHING:
        return "", True
    return name, time is not None and _is_epoch(time)


def _is_epoch(time: re.Match[str]) -> bool:
    offset = timedelta(hours=int(time[3] or 0), minutes=int(time[4] or 0))
    try:
        moment = datetime.fromisoformat(time[1])
        return moment - (offset if time[2] == "+" else -offset) == datetime(1970, 1, 1)
    except (ValueError, OverflowError):  # no such day; or before the first or after the last year
        return False


def _both_names(text: str) -> tuple[str, str]:
    """Split ``a/x b/x``; a name may hold spaces, so the halves must agree."""
    if text.startswith('"'):
        end = _closing_quote(text)
        return _unquoted(text[: end + 1]), _unquoted(text[end + 1 :].strip())
    if text.endswith('"'):
        start = text.find(' "')
        return text[:start], _unquoted(text[start + 1 :])
    middle = len(text) // 2
    if text[middle : middle + 1] == " " and _rest(text[:middle]) == _rest(text[middle + 1 :]):
        return text[:middle], text[middle + 1 :]
    parts = text.split(" ")
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")


def _rest(name: str) -> str:
    return name.partition("/")[2] or name


def _closing_quote(text: str) -> int:
    at = 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return min(at, len(text) - 1)


def _unquoted(name: str) -> str:
    r"""Undo git's quoting of unusual names: ``"\303\244.txt"``."""
    if len(name) < 2 or name[0] != '"' or name[-1] != '"':
        return name
    return _ESCAPED.sub(_unescaped, name[1:-1])


def _unescaped(run: re.Match[str]) -> str:
    """A letter may be several escapes in a row, one for each of its bytes."""
    codes = (
        int(octal, 8) & 0xFF if octal else _ESCAPES.get(sign, ord(sign))
        for octal, sign in _ESCAPE.findall(run[0])
    )
    return os.fsdecode(bytes(codes))


def is_diff_line(line: str) -> bool:
    """True for a line that may stand in a diff outside a code block."""
    return (
        line[:1] in ("", " ", "+", "-", "@", "\\", "\r")
        or line.startswith(_HEADER_WORDS)
        or _BINARY_LINE.match(line) is not None
    )


_HEADER_WORDS = (
    "diff ",
    "index ",
    "old mode ",
    "new mode ",
    "new file mode ",
    "deleted file mode ",
    "similarity index ",
    "dissimilarity index ",
    "rename from ",
    "rename to ",
    "copy from ",
    "copy to ",
    "Binary files ",
    "GIT binary patch",
    "literal ",
    "delta ",
    "Index: ",
    "=====",
)
_BINARY_LINE = re.compile(r"[A-Za-z](?:[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5}){1,13}\r?$")


def binary_lines(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """Return the first part of a binary patch and the index after all of it."""
    part: list[str] = []
    parts = 0
    while at < len(lines) and parts < 2:
        line = lines[at].rstrip("\r")
        starts = line.startswith(("literal ", "delta "))
        if not starts and line and not _BINARY_LINE.match(line):
            break
        parts += not line
        if parts == 0 and line:
            part.append(line)
        at += 1
    return part, at
