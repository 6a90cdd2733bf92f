"""A hunk as a text that a person edits, and back, as ``git add -e`` does it.

Lines begin with ``-``, ``+`` or a space. The old lines must stay those of the file; editors may
strip spaces at line ends and carriage returns, which come back from the hunk itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from repoctx.patches.edits import EditError
from repoctx.patches.hunks import Hunk, Mark

_HELP = """\
# To leave out a line that begins with '+', delete it. To keep one that begins with '-', put a
# space in place of the '-'. What you write yourself begins with '+'.
# These lines go away. Without any other line the hunk stays as it was.
"""
_NO_NEWLINE = "\\"
_MARKS: dict[str, Mark] = {" ": " ", "-": "-", "+": "+"}


def buffer_of(hunk: Hunk) -> str:
    """Return the text to edit."""
    return f"{hunk}{_HELP}"


def edited_text(hunk: Hunk, text: str) -> str | None:
    """Return the hunk's new lines as edited, for ``Review.edit``; None when nothing is left.

    Raises EditError for a line without a mark and for old lines that are not those of the file.
    """
    lines = list(_marked_lines(text))
    if all(mark == " " and not line.strip() for mark, line in lines):
        return None
    kept = list(_with_old_lines(lines, iter(hunk.old_lines)))
    ending = "\r\n" if all(_ends_in_crlf(line) for _, line in hunk.lines) else "\n"
    own = [line for mark, line in hunk.lines if mark == "+" and line.endswith("\n")]
    new = [_typed(line, own, ending) if mark == "+" else line for mark, line in kept if mark != "-"]
    return "".join(_joined(new, ending))


def _marked_lines(text: str) -> Iterator[tuple[Mark, str]]:
    """Yield each line with its newline and mark; the one before git's note has no newline."""
    given = text.removesuffix("\n").split("\n")
    lines = [line for line in given if not line.startswith(("#", "@@"))]
    for number, line in enumerate(lines):
        mark = line[:1].strip("\r") or " "  # a blank line that lost its space
        if mark == _NO_NEWLINE:
            continue
        if mark not in _MARKS:
            raise EditError(f"the line {line!r} has no mark", "begin each with '+', '-' or a space")
        following = lines[number + 1] if number + 1 < len(lines) else ""
        yield _MARKS[mark], line[1:] + ("" if following.startswith(_NO_NEWLINE) else "\n")


def _with_old_lines(
    lines: list[tuple[Mark, str]], old: Iterator[str]
) -> Iterator[tuple[Mark, str]]:
    """Put the file's own lines in place of the edited ones, which may have lost spaces."""
    for mark, line in lines:
        if mark == "+":
            yield mark, line
            continue
        own = next(old, None)
        if own is None and mark == " " and not line.strip():
            continue  # what an editor leaves at the end
        if own is None or own.rstrip() != line.rstrip():
            raise _not_of_the_file()
        yield mark, own
    if next(old, None) is not None:
        raise _not_of_the_file()


def _typed(line: str, own: Sequence[str], ending: str) -> str:
    """Return a new line with its end: that of the hunk's own line of this text, if there is one."""
    if not line.endswith("\n") or line in own:
        return line
    text = line.rstrip("\r\n")
    return next((known for known in own if known.rstrip("\r\n") == text), text + ending)


def _joined(lines: list[str], ending: str) -> Iterator[str]:
    """Give every line but the last a line end."""
    for number, line in enumerate(lines, 1):
        yield line if line.endswith("\n") or number == len(lines) else line + ending


def _ends_in_crlf(line: str) -> bool:
    return line.endswith("\r\n")


def _not_of_the_file() -> EditError:
    return EditError(
        "the lines with ' ' and '-' are not those of the file", "change only what begins with '+'"
    )
