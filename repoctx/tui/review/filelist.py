"""The list of a change's files and, in a section of its own, of the edits that do not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from textual import events
from textual._cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from repoctx.patches.edits import EditConflict, FileChange
from repoctx.patches.tally import Deciding
from repoctx.terminal import counted, one_line
from repoctx.tui.review.shown import cut_to

SIGNS = {"accepted": "✓", "rejected": "✗", "partly": "◐", "open": "·"}
"""What was decided about a file."""
_KINDS = {"create": "new", "delete": "del", "rename": "ren", "mode": "mode", "edit": ""}


class Entry(NamedTuple):
    """One row of the list."""

    kind: Literal["title", "file", "flag", "conflict", "again"]
    number: int = 0
    """Of the file or the conflict."""
    text: str = ""


class FileList(ScrollView):
    """Files and conflicts, one of them selected."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "files--title",
        "files--selected",
        "files--accepted",
        "files--rejected",
        "files--partly",
        "files--open",
        "files--flag",
        "files--count",
        "files--again",
    }
    DEFAULT_CSS = """
    FileList {
        background: $surface;
        color: $text;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        .files--title { color: $text-muted; text-style: bold; }
        .files--selected { background: $primary-muted; text-style: bold; }
        .files--accepted { color: $text-success; }
        .files--rejected { color: $text-error; }
        .files--partly { color: $text-warning; }
        .files--open { color: $text-muted; }
        .files--flag { color: $text-warning; }
        .files--count { color: $text-muted; }
        .files--again { background: $primary; color: $text; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next", show=False),
        Binding("up", "move(-1)", "Previous", show=False),
    ]
    can_focus = True

    @dataclass
    class Selected(Message):
        """A file or a conflict was selected."""

        kind: Literal["file", "conflict"]
        number: int

    class AgainWanted(Message):
        """The edits that do not fit shall be asked for again."""

    def __init__(
        self, deciding: Deciding, conflicts: Sequence[EditConflict], id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._deciding = deciding
        self._conflicts = conflicts
        self._warnings: Mapping[str, int] = {}
        self._entries: list[Entry] = []
        self._selected = 0

    def on_mount(self) -> None:
        """Fill the list."""
        self.fill({})

    def fill(self, warnings: Mapping[str, int]) -> None:
        """Make the rows; ``warnings`` has the line at which a file would stop to parse."""
        at = self._entries[self._selected] if self._entries else None
        self._warnings = warnings
        self._entries = list(self._rows())
        self.virtual_size = Size(self.size.width, len(self._entries))
        if at is not None:
            self._selected = self._entries.index(Entry(at.kind, at.number, at.text))
        else:
            self._selected = next(iter(self._selectable()), 0)
        self.refresh()

    def select(self, kind: Literal["file", "conflict"], number: int) -> None:
        """Select a file or conflict, without a message."""
        self._to(next(n for n, e in enumerate(self._entries) if e[:2] == (kind, number)))

    def scroll_to(self, x: float | None = None, y: float | None = None, **how: Any) -> None:
        """Scroll at once: a key is answered by one frame."""
        super().scroll_to(x, y, **{**how, "animate": False})

    def redraw(self, files: Collection[int]) -> None:
        """Draw some files anew."""
        height, top = self.size.height, self.scroll_offset.y
        for at in range(top, min(top + height, len(self._entries))):
            if self._entries[at].kind == "file" and self._entries[at].number in files:
                self.refresh_line(at)

    def action_move(self, by: int) -> None:
        """Select the next or the previous one."""
        places = list(self._selectable())
        at = places.index(self._selected) + by if self._selected in places else 0
        if 0 <= at < len(places):
            self._tell(places[at])

    def on_click(self, event: events.Click) -> None:
        """A click selects."""
        at = event.y + self.scroll_offset.y
        if at >= len(self._entries):
            return
        entry = self._entries[at]
        if entry.kind == "again":
            self.post_message(self.AgainWanted())
        elif entry.kind == "flag":
            self._tell(next(n for n, e in enumerate(self._entries) if e[:2] == ("file", entry[1])))
        elif entry.kind != "title":
            self._tell(at)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        at, width = y + self.scroll_offset.y, self.size.width
        if at >= len(self._entries):
            return Strip.blank(width, self.rich_style)
        base = ("selected",) if at == self._selected else ()
        contents = self._drawn(self._entries[at], width, base)
        style = self._style(*base)
        strip = Strip([s for each in contents for s in each.render_segments(style)])
        return strip.crop_extend(0, width, style.rich_style)

    def _drawn(self, entry: Entry, width: int, base: tuple[str, ...]) -> Iterator[Content]:
        if entry.kind == "file":
            yield from self._file(self._deciding.files[entry.number], width, base)
        elif entry.kind == "conflict":
            conflict = self._conflicts[entry.number]
            name = one_line(conflict.path or "(no file named)")
            yield Content.styled(" ! ", self._style("rejected", *base))
            yield Content.styled(cut_to(name, width - 4), self._style(*base))
        else:
            yield Content.styled(cut_to(entry.text, width), self._style(entry.kind, *base))

    def _file(self, change: FileChange, width: int, base: tuple[str, ...]) -> Iterator[Content]:
        tally = self._deciding.tally(change.path)
        count = f" +{tally.added:,} -{tally.removed:,} "
        kind = f"{_KINDS[change.kind]} " if _KINDS[change.kind] else ""
        room = width - 3 - cell_len(count + kind)
        name = cut_to(one_line(change.path), room)
        yield Content.styled(f" {SIGNS[tally.state]} ", self._style(tally.state, *base))
        yield Content.styled(kind, self._style("count", *base))
        yield Content.styled(name + " " * (room - cell_len(name)), self._style(*base))
        yield Content.styled(count, self._style("count", *base))

    def _rows(self) -> Iterator[Entry]:
        yield Entry("title", text=f" {counted(len(self._deciding.files), 'file')}")
        for number, change in enumerate(self._deciding.files):
            yield Entry("file", number)
            flags = [f"⚠ {one_line(flag)}" for flag in change.flags]
            if line := self._warnings.get(change.path):
                flags.append(f"⚠ accepted part breaks at line {line}")
            yield from (Entry("flag", number, f"   {flag}") for flag in flags)
        if self._conflicts:
            yield Entry("title")
            yield Entry("title", text=f" {counted(len(self._conflicts), 'conflict')}")
            yield from (Entry("conflict", number) for number in range(len(self._conflicts)))
            yield Entry("again", text=" c  ask again for these ")

    def _selectable(self) -> Iterator[int]:
        yield from (n for n, e in enumerate(self._entries) if e.kind in ("file", "conflict"))

    def _tell(self, at: int) -> None:
        self._to(at)
        entry = self._entries[at]
        if entry.kind in ("file", "conflict"):
            self.post_message(self.Selected(entry.kind, entry.number))

    def _to(self, at: int) -> None:
        if at == self._selected:
            return
        self.refresh_line(self._selected)
        self._selected = at
        self.refresh_line(at)
        self.scroll_to_region(Region(0, max(0, at - 1), 1, 3), animate=False, immediate=True)

    def _style(self, *names: str) -> Style:
        return self.get_visual_style(*(f"files--{name}" for name in names))
