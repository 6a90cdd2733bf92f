"""Looking at a change: the list of files, the diff of one, and the way from hunk to hunk.

What is made for a large change is frozen for Python's garbage collector while the review lasts: to
look through some hundred thousand hunks and rows took it a tenth of a second, in the midst of keys.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Literal

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from repoctx.patches.edits import ChangeSet
from repoctx.patches.review import Review
from repoctx.patches.tally import Deciding, Place
from repoctx.session import Retry
from repoctx.terminal import counted
from repoctx.tui.review.diff import DiffView
from repoctx.tui.review.filelist import FileList
from repoctx.tui.review.pane import DiffPane

SIDE_BY_SIDE = 120
"""Columns of the screen from which on two halves can be read."""
_STACKED = 100
"""Columns below which the files stand above the diff."""
_STACKED_HALVES = 160
"""The same for two halves, which need the width."""
_AT_ONCE = 200_000
"""Bytes of a change that are compared at once; more are compared in a thread."""


class BrowsingScreen(Screen[ChangeSet | Retry]):
    """Shows a change; those built on it decide."""

    CSS_PATH = "review.tcss"

    @dataclass
    class Compared(Message):
        """So many files are compared."""

        done: int

    def __init__(self, changes: ChangeSet) -> None:
        super().__init__()
        self.changes = changes
        self.deciding = Deciding(Review(changes))
        self.at: Place = (changes.files[0].path, 0) if changes.files else ("", 0)
        self.is_ready = False
        """False while files are compared; nothing can be decided yet."""
        self._wants_halves = False

    def compose(self) -> ComposeResult:
        """Files at the left or above, the diff, a line that sums up."""
        with Container(id="body"):
            yield FileList(self.deciding, self.changes.conflicts)
            yield DiffPane(self.deciding)
        yield Static("comparing…", id="comparing", markup=False)
        yield Static(id="total", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Compare the files, in a thread when there is much to compare."""
        self.title = "Review"
        states = [s for c in self.changes.files for s in (c.before, c.after) if s]
        if sum(len(state.content) for state in states) > _AT_ONCE:
            self._compare()
        else:
            self._open()

    def on_unmount(self) -> None:
        """What was kept for the review may go."""
        gc.unfreeze()

    def on_resize(self) -> None:
        """Two halves, or the files at the side, need their width."""
        if self.is_ready:
            self._fit()

    @property
    def pane(self) -> DiffPane:
        """The right side."""
        return self.query_one(DiffPane)

    @property
    def is_at_hunk(self) -> bool:
        """True when there is a current hunk: a file is shown, not a conflict."""
        return self.pane.shows_file and self.deciding.tally(self.at[0]).hunks > 0

    def go_to(self, place: Place) -> None:
        """Show a hunk."""
        self.at = place
        number = self.deciding.number(place[0])
        self.query_one(FileList).select("file", number)
        self.pane.show_file(self.changes.files[number], place[1])

    def tell(self) -> None:
        """Say anew how much is decided."""
        total = self.deciding.total()
        count = len(self.changes.conflicts)
        conflicts = f"; {counted(count, 'conflict')}" if count else ""
        self.query_one("#total", Static).update(f"{total}{conflicts}", layout=False)

    def action_step(self, by: Literal[1, -1]) -> None:
        """Go to the next hunk or the one before."""
        if not self.changes.files:
            return
        if not self.pane.shows_file:
            self.go_to(self.at)
        elif place := self.deciding.step(self.at, by):
            self.go_to(place)

    def action_file(self, by: int) -> None:
        """Go to the next file or conflict."""
        self.query_one(FileList).action_move(by)

    def action_view(self) -> None:
        """Unified, or side by side."""
        self._wants_halves = not self._wants_halves
        if self._wants_halves and self.size.width < SIDE_BY_SIDE:
            self.notify(f"side by side needs {SIDE_BY_SIDE} columns", markup=False)
        self._fit()

    def action_unfold(self, what: str) -> None:
        """Show more unchanged lines above the current hunk, or below it."""
        if self.is_at_hunk:
            self.pane.unfold(self.at[1] + (what == "top"), what)

    def action_fold(self) -> None:
        """Hide the unchanged lines again."""
        self.pane.fold()

    def action_files(self) -> None:
        """Show or hide the list of files."""
        self.toggle_class("-alone")

    @on(FileList.Selected)
    def _selected(self, message: FileList.Selected) -> None:
        if message.kind == "conflict":
            self.pane.show_conflict(self.changes.conflicts[message.number])
            return
        path = self.changes.files[message.number].path
        self.go_to(self.at if path == self.at[0] else (path, 0))

    @on(DiffView.Current)
    def _current(self, message: DiffView.Current) -> None:
        self.at = self.at[0], message.hunk
        self.pane.tell()

    @on(DiffView.Unfold)
    def _unfold(self, message: DiffView.Unfold) -> None:
        self.pane.unfold(message.gap, message.what)

    @work(thread=True, group="compare")
    def _compare(self) -> None:
        for number, change in enumerate(self.changes.files, 1):
            self.deciding.tally(change.path)
            if number % 50 == 0 or number == len(self.changes.files):
                self.post_message(self.Compared(number))
        gc.freeze()

    @on(Compared)
    def _compared(self, message: Compared) -> None:
        count = len(self.changes.files)
        said = f"comparing: {message.done:,} of {counted(count, 'file')}"
        self.query_one("#comparing", Static).update(said)
        if message.done == count:
            self._open()

    def _open(self) -> None:
        self.is_ready = True
        self.add_class("-ready")
        self.query_one(FileList).fill({})
        self._fit()
        self.refresh_bindings()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.pane.diff.focus()
        if self.changes.files:
            self.go_to(self.at)
        elif self.changes.conflicts:
            self.pane.show_conflict(self.changes.conflicts[0])
        self.tell()

    def _fit(self) -> None:
        width = self.size.width
        halves = self._wants_halves and width >= SIDE_BY_SIDE
        self.set_class(width < (_STACKED_HALVES if halves else _STACKED), "-stacked")
        if halves != self.pane.side_by_side:
            self.pane.side_by_side = halves
            self.pane.draw()
