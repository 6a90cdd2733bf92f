"""The diff of one file, unified or side by side: only the lines in sight are ever drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from repoctx.patches.review import Decision
from repoctx.tui.review.drawing import Drawing
from repoctx.tui.review.painting import Painter, fold_zones, hunk_zones, zone_at
from repoctx.tui.review.shown import shown

_PAUSE = 0.06
"""Seconds between two chunks that are coloured ahead."""

Decided = Callable[[int], Decision | None]
"""Tells what was decided about a hunk."""


class DiffView(ScrollView):
    """One file's change, with one hunk current."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff--added",
        "diff--added-word",
        "diff--removed",
        "diff--removed-word",
        "diff--gutter",
        "diff--hunk",
        "diff--hunk-current",
        "diff--key",
        "diff--key-chosen",
        "diff--fold",
        "diff--note",
        "diff--nothing",
        "diff--accepted",
        "diff--rejected",
        "diff--current",
    }
    DEFAULT_CSS = """
    DiffView {
        background: $surface;
        color: $text;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        .diff--added { background: $success 12%; }
        .diff--added-word { background: $success 40%; text-style: bold underline; }
        .diff--removed { background: $error 14%; }
        .diff--removed-word { background: $error 45%; text-style: bold underline; }
        .diff--gutter { color: $text-muted; }
        .diff--hunk { background: $panel; color: $text-muted; }
        .diff--hunk-current { background: $primary-muted; color: $text; text-style: bold; }
        .diff--key { background: $surface; color: $text; }
        .diff--key-chosen { background: $primary; color: $text; text-style: bold; }
        .diff--fold { color: $text-muted; text-style: italic; }
        .diff--note { color: $text-warning; }
        .diff--nothing { background: $boost; color: $text-disabled; }
        .diff--accepted { color: $text-success; }
        .diff--rejected { color: $text-error; }
        .diff--current { color: $primary; }
    }
    """
    can_focus = True

    @dataclass
    class Marked(Message):
        """A key beside a hunk was clicked: ``y``, ``n`` or ``e``."""

        hunk: int
        key: str

    @dataclass
    class Unfold(Message):
        """More of the lines above a hunk is wanted: at their ``top``, ``bottom``, or ``all``."""

        gap: int
        what: str

    @dataclass
    class Current(Message):
        """Another hunk became the current one, because it was scrolled or clicked to."""

        hunk: int

    def __init__(self, decided: Decided, id: str | None = None) -> None:
        super().__init__(id=id)
        self._decided = decided
        self._drawing: Drawing | None = None
        self._painter: Painter | None = None
        self._drawn: dict[int, Decision | None] = {}
        self._ahead: Timer | None = None
        self.current = 0

    @property
    def drawing(self) -> Drawing | None:
        """What is drawn."""
        return self._drawing

    def show(self, drawing: Drawing | None, current: int = 0) -> None:
        """Draw a file; where it is the one from before, the current hunk keeps its place."""
        before = self._drawing
        is_same = before is not None and drawing is not None and before.sheet is drawing.sheet
        above = before.starts[self.current] - self.scroll_offset.y if before and is_same else 0
        self._drawing, self.current = drawing, current
        if drawing and is_same and self._painter:
            self._painter = self._painter.moved(drawing)
        else:
            self._painter = Painter(self, drawing) if drawing else None
        self._measure()
        self._prepare()
        if drawing and is_same and drawing.starts:
            self.scroll_to(y=max(0, drawing.starts[current] - above), animate=False, immediate=True)
        else:
            self.scroll_to(x=0, y=0, animate=False, immediate=True)
            self.go_to(current)
        self.refresh()

    def scroll_to(self, x: float | None = None, y: float | None = None, **how: Any) -> None:
        """Scroll at once: a key is answered by one frame."""
        super().scroll_to(x, y, **{**how, "animate": False})

    def scroll_end(self, **how: Any) -> None:
        """The same, where Textual does not ask ``scroll_to``."""
        super().scroll_end(**{**how, "animate": False})

    def go_to(self, hunk: int) -> None:
        """Make a hunk current, and bring it into sight."""
        self._redraw_hunk(self.current)
        self.current = hunk
        self._redraw_hunk(hunk)
        drawing, height = self._drawing, self.size.height
        if drawing and hunk < drawing.hunks:
            start, end = drawing.starts[hunk], drawing.end(hunk)
            top = self.scroll_offset.y
            if start < top or min(end, start + height) > top + height:
                self.scroll_to(y=max(0, start - height // 8), animate=False, immediate=True)

    def redraw(self) -> None:
        """Draw the hunks in sight whose decision is another one than was drawn."""
        drawing, top = self._drawing, self.scroll_offset.y
        if drawing is None:
            return
        bottom = min(top + self.size.height, len(drawing.rows))
        for hunk in {drawing.rows[at].hunk for at in range(top, bottom)} - {drawing.hunks}:
            if self._decided(hunk) != self._drawn.get(hunk):
                self._redraw_hunk(hunk)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width, at = self.size.width, y + self.scroll_offset.y
        if self._painter is None or self._drawing is None or at >= len(self._drawing.rows):
            return Strip.blank(width, self.rich_style)
        hunk = self._drawing.rows[at].hunk
        decision = self._decided(hunk) if hunk < self._drawing.hunks else None
        self._drawn[hunk] = decision
        return self._painter.strip(
            at, width, self.scroll_offset.x, decision, hunk == self.current, self.text_selection
        )

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """What a key decides about must be in sight, so a hunk out of it is not current."""
        super().watch_scroll_y(old_value, new_value)
        self._prepare()
        drawing, top = self._drawing, round(new_value)
        if drawing is None or not drawing.starts or self.current >= drawing.hunks:
            return
        start, end = drawing.starts[self.current], drawing.end(self.current)
        if end <= top or start >= top + self.size.height:
            found = bisect_right(drawing.starts, top) - 1
            if found < 0 or (end <= top and drawing.starts[found] < top and found == self.current):
                found += 1
            self._make_current(max(0, min(found, drawing.hunks - 1)))

    def on_resize(self) -> None:
        """The halves of a line depend on the width."""
        self._measure()

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        if self._drawing is not None:
            self._painter = Painter(self, self._drawing)

    def on_click(self, event: events.Click) -> None:
        """A click decides, unfolds, or makes a hunk current."""
        at = event.y + self.scroll_offset.y
        if self._drawing is None or at >= len(self._drawing.rows):
            return
        row = self._drawing.rows[at]
        if row.kind == "fold":
            if what := zone_at(fold_zones(row), event.x):
                self.post_message(self.Unfold(row.hunk, what))
            return
        self._make_current(row.hunk)
        if row.kind == "hunk" and (key := zone_at(hunk_zones(self._decided(row.hunk)), event.x)):
            self.post_message(self.Marked(row.hunk, key))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected lines, without numbers and marks; side by side of the new file."""
        if self._drawing is None:
            return None
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else len(self._drawing.rows) - 1
        lines = []
        for at in range(first, min(last, len(self._drawing.rows) - 1) + 1):
            row = self._drawing.rows[at]
            if row.kind == "line" and (span := selection.get_span(at)):
                text = shown(row.before if row.mark == "-" else row.after).text
                lines.append(text[span[0] : None if span[1] < 0 else span[1]])
        return "\n".join(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh()

    def _make_current(self, hunk: int) -> None:
        if hunk != self.current:
            self._redraw_hunk(self.current)
            self.current = hunk
            self._redraw_hunk(hunk)
            self.post_message(self.Current(hunk))

    def _prepare(self) -> None:
        """Colour what is about to come into sight while nothing else is to be done."""
        if self._ahead is not None:
            self._ahead.stop()
        self._ahead = self.set_interval(_PAUSE, self._colour)

    def _colour(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        colours = self._drawing.colours if self._drawing else None
        is_done = colours is None or not colours.prepare(top - height, top + 2 * height)
        if is_done and self._ahead is not None:
            self._ahead.stop()

    def _redraw_hunk(self, hunk: int) -> None:
        """Its rows in sight, and no other."""
        if self._drawing is None or hunk >= self._drawing.hunks:
            return
        top = self.scroll_offset.y
        above = self._drawing.shape.unfolded.get(hunk, (0, 0))[1]
        start = max(top, self._drawing.starts[hunk] - above)
        end = min(top + self.size.height, self._drawing.end(hunk))
        if start < end:
            self.refresh_lines(start, end - start)

    def _measure(self) -> None:
        if self._drawing is None or self._painter is None:
            self.virtual_size = Size(0, 0)
            return
        width = self._drawing.width + self._painter.beside(self.size.width)
        self.virtual_size = Size(width, len(self._drawing.rows))
