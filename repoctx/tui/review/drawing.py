"""A file's rows with what drawing them needs; for a large change it is made in a thread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from repoctx.patches.rows import Row, Shape, Sheet
from repoctx.tui.review.colours import Colours
from repoctx.tui.review.shown import shown

MOST = 2_000
"""Lines of a change that are laid out at once; more are laid out in a thread."""


_PLAIN = re.compile(r"[ -~]{0,1000}\n?\Z")
"""A line that is as wide as it is long."""


@dataclass(frozen=True)
class Drawing:
    """One file as it is drawn."""

    sheet: Sheet
    shape: Shape
    rows: Sequence[Row]
    starts: Sequence[int]
    """The row with each hunk's header."""
    width: int
    """Cells of the widest line."""
    digits: int
    """Of the largest line number."""
    carriage_returns: bool
    """Show them: some lines have one, and some have none."""
    colours: Colours
    """The syntax colours; a row's are made when it is drawn first."""

    @property
    def hunks(self) -> int:
        """Their number."""
        return len(self.starts)

    def end(self, hunk: int) -> int:
        """Return the row behind a hunk's last one."""
        return self.starts[hunk + 1] if hunk + 1 < self.hunks else len(self.rows)


def drawing(sheet: Sheet, shape: Shape) -> Drawing:
    """Lay the file out."""
    rows = sheet.rows(shape)
    lines = [line for row in rows for line in (row.before, row.after) if line]
    returns = sum(line.endswith("\r\n") for line in lines)
    return Drawing(
        sheet,
        shape,
        rows,
        [number for number, row in enumerate(rows) if row.kind == "hunk"],
        _width(rows),
        len(str(max((max(row.old, row.new) for row in rows), default=0))),
        0 < returns < sum(line.endswith("\n") for line in lines),
        Colours(sheet.change.path, rows),
    )


def unfolded(drawn: Drawing, gap: int, shape: Shape) -> Drawing:
    """Return the drawing with another part of one gap shown; nothing else is laid out anew."""
    old, new = drawn.sheet.gap(gap, drawn.shape), drawn.sheet.gap(gap, shape)
    end = drawn.starts[gap] if gap < drawn.hunks else len(drawn.rows)
    more = len(new) - len(old)
    rows = [*drawn.rows[: end - len(old)], *new, *drawn.rows[end:]]
    return replace(
        drawn,
        shape=shape,
        rows=rows,
        colours=drawn.colours.moved(rows),
        starts=[*drawn.starts[:gap], *(start + more for start in drawn.starts[gap:])],
        width=max(drawn.width, _width(new)),
    )


def _width(rows: Sequence[Row]) -> int:
    lines = (line for row in rows for line in (row.before, row.after))
    return max((_line_width(line) for line in lines), default=0) + len("CR, ")


def _line_width(line: str) -> int:
    return len(line) if _PLAIN.match(line) else shown(line).width


def is_large(sheet: Sheet) -> bool:
    """True when laying the file out could be felt."""
    return sum(len(hunk.lines) for hunk in sheet.hunks) > MOST
