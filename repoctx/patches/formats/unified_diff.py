"""Read unified diffs, as git writes them and as models write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from repoctx.patches.edits import SYMLINK, Action, BinaryPatch, FileEdit
from repoctx.patches.formats import patch_envelope, search_replace
from repoctx.patches.formats.binary import Room, unpack
from repoctx.patches.formats.block import Opening, Outcome, Step, nameless, problem, truncated
from repoctx.patches.formats.git_diff import (
    Header,
    binary_lines,
    file_mode,
    file_names,
    is_diff_line,
    opens,
    read_header_line,
)
from repoctx.patches.formats.hunks import Hunk, read_hunk, starts_file

__all__ = ["NAME", "UnifiedDiff", "opens", "opens_hunk", "opens_names"]

NAME = "unified_diff"

_FULL_BLOB = re.compile(r"[0-9a-f]{40}$")
_HUNK = re.compile(r"@@ (?:-\d|\.\.\. @@|@@)")
_HINT = "write --- and +++ with the path, then @@ and lines that begin with space, + or -"
_IN_CODE = "put the diff between a ```diff line and a ``` line"


def opens_names(line: str) -> bool:
    """True for ``--- a/x``, which begins a diff if a ``+++`` line follows."""
    return line.startswith("--- ") and bool(line[4:].strip())


def opens_hunk(line: str) -> bool:
    """True for a hunk header, which begins a diff without file names."""
    return line.startswith("@@") and _HUNK.match(line) is not None


class UnifiedDiff:
    """The lines of a diff: all of a ``diff`` code block, or outside of one what looks like it."""

    def __init__(self, opening: Opening, first: str | None, room: Room | None = None) -> None:
        self._opening = opening
        self._room = room or Room()
        self._lines: list[str] = []
        self._has_content = False
        if first is not None:
            self._keep(first)
        self._is_tentative = first is not None and opens_names(first)
        self._ends_open = False

    def end_open(self) -> None:
        """Take note that the last line has no newline: one that is new may be half a line."""
        self._ends_open = self._lines[-1:] != [] and self._lines[-1].startswith("+")

    def take(self, line: str) -> Step:
        """Take lines up to the end of the code block, or to one that no diff can hold."""
        if self._is_tentative and not line.startswith("+++ "):
            self._lines = []
            return Step.LEFT
        self._is_tentative = False
        fence = self._opening.fence
        if fence.ends_signed_lines(line) if fence else not is_diff_line(line):
            return Step.LEFT
        if not self._has_content and _is_other_edit(line):
            self._lines = []
            return Step.LEFT
        self._keep(line)
        return Step.MORE

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        self._has_content = self._has_content or line[:1] in ("@", "+", "-", " ")

    def outcomes(self) -> list[Outcome]:
        """Return an edit for each file, or what is wrong with its section."""
        return self._outcomes_of(self._headers())

    def _outcomes_of(self, headers: Sequence[Header]) -> list[Outcome]:
        return [_outcome(header, self._opening, self._room) for header in headers]

    def cut_off(self) -> list[Outcome]:
        """Outside a code block the reply's end is the diff's, if the numbers agree."""
        if self._is_tentative or not self._lines:
            return []
        headers = self._headers()
        if not headers:
            return []
        if self._opening.fence or self._may_be_cut(headers[-1]):
            return [truncated(self._opening)]
        if not all(hunk.has_numbers for hunk in headers[-1].hunks[-1:]):
            return [problem(self._opening, "nothing says that this diff is whole", _IN_CODE)]
        return self._outcomes_of(headers)

    def _may_be_cut(self, last: Header) -> bool:
        line = self._lines[-1]
        is_half = line.startswith("index ") and not last.blobs[0]
        is_half = is_half or line.startswith("diff ") or self._ends_open
        return is_half or any(hunk.is_short for hunk in last.hunks[-1:])

    def _headers(self) -> list[Header]:
        fenced = self._opening.fence is not None
        headers = read_diff(self._lines, self._opening.line, fenced=fenced)
        if not headers and fenced and self._opening.is_named:
            hunk = read_hunk(self._lines, 0, fenced=True)[0]
            return [Header(self._opening.line, hunks=[hunk])] if hunk.old else []
        return headers


def read_diff(lines: Sequence[str], number: int, *, fenced: bool) -> list[Header]:
    """Return each file's header with its hunks; ``number`` is the first line's in the reply."""
    headers: list[Header] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if starts_file(lines, at) and not (headers and _is_next_line(headers[-1], line)):
            headers.append(Header(number + at))
        if line.startswith("@@") or (headers and _lacks_hunk_header(headers[-1], line)):
            if not headers:
                headers.append(Header(number + at))
            hunk, end = read_hunk(lines, at, fenced=fenced)
            headers[-1].hunks.append(hunk)
            at = max(end, at + 1)
            continue
        if headers and not read_header_line(headers[-1], line):
            _note_stray(headers[-1], line)
        at += 1
        if line.startswith("GIT binary patch") and headers:
            headers[-1].binary, at = binary_lines(lines, at)
    return [header for header in headers if not _is_empty_mention(header)]


def _is_next_line(header: Header, line: str) -> bool:
    """True when ``---`` belongs to the ``diff`` line above it."""
    return line.startswith("--- ") and not header.has_names


def _lacks_hunk_header(header: Header, line: str) -> bool:
    """True for a hunk's first line right below ``+++``, as models write it; git never does."""
    if line.startswith(("--- ", "+++ ")) or header.is_git or header.hunks:
        return False
    return header.has_names and line[:1] in ("+", "-", " ")


def _is_other_edit(line: str) -> bool:
    return search_replace.opens(line) or patch_envelope.opens(line)


def _note_stray(header: Header, line: str) -> None:
    if line[:1] in ("+", "-") and not line.startswith("-- ") and not header.hunks:
        header.stray = header.stray or line


def _is_empty_mention(header: Header) -> bool:
    """``Index: x`` or ``diff -r a b`` alone says nothing."""
    return not (header.is_git or header.old or header.new or header.hunks)


def _outcome(header: Header, opening: Opening, room: Room) -> Outcome:
    """Return the edit that a file's section asks for."""
    opening = Opening(header.number, opening.path, opening.is_named, opening.alternatives)
    names = _names(header, opening)
    if not names:
        two = header.old and header.new
        return problem(opening, "the diff names two files", _HINT) if two else nameless(opening)
    wrong = _what_is_wrong(header)
    if wrong:
        return problem(opening, wrong, _HINT, names[0])
    if header.binary is not None:
        return _binary_edit(header, names, opening, room)
    return _text_edit(header, names)


def _names(header: Header, opening: Opening) -> list[str]:
    if header.move:
        return [header.move_from] if header.move_from and header.move_to else []
    if not header.old and not header.new:
        return [opening.path, *opening.alternatives] if opening.path else []
    return list(dict.fromkeys([*file_names(header), *opening.alternatives]))


def _what_is_wrong(header: Header) -> str:
    mode = header.new_mode if header.new_mode is not None else header.old_mode
    if mode is not None and file_mode(mode) is None:
        return "submodules and special files cannot be changed by a patch"
    if header.stray:
        return f"a line stands above the first @@ line: {header.stray.strip()[:80]}"
    if any(hunk.is_combined for hunk in header.hunks):
        return "a diff of a merge, with @@@ lines, cannot be applied"
    if not all(hunk.old or hunk.new for hunk in header.hunks):
        return "a hunk has no lines"
    if header.is_new and any(hunk.old for hunk in header.hunks):
        return "a new file has no old lines"
    if header.changes_content and not header.hunks and header.binary is None:
        return "the moved file is changed, but the diff has no hunks"
    fate = bool(header.move), header.is_new, header.is_deleted
    is_nothing = header.old_is_nothing or header.new_is_nothing
    if header.is_moved_twice or sum(fate) > 1 or (header.move and is_nothing):
        return "it is said to be new, moved or deleted, and another of these or twice"
    if header.binary is not None and header.hunks:
        return "a binary patch has no hunks"
    if not any((header.hunks, *fate)) and header.binary is None and header.new_mode is None:
        return "the diff of this file has no hunks"
    return ""


def _text_edit(header: Header, names: Sequence[str]) -> FileEdit:
    has_old_lines = any(hunk.old for hunk in header.hunks)
    creates = header.is_new or (header.old_is_nothing and not has_old_lines)
    action: Action = "edit"
    if header.move:
        action = "rename" if header.move == "rename" else "copy"
    elif creates:
        action = "create"
    elif header.is_deleted or header.new_is_nothing:
        action = "delete"
    made_by_git = header.is_git and header.blobs[0] != ""
    changes = tuple(hunk.replacement(is_exact=made_by_git) for hunk in header.hunks)
    return FileEdit(
        path=names[0],
        action=action,
        format=NAME,
        line=header.number,
        replacements=() if creates else changes,
        content=_new_content(header.hunks) if creates else None,
        new_path=header.move_to,
        mode=_mode(header),
        blobs=header.blobs,
        expects_file=header.is_git,
        alternatives=tuple(names[1:]),
    )


def _mode(header: Header) -> int | None:
    if header.is_deleted:
        return None
    if header.new_mode is None and header.index_mode == SYMLINK:
        return SYMLINK
    return file_mode(header.new_mode)


def _new_content(hunks: Sequence[Hunk]) -> str:
    content = "".join(line + "\n" for hunk in hunks for line in hunk.new)
    ends_open = hunks and hunks[-1].final_newline is False
    return content[:-1].removesuffix("\r") if ends_open else content


def _binary_edit(header: Header, names: Sequence[str], opening: Opening, room: Room) -> Outcome:
    try:
        data, is_delta = unpack(header.binary or [], room)
    except ValueError as error:
        return problem(opening, f"the binary patch cannot be read: {error}", "", names[0])
    old, new = (blob if _FULL_BLOB.match(blob) else "" for blob in header.blobs)
    action: Action = "create" if header.is_new else "delete" if header.is_deleted else "edit"
    if header.move:
        action = "rename" if header.move == "rename" else "copy"
    return FileEdit(
        path=names[0],
        action=action,
        format=NAME,
        line=header.number,
        binary=BinaryPatch(data, is_delta, "" if header.is_new else old, new),
        new_path=header.move_to,
        mode=_mode(header),
        alternatives=tuple(names[1:]),
    )
