"""The tree of files as it is seen: only the lines in view are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from repoctx.packer.pinning import Asked
from repoctx.sending.glance import Glance
from repoctx.terminal import one_line
from repoctx.tui.context.figures import short
from repoctx.tui.context.lines import Line, Lines
from repoctx.tui.context.signs import sign_of

_SIGN_CELLS = 3
_TOKEN_CELLS = 7
_DEEPEST = 8
"""Levels of indentation; what lies deeper is drawn no further to the right."""


class FileTree(ScrollView, can_focus=True):
    """Folders and files, the dearest first, each with its tokens and its level."""

    DEFAULT_CSS = """
    FileTree { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    FileTree > .file-tree--cursor { background: $panel; text-style: bold; }
    FileTree:focus > .file-tree--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground;
        text-style: bold;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"file-tree--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, tooltip="One line up"),
        Binding("down,j", "move(1)", "Down", show=False, tooltip="One line down"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="One page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="One page down"),
        Binding("home", "move(-1000000000)", "First", show=False, tooltip="To the first line"),
        Binding("end", "move(1000000000)", "Last", show=False, tooltip="To the last line"),
        Binding("left", "close", "Fold", show=False, tooltip="Fold the folder, or go up to it"),
        Binding("right", "open", "Unfold", show=False, tooltip="Show what is in the folder"),
        Binding("enter", "choose", "Open", tooltip="Open the file, or fold and unfold the folder"),
        Binding("space", "fold", "Fold", show=False, tooltip="Fold or unfold the folder"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The number of the line that keys speak of."""

    @dataclass
    class Moved(Message):
        """The cursor is at another line, or the line says something else; None for no line."""

        line: Line | None

    @dataclass
    class Chosen(Message):
        """A file shall be opened."""

        path: str

    @dataclass
    class SignClicked(Message):
        """The level of a line was clicked."""

        line: Line

    def __init__(self) -> None:
        super().__init__()
        self._lines: Lines | None = None
        self._asked = Asked()
        self._waiting = Asked()
        """What was asked since the glance, which therefore does not show it."""
        self._glance: Glance | None = None
        self._words = ""

    @property
    def line(self) -> Line | None:
        """The line at the cursor."""
        lines = self._lines.lines if self._lines else []
        return lines[self.cursor] if 0 <= self.cursor < len(lines) else None

    @property
    def shown(self) -> list[str]:
        """The paths of all open lines, in order."""
        return [line.path for line in self._lines.lines] if self._lines else []

    def show(self, glance: Glance) -> None:
        """Draw another glance; cursor, open folders and the words that were looked for stay."""
        at = self.line
        opened = self._lines.opened if self._lines else ()
        self._lines, self._glance = Lines(glance, opened), glance
        self._wait()
        if self._words:
            self._lines.find(self._words)
        self._renew(at.path if at else "")

    def show_pins(self, asked: Asked) -> None:
        """Draw the levels that are asked for, before a glance has counted them."""
        self._asked = asked
        self._wait()
        self.refresh()
        self.post_message(self.Moved(self.line))

    def _wait(self) -> None:
        known = self._glance is not None and self._glance.source.pins == self._asked.pins
        self._waiting = Asked() if known else self._asked

    def find(self, words: str) -> None:
        """Show only the files whose path holds the words."""
        self._words = words
        if self._lines is not None:
            at = self.line
            self._lines.find(words)
            self._renew(at.path if at else "")

    def _renew(self, path: str) -> None:
        """Draw other lines; the cursor stays at its path, and in its row of the screen."""
        assert self._lines is not None
        row = self.cursor - self.scroll_offset.y
        number = self._lines.number_of(path, self.cursor)
        self._fit()
        self.set_reactive(FileTree.cursor, number)
        self.scroll_to(y=max(0, number - row), animate=False)
        self._follow()

    def _fit(self) -> None:
        lines = self._lines.lines if self._lines else []
        self.virtual_size = Size(self.scrollable_content_region.width, len(lines))
        self.refresh()

    def _follow(self) -> None:
        """Keep the cursor in view, and say where it is."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, x_axis=False)
        self.refresh()
        self.post_message(self.Moved(self.line))

    def watch_cursor(self) -> None:
        """Draw the line at which the cursor is now."""
        self._follow()

    def validate_cursor(self, number: int) -> int:
        """Keep the cursor at a line."""
        last = len(self._lines.lines) - 1 if self._lines else 0
        return max(0, min(number, last))

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Move the cursor by so many pages."""
        self.cursor += by * max(1, self.scrollable_content_region.height - 1)

    def action_open(self) -> None:
        """Show what is in the folder; one that is open is entered."""
        if self._lines is None or self.line is None or not self.line.is_folder:
            return
        if self.line.path in self._lines.opened:
            self.cursor += 1
        else:
            self._lines.open(self.cursor)
            self._fit()

    def action_close(self) -> None:
        """Fold the folder; a file or a folded folder goes up to the one that it lies in."""
        if self._lines is None or self.line is None:
            return
        if self.line.path in self._lines.opened:
            self._lines.close(self.cursor)
            self._fit()
        else:
            self.cursor = self._lines.above(self.cursor)

    def action_fold(self) -> None:
        """Fold or unfold the folder."""
        if self._lines is None or self.line is None or not self.line.is_folder:
            return
        change = self._lines.close if self.line.path in self._lines.opened else self._lines.open
        change(self.cursor)
        self._fit()

    def action_choose(self) -> None:
        """Open the file, or fold and unfold the folder."""
        if self.line is None:
            return
        if self.line.is_folder:
            self.action_fold()
        else:
            self.post_message(self.Chosen(self.line.path))

    def on_click(self, event: Click) -> None:
        """Go to the line; its level is changed, its folder toggled, its file opened by two."""
        number = self.scroll_offset.y + event.y
        if self._lines is None or not 0 <= number < len(self._lines.lines):
            return
        self.cursor = number
        line = self._lines.lines[number]
        if event.x >= self.scrollable_content_region.width - _SIGN_CELLS:
            self.post_message(self.SignClicked(line))
        elif line.is_folder:
            self.action_fold()
        elif event.chain == 2:
            self.action_choose()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        number = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        lines = self._lines.lines if self._lines else []
        if number >= len(lines):
            return Strip.blank(width, self.rich_style)
        classes = ("file-tree--cursor",) if number == self.cursor else ()
        content = self._drawn(lines[number], width, plain=bool(classes) and self.has_focus)
        style = self.get_visual_style(*classes)
        return Visual.to_strips(self, content, width, 1, style, pad=True)[0]

    def _drawn(self, line: Line, width: int, plain: bool) -> Content:
        """Return mark and name, tokens, and the sign of the level, in exactly the width."""
        assert self._lines is not None
        open_mark = "▾ " if line.path in self._lines.opened else "▸ "
        mark = open_mark if line.is_folder else "  "
        indent = "  " * min(line.depth, _DEEPEST)
        room = max(1, width - _TOKEN_CELLS - _SIGN_CELLS)
        name = Content(one_line(f"{indent}{mark}{line.path if self._lines.found else line.name}"))
        sign, style = sign_of(line, self._asked, self._waiting)
        tokens = f"{short(line.node.tokens):>{_TOKEN_CELLS}} "
        return Content.assemble(
            name.truncate(room, ellipsis=True, pad=True),
            (tokens, "" if plain else "$text-muted"),
            (sign, "" if plain else style),
        )
