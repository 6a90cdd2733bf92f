"""The scroll of all items: draws the rows that are seen, and knows what is chosen.

The view follows the end while it is there, and stays where the person scrolled to.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from repoctx.tui.transcript.blocks import Row
from repoctx.tui.transcript.code import Code
from repoctx.tui.transcript.item import Item
from repoctx.tui.transcript.stage import Clock, Stage
from repoctx.tui.viewer.strips import line_strip, marked


class Paper(ScrollView, can_focus=True):
    """Items from top to bottom; the last one is the live line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"paper--{look}"
        for look in ("text", "question", "code", "note", "warn", "error", "good", "plain")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "choose(1)", "Next", tooltip="Choose the next code block or cited place"),
        Binding("k", "choose(-1)", "Previous", tooltip="Choose the one before"),
        Binding("enter", "enter", "Open or fold", tooltip="Open the place, fold the block"),
        Binding("c", "copy", "Copy block", tooltip="Copy the chosen block, or the last one"),
    ]
    DEFAULT_CSS = """
    Paper {
        height: 1fr;
        scrollbar-size: 1 1;
        & > .paper--question {
            background: $boost;
            text-style: bold;
        }
        & > .paper--code { background: $surface-lighten-1; }
        & > .paper--note { color: $text-muted; }
        & > .paper--warn { color: $text-warning; }
        & > .paper--error { color: $text-error; }
        & > .paper--good { color: $text-success; }
    }
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.stage = Stage(clock)
        self.items: list[Item] = [self.stage]
        self._tops = [0, 0]
        """The first row of each item, its blank line included, and the end."""
        self._starts = [0, 0]
        """The number of each item's first block among all, and their count."""
        self._choice: tuple[Item, int] | None = None
        self._dirty: int | None = None
        """The first item whose place is not known."""
        self.follows = True
        """Whether the last row stays in view: until the person leaves it, and when they return.

        A view that loses height, to the list of commands or a longer question, follows still.
        """

    # What stands on it

    def add(self, item: Item) -> None:
        """Put an item at the end, before the live line."""
        self.items.insert(len(self.items) - 1, item)
        self._measure_from(len(self.items) - 2)

    def put_first(self, items: list[Item]) -> None:
        """Put items at the beginning; the view keeps showing what it shows."""
        below = self._tops[-1] - self.scroll_offset.y
        self.items[:0] = items
        self._measure_from(0)
        self.settle()
        self.go_to(self._tops[-1] - below)

    def take_away(self, item: Item) -> None:
        """Take an item away."""
        number = self.items.index(item)
        del self.items[number]
        if self._choice is not None and self._choice[0] is item:
            self._choice = None
        self._measure_from(max(0, number - 1))

    def clear(self) -> None:
        """Take all items away."""
        self.items[:-1] = []
        self._choice = None
        self._measure_from(0)

    def changed(self, item: Item) -> None:
        """Take note that an item has other rows; the last ones change most."""
        number = len(self.items) - 1
        while self.items[number] is not item:
            number -= 1
        self._measure_from(number)

    @property
    def text(self) -> str:
        """All text that is drawn, labels too, a line each."""
        return "\n".join(
            f"{block.first}{block.content.plain}" for item in self.items for block in item.blocks
        )

    # Where it stands

    def _measure_from(self, number: int) -> None:
        """Measure once, however many items change before the next drawing."""
        if self._dirty is None:
            self.call_later(self.settle)
        self._dirty = number if self._dirty is None else min(number, self._dirty)

    def settle(self) -> None:
        """Measure what changed; stay at the end if the view is there."""
        if self._dirty is None or not self.size.width:
            return
        follows = self.follows or self.is_at_end
        self._place(self._dirty)
        self._dirty = None
        self.virtual_size = Size(self._room, self._tops[-1])
        if follows:
            self.go_to(self.max_scroll_y)
        self.refresh()

    def _place(self, first: int) -> None:
        del self._tops[first + 1 :], self._starts[first + 1 :]
        before = self.items[first - 1] if first else None
        for item in self.items[first:]:
            rows = len(item.rows(self._room - 1 - len(item.bar)))
            gap = int(rows > 0 and before is not None and (before.spaced or item.spaced))
            self._tops.append(self._tops[-1] + gap + rows)
            self._starts.append(self._starts[-1] + len(item.blocks))
            before = item

    def go_to(self, y: float) -> None:
        """Show this row first, at once; also when the scroll bar is yet to come."""
        self.scroll_to(y=min(y, self.max_scroll_y), animate=False, force=True)

    def go_to_end(self) -> None:
        """Show the last row, and follow it from now on."""
        self.settle()
        self.go_to(self.max_scroll_y)

    @property
    def is_at_end(self) -> bool:
        """True when the last row is seen, or will be when a movement on its way has ended."""
        return round(self.scroll_target_y) >= self.max_scroll_y

    def watch_scroll_target_y(self) -> None:
        """Take note of where a movement leads, the person's or our own."""
        self.follows = self.is_at_end

    @property
    def _room(self) -> int:
        return max(8, self.container_size.width - 2)

    def on_resize(self, event: Resize) -> None:
        """Wrap anew."""
        self._measure_from(0)
        self.settle()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw the row that stands here."""
        width, base = self.size.width, self.visual_style
        place = self._at(self.scroll_offset.y + y)
        if place is None:
            return Strip.blank(width, base.rich_style)
        item, start, row = place
        style = self.get_visual_style(f"paper--{item.look}")
        block = item.blocks[row.block]
        content = item.drawn(row.block)
        if (selection := self.text_selection) is not None:
            content = marked(self, content, selection, start + row.block)
        before = block.rest if row.start else block.first
        left = Content(" ").append(Content(item.bar).stylize("$primary"))
        left = left.append(Content(before).stylize("dim" if item.look != "note" else ""))
        text = line_strip(self, content[row.start : row.end], style)
        strip = Strip.join(
            [line_strip(self, left, style), text.apply_offsets(row.start, start + row.block)]
        )
        return strip.adjust_cell_length(width, style.rich_style)

    def _at(self, y: int) -> tuple[Item, int, Row] | None:
        """Return the item of a row of the paper, its first block's number, and the row in it."""
        number = bisect_right(self._tops, y) - 1
        if not 0 <= number < min(len(self.items), len(self._tops) - 1):
            return None
        item = self.items[number]
        rows = item.rows(self._room - 1 - len(item.bar))
        row = y - (self._tops[number + 1] - len(rows))
        return (item, self._starts[number], rows[row]) if 0 <= row < len(rows) else None

    # Choosing

    def action_choose(self, step: int) -> None:
        """Choose the next block or place in this direction, the last one at first."""
        stops = [(item, stop) for item in self.items for stop in range(item.stops)]
        if not stops:
            return
        if self._choice in stops:
            at = min(max(0, stops.index(self._choice) + step), len(stops) - 1)
        else:
            at = len(stops) - 1
        self._choose(*stops[at])

    def _choose(self, item: Item, stop: int) -> None:
        if self._choice is not None:
            self._choice[0].chosen = None
        self._choice = (item, stop)
        item.chosen = stop
        self._reveal(item, stop)
        self.refresh()

    def _reveal(self, item: Item, stop: int) -> None:
        """Scroll so far that the choice is seen."""
        self.settle()
        number = self.items.index(item)
        top = self._tops[number] + item.row_of(stop)
        first, height = self.scroll_offset.y, self.size.height
        if not first <= top < first + height - 1:
            self.go_to(max(0, top - height // 3))

    def action_enter(self) -> None:
        """Do what the choice does."""
        if self._choice is not None:
            self._enter(*self._choice)

    def _enter(self, item: Item, stop: int) -> None:
        message = item.enter(stop)
        if message is not None:
            self.post_message(message)
        self.screen.clear_selection()
        if item in self.items:
            self.changed(item)

    def action_copy(self) -> None:
        """Copy the chosen code block; the last one when there is no choice."""
        item = self._choice[0] if self._choice is not None else None
        if not isinstance(item, Code):
            item = next((each for each in reversed(self.items) if isinstance(each, Code)), None)
        if item is not None:
            self._copy(item)

    def _copy(self, code: Code) -> None:
        self.app.copy_to_clipboard(code.text)
        self.notify(f"copied {code.size}", timeout=2)

    def on_click(self, event: Click) -> None:
        """What is under the mouse is copied, opened, folded."""
        place = self._at(self.scroll_offset.y + event.y)
        if place is None:
            return
        item, _, row = place
        meta = event.style.meta
        stop = item.stop_at(row.block, meta)
        if isinstance(item, Code) and meta.get("copy"):
            self._copy(item)
        elif stop is not None:
            self._enter(item, stop)

    # Selecting

    @property
    def allow_select(self) -> bool:
        """The mouse selects text."""
        return True

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text as it was before it was wrapped; lines of the selection are blocks."""
        self.settle()
        last = self._starts[-1]
        start, end = selection
        lines = []
        for number in range(start.y if start else 0, min(end.y + 1 if end else last, last)):
            item_number = bisect_right(self._starts, number) - 1
            item = self.items[item_number]
            begin = start.x if start and number == start.y else 0
            until = end.x if end and number == end.y else None
            text = item.copied(number - self._starts[item_number], begin, until)
            if text is not None:
                lines.append(text)
        return "\n".join(lines), "\n"
