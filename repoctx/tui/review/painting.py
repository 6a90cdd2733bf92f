"""The strips of a diff: header of a hunk, fold, line, and the marks in them that can be clicked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from textual._cells import cell_len
from textual.content import Content, Span
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from repoctx.patches.intraline import Spans, changed_words
from repoctx.patches.review import Decision
from repoctx.patches.rows import Row
from repoctx.terminal import counted, one_line
from repoctx.tui.review.drawing import Drawing
from repoctx.tui.review.shown import Shown, shown

if TYPE_CHECKING:
    from textual.widget import Widget

Zone: TypeAlias = tuple[str, str]
"""A text, and what a click on it means; empty when nothing."""

_KEPT = 400
"""Lines whose strips are kept: several screens."""
_SPACE = "·"
"""Stands for a blank at the end of a line."""


def hunk_zones(decision: Decision | None) -> list[Zone]:
    """Return the beginning of a hunk's header: the decision in a word, and the keys to make it."""
    return [
        ("▌ ", ""),
        (f"{in_words(decision):10}", ""),
        (" ", ""),
        (" y ", "y"),
        (" ", ""),
        (" n ", "n"),
        (" ", ""),
        (" e ", "e"),
        ("  ", ""),
    ]


def fold_zones(row: Row) -> list[Zone]:
    """Return a fold: how much it hides, and how to see it."""
    zones = [(f"  ⋯ {counted(row.hidden, 'unchanged line')}  ", "")]
    if row.hidden > 20:
        zones += [(" 20 ↓ ", "top"), (" ", ""), (" 20 ↑ ", "bottom"), (" ", "")]
    return [*zones, (" all ", "all")]


def zone_at(zones: Sequence[Zone], x: int) -> str:
    """Return what a click at a column means."""
    for text, meaning in zones:
        x -= cell_len(text)
        if x < 0:
            return meaning
    return ""


def in_words(decision: Decision | None) -> str:
    """Return a decision as a sign and a word."""
    if decision is None:
        return "  open"
    if decision is False:
        return "✗ rejected"
    return "✓ accepted" if decision is True else "✎ edited"


class Painter:
    """Draws the rows of one drawing in the colours of a widget."""

    def __init__(self, widget: Widget, drawing: Drawing) -> None:
        self._widget = widget
        self._drawing = drawing
        self._lines: dict[tuple[Row, bool, bool], Strip] = {}
        self._strips: dict[tuple[int, int, int, Decision | None, bool], Strip] = {}
        self._changed: dict[tuple[str, str], tuple[Spans, Spans]] = {}
        self._styles: dict[tuple[str, ...], Style] = {}

    def moved(self, drawing: Drawing) -> Painter:
        """Return a painter of other rows of the same file; the lines that are painted are kept."""
        moved = Painter(self._widget, drawing)
        if drawing.carriage_returns == self._drawing.carriage_returns:
            moved._lines, moved._changed = self._lines, self._changed
        return moved

    def beside(self, width: int) -> int:
        """Return how much of a line's width is not for text; side by side, its other half too."""
        digits = self._drawing.digits
        if self._drawing.shape.side_by_side:
            return width - (width - 1) // 2 + digits + 4
        return 2 * digits + 5

    def strip(
        self,
        at: int,
        width: int,
        scrolled: int,
        decision: Decision | None,
        is_current: bool,
        selection: Selection | None,
    ) -> Strip:
        """Return a row as it stands on the screen."""
        if selection is not None:
            return self._strip(at, width, scrolled, decision, is_current, selection)
        key = at, width, scrolled, decision, is_current
        if key not in self._strips:
            _make_room(self._strips)
            self._strips[key] = self._strip(at, width, scrolled, decision, is_current, None)
        return self._strips[key]

    def style(self, *names: str) -> Style:
        """Return the style of a part."""
        if names not in self._styles:
            parts = (f"diff--{name}" for name in names)
            self._styles[names] = self._widget.get_visual_style(*parts)
        return self._styles[names]

    def _strip(
        self,
        at: int,
        width: int,
        scrolled: int,
        decision: Decision | None,
        is_current: bool,
        selection: Selection | None,
    ) -> Strip:
        row = self._drawing.rows[at]
        if row.kind == "hunk":
            return self._whole(self._header(row, decision, is_current), width)
        if row.kind == "fold":
            return self._whole(self._fold(row), width)
        bar = self._bar(decision, is_current)
        draw = self._halves if self._drawing.shape.side_by_side else self._unified
        return draw(at, width, scrolled, bar, decision is False, selection)

    def _header(self, row: Row, decision: Decision | None, is_current: bool) -> Iterator[Content]:
        base = self.style("hunk-current" if is_current else "hunk")
        chosen = {None: "", False: "n", True: "y"}.get(decision, "e")  # type: ignore[arg-type]
        for number, (text, key) in enumerate(hunk_zones(decision)):
            if number == 0:
                yield Content.styled("▌ " if is_current else "  ", base)
            elif key:
                yield Content.styled(text, self.style("key-chosen" if key == chosen else "key"))
            else:
                yield Content.styled(text, base)
        hunk = self._drawing.sheet.hunks[row.hunk]
        title = f"{hunk.title}  " if hunk.title and hunk.lines else ""
        yield Content.styled(one_line(title + hunk.header), base)
        yield Content.styled(" " * 500, base)

    def _fold(self, row: Row) -> Iterator[Content]:
        for text, what in fold_zones(row):
            yield Content.styled(text, self.style("key" if what else "fold"))

    def _bar(self, decision: Decision | None, is_current: bool) -> Content:
        if is_current:
            return Content.styled("▌", self.style("current"))
        if decision is None:
            return Content.styled(" ", self.style("gutter"))
        return Content.styled("│", self.style("rejected" if decision is False else "accepted"))

    def _unified(
        self,
        at: int,
        width: int,
        scrolled: int,
        bar: Content,
        is_dim: bool,
        selection: Selection | None,
    ) -> Strip:
        row, digits = self._drawing.rows[at], self._drawing.digits
        numbers = f"{row.old or '':>{digits}} {row.new or '':>{digits}} {row.mark} "
        style = self.style("gutter", *_kind(row.mark))
        gutter = self._joined([bar, Content.styled(numbers, style)])
        text = self._line(at, row.mark == "-", is_dim, selection)
        cut = self._cut(text, scrolled, width - gutter.cell_length, _kind(row.mark))
        return Strip.join([gutter, cut.apply_offsets(scrolled, at)])

    def _halves(
        self,
        at: int,
        width: int,
        scrolled: int,
        bar: Content,
        is_dim: bool,
        selection: Selection | None,
    ) -> Strip:
        half = (width - 1) // 2
        left = self._half(at, True, half, scrolled, bar, is_dim, None)
        rule = Content.styled("│", self.style("gutter"))
        right = self._half(at, False, width - half, scrolled, rule, is_dim, selection)
        return Strip.join([left, right])

    def _half(
        self,
        at: int,
        is_old: bool,
        width: int,
        scrolled: int,
        first: Content,
        is_dim: bool,
        selection: Selection | None,
    ) -> Strip:
        row, digits = self._drawing.rows[at], self._drawing.digits
        number = row.old if is_old else row.new
        if not number:
            nothing = self.style("nothing")
            blank = Strip(Content.styled("\u2571" * width, nothing).render_segments(nothing), width)
            return Strip.join([self._joined([first]), blank]).crop(0, width)
        mark = ("-" if is_old else "+") if row.mark != " " else " "
        numbers = Content.styled(f"{number:>{digits}} {mark} ", self.style("gutter", *_kind(mark)))
        gutter = self._joined([first, numbers])
        text = self._line(at, is_old, is_dim, selection)
        cut = self._cut(text, scrolled, width - gutter.cell_length, _kind(mark))
        return Strip.join([gutter, cut if is_old else cut.apply_offsets(scrolled, at)])

    def _line(self, at: int, is_old: bool, is_dim: bool, selection: Selection | None) -> Strip:
        """The whole text of a line, not yet cut to what is in sight."""
        span = selection.get_span(at) if selection else None
        if span is not None:
            return self._painted(at, is_old, is_dim, span)
        key = self._drawing.rows[at], is_old, is_dim
        if key not in self._lines:
            _make_room(self._lines)
            self._lines[key] = self._painted(at, is_old, is_dim, None)
        return self._lines[key]

    def _painted(
        self, at: int, is_old: bool, is_dim: bool, selected: tuple[int, int] | None
    ) -> Strip:
        row = self._drawing.rows[at]
        mark = " " if row.mark == " " else "-" if is_old else "+"
        base = self.style(*_kind(mark))
        line = self._shown(row.before if is_old else row.after)
        text = line.text
        spans: list[Span] = []
        if is_dim:
            base += Style(dim=True)
        else:
            spans += self._colours(at, is_old)
            spans += self._words(row, is_old, mark)
        if mark != " " and line.trailing < len(text):
            blanks = len(text) - line.trailing
            text = text[: line.trailing] + _SPACE * blanks
            spans.append(Span(line.trailing, len(text), self.style("note", *_kind(mark))))
        if selected is not None:
            end = len(text) if selected[1] < 0 else selected[1]
            style = self._widget.screen.get_visual_style("screen--selection")
            spans.append(Span(selected[0], end, style))
        body = Strip(Content(text, spans).render_segments(base))
        note = Content.styled(line.note, self.style("note", *_kind(mark)))
        return Strip.join([body, self._joined([note])]) if line.note else body

    def _colours(self, at: int, is_old: bool) -> Iterator[Span]:
        parse = self._widget.app.stylesheet.parse_style
        is_changed = self._drawing.rows[at].mark != " "
        for span in self._drawing.colours.of(at)[0 if is_old and is_changed else 1]:
            yield Span(span.start, span.end, parse(span.style))

    def _words(self, row: Row, is_old: bool, mark: str) -> Iterator[Span]:
        if mark == " " or not row.before or not row.after:
            return
        both = self._shown(row.before).text, self._shown(row.after).text
        if both not in self._changed:
            _make_room(self._changed)
            self._changed[both] = changed_words(*both)
        style = self.style("removed-word" if is_old else "added-word")
        for start, end in self._changed[both][0 if is_old else 1]:
            yield Span(start, end, style)

    def _shown(self, line: str) -> Shown:
        return shown(line, carriage_returns=self._drawing.carriage_returns)

    def _cut(self, text: Strip, scrolled: int, room: int, kind: tuple[str, ...]) -> Strip:
        base = self.style(*kind)
        return text.crop_extend(scrolled, scrolled + max(0, room), base.rich_style)

    def _whole(self, contents: Iterator[Content], width: int) -> Strip:
        strip = self._joined(list(contents))
        return strip.crop_extend(0, width, self._widget.rich_style)

    def _joined(self, contents: Sequence[Content]) -> Strip:
        base = self._widget.visual_style
        return Strip([part for each in contents for part in each.render_segments(base)])


def _make_room(kept: dict[Any, Any]) -> None:
    while len(kept) >= _KEPT:
        del kept[next(iter(kept))]


def _kind(mark: str) -> tuple[str, ...]:
    return {"+": ("added",), "-": ("removed",)}.get(mark, ())
