"""The right side of the review: a file's name and flags above its diff, or a conflict."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from repoctx.patches.edits import EditConflict, FileChange
from repoctx.patches.review import Decision
from repoctx.patches.rows import Shape, Sheet
from repoctx.patches.tally import Deciding
from repoctx.terminal import one_line, printable
from repoctx.tui.review.diff import DiffView
from repoctx.tui.review.drawing import Drawing, drawing, is_large, unfolded
from repoctx.tui.review.painting import in_words

MORE = 20
"""Lines that come into sight at a time."""
_KEPT = 8
"""Files whose rows are kept."""
_LONGEST = 20_000
"""Characters of a conflict's detail that are shown."""


class DiffPane(Vertical):
    """Shows one file or one conflict."""

    DEFAULT_CSS = """
    DiffPane {
        #title { height: auto; max-height: 4; background: $panel; padding: 0 1; }
        #detail { display: none; padding: 0 1; }
        #wait { display: none; padding: 1 2; color: $text-muted; }
        &.-conflict DiffView { display: none; }
        &.-conflict #detail { display: block; }
        &.-waiting #wait { display: block; }
    }
    """

    @dataclass
    class Drawn(Message):
        """A large file is laid out."""

        drawing: Drawing
        hunk: int

    def __init__(self, deciding: Deciding) -> None:
        super().__init__()
        self._deciding = deciding
        self._change: FileChange | None = None
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        self._unfolded: dict[str, Mapping[int, tuple[int, int]]] = {}
        self._warnings: Mapping[str, int] = {}
        self._title_lines = 0
        self.side_by_side = False

    def compose(self) -> ComposeResult:
        """All three; classes say which is seen."""
        yield Static(id="title", markup=False)
        yield DiffView(self._decided)
        yield Static("laying the file out…", id="wait", markup=False)
        with VerticalScroll(id="detail"):
            yield Static(id="conflict", markup=False)

    @property
    def diff(self) -> DiffView:
        """The diff."""
        return self.query_one(DiffView)

    @property
    def shows_file(self) -> bool:
        """False when a conflict is shown, or nothing."""
        return self._change is not None

    def show_file(self, change: FileChange, hunk: int) -> None:
        """Show a file with one hunk current."""
        self.remove_class("-conflict")
        if change is self._change and self.diff.drawing is not None:
            self.diff.go_to(hunk)
            self.tell()
            return
        self._change = change
        self.draw(hunk)

    def show_conflict(self, conflict: EditConflict) -> None:
        """Show why an edit does not fit, and what is nearest to it."""
        self._change = None
        self.remove_class("-waiting")
        self.add_class("-conflict")
        name = one_line(conflict.path or "(no file named)")
        self.query_one("#title", Static).update(Content(f"{name}  does not fit"))
        detail = printable(conflict.detail[:_LONGEST]).expandtabs(4)
        said = [printable(conflict.reason), f"→ {printable(conflict.hint)}", "", detail]
        self.query_one("#conflict", Static).update(Content("\n".join(said)))

    def draw(self, hunk: int | None = None) -> None:
        """Lay the file out anew, at once or (a large one) in a thread."""
        if self._change is None:
            return
        hunk = self.diff.current if hunk is None else hunk
        sheet, shape = self._sheet(self._change), self._shape(self._change.path)
        if not is_large(sheet):
            self._show(drawing(sheet, shape), hunk)
            return
        drawn = self.diff.drawing
        if drawn is None or drawn.sheet is not sheet:
            self.add_class("-waiting")
            self.diff.show(None)  # empty, not hidden: what is hidden loses the focus
        self._lay_out(sheet, shape, hunk)

    def decided(self, paths: Collection[str]) -> None:
        """Draw a hunk as the person's own text, or as it was, when that was decided."""
        change, drawn = self._change, self.diff.drawing
        if change is None or drawn is None or change.path not in paths:
            return
        if self._shape(change.path) != drawn.shape:
            self.draw()
        else:
            self.diff.redraw()
        self.tell()

    def tell(self, warnings: Mapping[str, int] | None = None) -> None:
        """Say again what is decided and what to be careful about."""
        self._warnings = self._warnings if warnings is None else warnings
        if self._change is not None:
            title = self._title(self._change)
            lines = title.plain.count("\n")
            self.query_one("#title", Static).update(title, layout=lines != self._title_lines)
            self._title_lines = lines

    def unfold(self, gap: int, what: str) -> None:
        """Show more of the unchanged lines above a hunk: at their top, bottom, or all."""
        drawn = self.diff.drawing
        if self._change is None or drawn is None:
            return
        hidden = drawn.sheet.hidden(gap, drawn.shape)
        top, bottom = drawn.shape.unfolded.get(gap, (0, 0))
        more = hidden if what == "all" or hidden <= MORE else MORE
        now = (top + more, bottom) if what == "top" else (top, bottom + more)
        path = self._change.path
        self._unfolded[path] = {**self._unfolded.get(path, {}), gap: now}
        self._show(unfolded(drawn, gap, self._shape(path)), self.diff.current)

    def fold(self) -> None:
        """Hide the unchanged lines again."""
        if self._change is not None and self._unfolded.pop(self._change.path, {}):
            self.draw()

    @on(Drawn)
    def _drawn(self, message: Drawn) -> None:
        change = self._change
        if change is not None and message.drawing.sheet.change is change:
            self._show(message.drawing, message.hunk)

    @work(thread=True, exclusive=True, group="layout")
    def _lay_out(self, sheet: Sheet, shape: Shape, hunk: int) -> None:
        drawn = drawing(sheet, shape)
        gc.freeze()
        self.post_message(self.Drawn(drawn, hunk))

    def _show(self, drawn: Drawing, hunk: int) -> None:
        self.remove_class("-waiting")
        self.diff.show(drawn, hunk)
        self.tell()

    def _sheet(self, change: FileChange) -> Sheet:
        if change.path not in self._sheets:
            while len(self._sheets) >= _KEPT:
                self._sheets.popitem(last=False)
            self._sheets[change.path] = Sheet(change, self._deciding.review.hunks(change.path))
        return self._sheets[change.path]

    def _shape(self, path: str) -> Shape:
        count = self._deciding.tally(path).hunks
        decisions = {n: self._deciding.review.decision(path, n) for n in range(count)}
        edits = {n: text for n, text in decisions.items() if isinstance(text, str)}
        return replace(Shape(self.side_by_side, edits), unfolded=self._unfolded.get(path, {}))

    def _decided(self, hunk: int) -> Decision | None:
        change = self._change
        return None if change is None else self._deciding.review.decision(change.path, hunk)

    def _title(self, change: FileChange) -> Content:
        tally = self._deciding.tally(change.path)
        renamed = f"  renamed from {one_line(change.old_path)}" if change.old_path else ""
        kind = {"create": "  new file", "delete": "  deleted", "mode": "  mode"}.get(
            change.kind, ""
        )
        at = ""
        if tally.hunks:
            current = self.diff.current
            state = in_words(self._decided(current)).strip()
            at = f"  hunk {current + 1:,} of {tally.hunks:,}: {state}"
        name = Content.styled(one_line(change.path), "bold")
        parts = [name, Content(f"{kind}{renamed}  +{tally.added:,} -{tally.removed:,}{at}")]
        warned = [f"\n⚠ {one_line(flag)}" for flag in change.flags]
        if line := self._warnings.get(change.path):
            warned.append(f"\n⚠ what is accepted does not parse any more (line {line})")
        return Content.assemble(*parts, *((text, "$text-warning") for text in warned))
