"""Find text that may begin and end inside a line: a tool call's ``old_string``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from repoctx.patches.edits import Replacement
from repoctx.patches.match import locate
from repoctx.patches.matching.anchors import by_line
from repoctx.patches.matching.lines import Lines, Splice, line_texts
from repoctx.patches.matching.misfit import (
    MisfitError,
    ambiguous,
    empty_search,
    not_found,
    too_many,
)
from repoctx.patches.matching.rewrite import refuse_placeholder, shared_lines

_OPENERS = ("{", "(", "[", ":")
"""What a line ends in when the next one is deeper."""
_CLOSERS = ("}", ")", "]")
_WORD = re.compile(r"\w")
_MORE_FOR_EVERY = 10
"""Times as many places as one that is to be found among them; more is no edit of a person's."""


@dataclass(frozen=True, slots=True)
class _Span:
    """From a character of a line up to a character of the same line or a later one; from 0."""

    start: int
    column: int
    stop: int
    stop_column: int


def locate_inline(lines: Lines, change: Replacement) -> list[Splice]:
    """Return the splices, in file order, that replace the text; raises MisfitError.

    Text that does not occur as it is may still be whole lines that ``locate`` finds.
    """
    old, new = _normalised(change.search), _normalised(change.replace)
    if not old:
        raise empty_search()
    most = lines.most_places * (_MORE_FOR_EVERY if change.every else 1)
    spans = list(islice(_spans(lines, old), most + 1))
    if len(spans) > most:
        raise too_many("the text to replace")
    if not spans:
        return _locate_as_lines(lines, change, old, new)
    if _stands_at_open_end(lines, old):
        last = len(lines) - old.count("\n")
        raise ambiguous(lines, [*(span.start for span in spans), last], "the text to replace")
    if len(spans) > 1 and not change.every:
        spans = [_chosen(lines, change, spans)]
    indented = _indentations_above(lines, spans)
    if indented and not new and old.endswith("\n"):
        return _locate_as_lines(lines, change, old, new)  # the indentation goes with the lines
    _refuse_unclear_start(lines, spans, old)
    _refuse_unclear_indentation(indented, old, new)
    gone = set(line_texts(old)) - set(line_texts(new))
    refuse_placeholder(lines, line_texts(new), removes=bool(gone))
    return [_splice(lines, group, new) for group in _groups(_apart(spans))]


def _stands_at_open_end(lines: Lines, old: str) -> bool:
    """True when the text would stand at the end of the file, but for the final newline."""
    if lines.ends[-1] or not old.endswith("\n") or not old.strip("\n"):
        return False
    first, *others = old[:-1].split("\n")
    place = len(lines) - len(others) - 1
    is_there = place >= 0 and lines.texts[place].endswith(first)
    return is_there and lines.texts[place + 1 :] == others


def _locate_as_lines(lines: Lines, change: Replacement, old: str, new: str) -> list[Splice]:
    """Whole lines that differ in space or punctuation, in one place."""
    if change.every or (new and old.endswith("\n") != new.endswith("\n")):
        raise not_found()
    if not old.endswith("\n"):
        old, new = old + "\n", new + "\n"
    return locate(lines, replace(change, search=old, replace=new, inline=False))


def _spans(lines: Lines, old: str) -> Iterator[_Span]:
    """Yield every occurrence, overlapping ones too."""
    depth = old.count("\n")
    tail = len(old) - old.rfind("\n") - 1
    for line, column in lines.inside(old):
        yield _Span(line, column, line + depth, tail if depth else column + len(old))


def _chosen(lines: Lines, change: Replacement, spans: list[_Span]) -> _Span:
    starts = [span.start for span in spans]
    line = None
    if change.line is not None:
        line = by_line(sorted(set(starts)), lines.current_line(change.line - 1))
    if line is None or starts.count(line) > 1:
        raise ambiguous(lines, starts, "the text to replace")
    return spans[starts.index(line)]


def _indentations_above(lines: Lines, spans: Sequence[_Span]) -> set[str]:
    """The indentation of each line in which nothing else is above the text."""
    found: set[str] = set()
    at, indent = -1, ""
    for span in spans:
        if span.column and span.start != at:  # once for a long line
            at, line = span.start, lines.texts[span.start]
            indent = line[: len(line) - len(line.lstrip())]
        if 0 < span.column <= len(indent):
            found.add(indent)
    return found


def _refuse_unclear_start(lines: Lines, spans: Sequence[_Span], old: str) -> None:
    """Raise MisfitError when lines would begin within a word: a mistyped line, and not this one."""
    if "\n" not in old or not _WORD.match(old):
        return
    if any(span.column and _WORD.match(lines.texts[span.start], span.column - 1) for span in spans):
        raise not_found()


def _refuse_unclear_indentation(indented: Collection[str], old: str, new: str) -> None:
    """Raise MisfitError when indentation was left out of one line, and perhaps of the next.

    ``x = 1`` becomes ``x = 1`` and ``y = 2`` in an indented block: the new second line is either
    dedented like the first or means what it says.
    """
    first, *others = new.split("\n")
    below = [text for text in others if text.strip()]
    if not indented or not below or any(text.strip() for text in old.split("\n")[1:]):
        return
    opens = first.rstrip().endswith(_OPENERS) and not below[0].strip().startswith(_CLOSERS)
    for whole in indented:
        is_flat = opens and not below[0].removeprefix(whole)[:1].isspace()
        if is_flat or any(not text.startswith(whole) for text in below):
            raise MisfitError(
                "it is not clear how the new lines are indented, for old_string leaves it out",
                "begin old_string and new_string with the line's indentation",
            )


def _apart(spans: list[_Span]) -> Iterator[_Span]:
    """Leave out each span that overlaps the one before."""
    end = (-1, 0)
    for span in spans:
        if (span.start, span.column) >= end:
            end = (span.stop, span.stop_column)
            yield span


def _groups(spans: Iterator[_Span]) -> Iterator[list[_Span]]:
    """Put together the spans that touch the same line."""
    group: list[_Span] = []
    for span in spans:
        if group and span.start > group[-1].stop:
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _splice(lines: Lines, spans: list[_Span], new: str) -> Splice:
    """Return the lines that the spans touch with each span replaced."""
    start, stop = spans[0].start, spans[-1].stop
    text = ""
    at = (start, 0)
    for span in spans:
        text += _between(lines, at, (span.start, span.column)) + new
        at = (span.stop, span.stop_column)
    if at[1] == 0 and stop < len(lines) and (not text or text.endswith("\n")):
        texts = line_texts(text)  # the line below stays as it is
        return Splice(start, stop, texts, _kept(lines, start, stop, texts))
    if stop < len(lines):
        text += lines.texts[stop][at[1] :]
    texts = text.split("\n")
    final_newline = None
    if stop >= len(lines) - 1:
        final_newline = _ends_in_newline(lines, stop, texts)
    stop = min(stop + 1, len(lines))
    kept = _kept(lines, start, stop, texts)
    return Splice(start, stop, texts, kept, final_newline=final_newline)


def _kept(lines: Lines, start: int, stop: int, texts: Sequence[str]) -> Sequence[int | None]:
    return shared_lines(lines.texts[start:stop], texts) if lines.mixed else ()


def _ends_in_newline(lines: Lines, stop: int, texts: list[str]) -> bool:
    """Say how the text shall end; drop the empty line that a final newline leaves behind."""
    if stop < len(lines) and lines.ends[stop]:
        return True
    if texts[-1]:
        return False
    texts.pop()
    return True


def _between(lines: Lines, start: tuple[int, int], stop: tuple[int, int]) -> str:
    if start[0] == stop[0]:
        return lines.texts[start[0]][start[1] : stop[1]] if start[0] < len(lines) else ""
    whole = lines.texts[start[0] + 1 : stop[0]]
    last = lines.texts[stop[0]][: stop[1]] if stop[0] < len(lines) else ""
    return "\n".join([lines.texts[start[0]][start[1] :], *whole, last])


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
