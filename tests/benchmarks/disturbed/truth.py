"""Say whether a result is right, from how the case was made; the matcher has no part in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .cases import Alike, Task
from .places import Place, blocks_of, lines_of

_END = re.compile(r"\r\n|\n")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line with its ending; an empty one does not count.

    A doubtful line is one whose equal comes or goes in the same change: which of them stays, the
    reply does not say.
    """

    text: str
    end: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of the file that become others."""

    start: int
    stop: int
    new: Sequence[str]


def content_of(task: Task) -> bytes | None:
    """Return what stands on disk."""
    if task.current is None:
        return None
    *lines, last = task.current.split("\n")
    ends = task.ends
    text = "".join(line + ends[i % len(ends)] for i, line in enumerate(lines)) + last
    return text.encode()


def is_right(task: Task, made: bytes | None, *, partly: bool) -> bool:
    """True for an accepted result; ``partly``: also when some whole places are left out."""
    if partly and made == content_of(task):
        return True
    return any(_is(task, made, wanted, partly=partly) for wanted in task.accepted)


def _is(task: Task, made: bytes | None, wanted: str | None, *, partly: bool) -> bool:
    if made is None or wanted is None:
        return made is None and wanted is None
    try:
        text = made.decode()
    except UnicodeDecodeError:
        return False
    if task.current is None:
        return text.replace("\r\n", "\n").rstrip("\n") == wanted.rstrip("\n")
    final = {text.endswith("\n") for text in (task.current, wanted, task.after or "")}
    groups = _groups(task, wanted)
    base = _marked(task, _rows((content_of(task) or b"").decode()), groups)
    readings = [text] if (text[-1:] == "\n") in final else []
    if text[-1:] == "\n" and False in final:
        readings.append(text + "\n")  # the last line may be blank, and without an end
    return any(
        _fits(_rows(reading), base, groups, task.alike, set(task.ends), partly=partly)
        for reading in readings
    )


def _marked(task: Task, rows: Sequence[_Row], groups: Sequence[Sequence[_Piece]]) -> Sequence[_Row]:
    """Mark the doubtful ones among the file's lines."""
    old = lines_of(task.current or "")
    pieces = [piece for group in groups for piece in group]
    moving = {text for p in pieces for text in (*old[p.start : p.stop], *p.new)}
    blank = any(task.alike("", text) or task.alike(text, "") for text in moving)
    return [
        _Row(row.text, "", True) if row.text in moving or (blank and not row.text.strip()) else row
        for row in rows
    ]


def _rows(text: str) -> list[_Row]:
    ends = _END.findall(text)
    texts = _END.split(text)
    if not texts[-1]:
        texts.pop()
    rows = [_Row(t, e) for t, e in zip(texts, [*ends, ""], strict=False)]
    if rows:
        rows[-1] = _Row(rows[-1].text, "")
    return rows


def _groups(task: Task, wanted: str) -> list[list[_Piece]]:
    """The pieces of the change, those of one place together; of a stale file each by itself."""
    new = lines_of(wanted)
    blocks = blocks_of(lines_of(task.current or ""), new)
    pieces = [_Piece(b.old_start, b.old_end, new[b.new_start : b.new_end]) for b in blocks]
    if task.seen is None or lines_of(task.seen) != lines_of(task.current or ""):
        return [[piece] for piece in pieces]
    groups: dict[int, list[_Piece]] = {}
    for number, piece in enumerate(pieces):
        own = next((p.start for p in task.places if _holds(p, piece)), -1 - number)
        groups.setdefault(own, []).append(piece)
    return list(groups.values())


def _holds(place: Place, piece: _Piece) -> bool:
    return place.start <= piece.start and piece.stop <= place.start + len(place.old)


def _fits(
    rows: Sequence[_Row],
    base: Sequence[_Row],
    groups: Sequence[Sequence[_Piece]],
    alike: Alike,
    ends: set[str],
    *,
    partly: bool,
) -> bool:
    """Walk through both, and at each place through all that it may have become."""
    at = {0}
    line = 0
    for group in groups:
        gap = base[line : group[0].start]
        starts = {o + len(gap) for o in at if _same(rows, o, gap, alike)}
        at = {o for s in starts if (o := _after(rows, s, base, group, alike, ends)) is not None}
        if partly:
            old = base[group[0].start : group[-1].stop]
            at |= {s + len(old) for s in starts if _same(rows, s, old, alike)}
        line = group[-1].stop
    return any(o + len(base) - line == len(rows) and _same(rows, o, base[line:], alike) for o in at)


def _after(
    rows: Sequence[_Row],
    at: int,
    base: Sequence[_Row],
    group: Sequence[_Piece],
    alike: Alike,
    ends: set[str],
) -> int | None:
    """Return where the new lines of a place end; None when they do not stand here."""
    line = group[0].start
    for piece in group:
        gap = base[line : piece.start]
        if not _same(rows, at, gap, alike):
            return None
        at += len(gap)
        found = rows[at : at + len(piece.new)]
        if len(found) != len(piece.new):
            return None
        if not all(alike(row.text, text) for row, text in zip(found, piece.new, strict=True)):
            return None
        if not all(row.end in {"", *ends} for row in found):
            return None
        at, line = at + len(piece.new), piece.stop
    return at


def _same(rows: Sequence[_Row], at: int, wanted: Sequence[_Row], alike: Alike) -> bool:
    found = rows[at : at + len(wanted)]
    return len(found) == len(wanted) and all(
        (a.text == b.text or (b.doubtful and alike(a.text, b.text)))
        and (a.end == b.end or not a.end or not b.end)
        for a, b in zip(found, wanted, strict=True)
    )
