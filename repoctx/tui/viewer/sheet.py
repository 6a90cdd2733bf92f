"""The lines of a file with their numbers, drawn as they come into view."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual._cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from repoctx.terminal import counted, printable
from repoctx.tui.viewer.file_text import LONGEST, SafeLines
from repoctx.tui.viewer.highlighting import Highlighted, column_of
from repoctx.tui.viewer.strips import line_strip, marked


class Sheet(ScrollView, can_focus=True):
    """Has a current line, or several; those that were cited are marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, tooltip="The next line"),
        Binding("up,k", "move(-1)", "Up", show=False, tooltip="The line before"),
        Binding("shift+down,J", "move(1, True)", "More", show=False, tooltip="Take a line more"),
        Binding("shift+up,K", "move(-1, True)", "Less", show=False, tooltip="Take a line less"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, tooltip="A page down"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="A page up"),
        Binding("home", "go(0)", "Top", show=False, tooltip="The first line"),
        Binding("end", "go(-1)", "Bottom", show=False, tooltip="The last line"),
        Binding("c", "copy", "Copy lines", tooltip="Copy the current lines"),
    ]
    DEFAULT_CSS = """
    Sheet {
        height: 1fr;
        background: $surface;
        scrollbar-size: 1 1;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[str] = ()
        self._safe = SafeLines(())
        self._colours = Highlighted(self._safe, "text")
        self._cited = range(0)
        self._current = 0
        self._other = 0
        """The other end of the lines that are current together."""
        self._pattern: re.Pattern[str] | None = None

    def open(self, lines: Sequence[str], language: str, line: int, last: int) -> None:
        """Show lines with a part of them in the middle of the view; both ends from 1."""
        self._lines, self._safe = lines, SafeLines(lines)
        self._colours = Highlighted(self._safe, language)
        final = max(0, len(lines) - 1)
        self._current = min(max(0, line - 1), final)
        self._other = min(max(self._current, last - 1), final)
        self._cited = range(self._current, self._other + 1)
        self.virtual_size = Size(self._gutter + self._widest(), len(lines))
        self.call_after_refresh(self.centre)

    def colour(self) -> None:
        """Read the whole text for its colours, in a thread, and draw it again."""
        self._colours.in_full()
        self.app.call_from_thread(self.refresh)

    @property
    def current(self) -> int:
        """The current line, from 0."""
        return self._current

    @property
    def current_lines(self) -> range:
        """All current lines, from 0."""
        first, last = sorted((self._current, self._other))
        return range(first, min(last + 1, len(self._lines)))

    def centre(self) -> None:
        """Scroll the current line to the middle."""
        middle = self._current - self.size.height // 2
        self.scroll_to(y=max(0, middle), animate=False, force=True)
        self.refresh()

    def mark(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what a pattern matches."""
        self._pattern = pattern
        self.refresh()

    # Moving

    def action_move(self, step: int, together: bool = False) -> None:
        """Make another line current, together with those that are or alone."""
        self.action_go(self._current + step, together)

    def action_page(self, step: int) -> None:
        """Move by what is seen."""
        self.action_move(step * max(1, self.size.height - 1))

    def action_go(self, line: int, together: bool = False) -> None:
        """Make a line current, from 0; -1 is the last one when asked for by itself."""
        final = max(0, len(self._lines) - 1)
        self._current = final if line == -1 and self._current != 0 else min(max(0, line), final)
        if not together:
            self._other = self._current
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= self._current < top + height:
            beyond = self._current - (0 if self._current < top else height - 1)
            self.scroll_to(y=beyond, animate=False, force=True)
        self.refresh()

    def action_copy(self) -> None:
        """Copy what the mouse selected, or the current lines."""
        selected = self.screen.get_selected_text()
        chosen = self.current_lines
        text = selected or "".join(f"{printable(self._lines[n])}\n" for n in chosen)
        self.app.copy_to_clipboard(text)
        self.notify(
            f"copied {counted(max(1, text.rstrip().count(chr(10)) + 1), 'line')}", timeout=2
        )

    # Drawing

    @property
    def _gutter(self) -> int:
        return len(str(len(self._lines))) + 3

    def _widest(self) -> int:
        """Columns of the longest line, roughly: tabs and wide characters count as they may."""
        longest = min(LONGEST + 40, max(map(len, self._lines), default=0))
        return 2 * longest if longest < 200 else longest + 200

    def render_line(self, y: int) -> Strip:
        """Draw the line that stands here."""
        left, top = self.scroll_offset
        number, width, style = top + y, self.size.width, self.visual_style
        if number >= len(self._lines):
            return Strip.blank(width, style.rich_style)
        gutter = line_strip(self, self._numbered(number), style)
        content = self._drawn(number)
        start = _index_at(content.plain, left)
        strip = line_strip(self, content[start : start + width], style)
        joined = Strip.join([gutter, strip.apply_offsets(start, number)])
        return joined.adjust_cell_length(width, style.rich_style)

    def _numbered(self, number: int) -> Content:
        sign = "▌" if number in self._cited else " "
        shown = Content(f"{sign}{number + 1:>{self._gutter - 3}} ")
        chosen = number in self.current_lines
        shown = shown.stylize("bold $text-primary" if chosen else "dim")
        return shown + Content("▸" if chosen else " ")

    def _drawn(self, number: int) -> Content:
        content = self._colours.line(number)
        if number in self._cited:
            room = max(0, self.size.width - content.cell_length)
            content = content.pad_right(room).stylize("on $primary 20%")
        if self._pattern is not None:
            for match in self._pattern.finditer(content.plain):
                content = content.stylize("reverse", match.start(), match.end())
        selection = self.text_selection
        return content if selection is None else marked(self, content, selection, number)

    # Selecting

    @property
    def allow_select(self) -> bool:
        """The mouse selects text."""
        return True

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the file's own text: its tabs, and lines in full."""
        start = selection.start or Offset(0, 0)
        end = selection.end or Offset(2 * LONGEST, len(self._lines) - 1)
        chosen = list(self._lines[start.y : end.y + 1])
        if not chosen:
            return None
        if end.x < LONGEST:
            chosen[-1] = chosen[-1][: column_of(chosen[-1], end.x)]
        chosen[0] = chosen[0][column_of(self._lines[start.y], start.x) :]
        return printable("\n".join(chosen)), "\n"


def _index_at(text: str, cell: int) -> int:
    """Return the first character that stands at or behind a cell."""
    if text.isascii():
        return cell
    used = 0
    for number, character in enumerate(text):
        if used >= cell:
            return number
        used += cell_len(character)
    return len(text)
