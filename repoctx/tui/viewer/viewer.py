"""The viewer, and the message that opens it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static
from textual.worker import get_current_worker

from repoctx.errors import RefusedError, RepoctxError
from repoctx.project import Project
from repoctx.terminal import counted, one_line
from repoctx.tui.viewer.file_text import found, lines_of, pattern_of
from repoctx.tui.viewer.highlighting import language_of_path
from repoctx.tui.viewer.sheet import Sheet


@dataclass
class OpenPlace(Message):
    """Somebody clicked a citation."""

    path: str
    line: int = 1
    last: int = 0
    """The last of several lines; 0 for one."""


class Viewer(ModalScreen[None]):
    """Shows a file; Escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Close", tooltip="Back to the conversation"),
        Binding("slash", "search", "Search", key_display="/", tooltip="Search in the file"),
        Binding("n", "next(1)", "Next", tooltip="The next place with the words"),
        Binding("N", "next(-1)", "Previous", tooltip="The place with the words before"),
        Binding("e", "edit", "Edit", tooltip="Open the file in your editor, at this line"),
    ]
    DEFAULT_CSS = """
    Viewer {
        align: center middle;
        & > Vertical {
            width: 96%;
            height: 94%;
            border: round $primary;
            background: $surface;
        }
        #title {
            height: 1;
            padding: 0 1;
            background: $panel;
            text-style: bold;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        #failure {
            padding: 1 2;
            color: $text-error;
            display: none;
        }
        Input {
            display: none;
            height: 1;
            border: none;
            padding: 0 1;
        }
    }
    """

    def __init__(self, project: Project, path: str, line: int = 1, last: int = 0) -> None:
        super().__init__()
        self._project = project
        self._path = path
        self._line = line
        self._last = last
        self._lines: list[str] = []
        self._words: re.Pattern[str] | None = None

    def compose(self) -> ComposeResult:
        """The file's name, its lines, and what is searched for."""
        with Vertical():
            yield Static(one_line(self._path), id="title", markup=False)
            yield Static(id="failure", markup=False)
            yield Sheet()
            yield Input(placeholder="words to search for", compact=True)
        yield Footer()

    def on_mount(self) -> None:
        """Read the file beside the screen's own work."""
        sheet = self.query_one(Sheet)
        sheet.loading = True
        sheet.focus()
        self._read()

    @work(thread=True)
    def _read(self) -> None:
        try:
            lines = lines_of(self._project.shown(self._path))
            self.app.call_from_thread(self._show, lines)
            self.query_one(Sheet).colour()
        except RepoctxError as error:
            self.app.call_from_thread(self._fail, error)

    def _show(self, lines: list[str]) -> None:
        self._lines = lines
        sheet = self.query_one(Sheet)
        sheet.loading = False
        sheet.display = True
        self.query_one("#failure").display = False
        sheet.open(lines, language_of_path(self._path), self._line, self._last)
        sheet.focus()
        self._entitle()

    def _entitle(self, more: str = "") -> None:
        size = counted(len(self._lines), "line")
        there = self._line <= max(1, len(self._lines))
        beyond = "" if there else f"; there is no line {self._line:,}"
        self.query_one("#title", Static).update(f"{one_line(self._path)}  {size}{beyond}{more}")

    def _fail(self, error: RepoctxError) -> None:
        """Say in one line why there is nothing to see."""
        sheet = self.query_one(Sheet)
        sheet.loading = False
        sheet.display = False
        failure = self.query_one("#failure", Static)
        failure.update(_said(error))
        failure.display = True

    # Editing

    def action_edit(self) -> None:
        """Leave the terminal to the person's editor, and read the file again afterwards."""
        try:
            self._edit()
        except RepoctxError as error:
            self.notify(_said(error), severity="warning", markup=False)

    def _edit(self) -> None:
        from repoctx.sandbox import edit, editor

        command, file = editor(), self._project.editable(self._path)
        line = self.query_one(Sheet).current + 1
        own = None if file.suffix == ".ipynb" else line  # of a notebook other lines are seen
        code = self._away(partial(edit, command, file, own))
        self._line, self._last = line, 0
        self._read()
        if code != 0:
            raise RepoctxError(f"the editor ended with {code}")

    def _away(self, run: Callable[[], int]) -> int:
        """Run something that has the terminal; what it raises must not keep us from coming back."""
        failure: RepoctxError | None = None
        code = 0
        try:
            with self.app.suspend():
                try:
                    code = run()
                except RepoctxError as error:
                    failure = error
        except SuspendNotSupported:
            raise RefusedError("this terminal cannot be left to an editor") from None
        if failure is not None:
            raise failure
        return code

    # Searching

    def action_search(self) -> None:
        """Ask for the words."""
        words = self.query_one(Input)
        words.display = True
        words.focus()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._leave_search()
        self._words = pattern_of(message.value) if message.value else None
        self.query_one(Sheet).mark(self._words)
        self.action_next(1)

    def action_next(self, step: int) -> None:
        """Go to the next place with the words, in this direction."""
        if self._words is not None:
            self._find(self._words, self.query_one(Sheet).current, step)

    @work(thread=True, exclusive=True, group="search")
    def _find(self, words: re.Pattern[str], start: int, step: int) -> None:
        worker = get_current_worker()
        number = found(self._lines, words, start, step, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._found, number)

    def _found(self, number: int | None) -> None:
        if number is None:
            self._entitle("  not found")
            return
        sheet = self.query_one(Sheet)
        sheet.action_go(number)
        sheet.centre()
        self._entitle(f"  found at {number + 1:,}")

    def _leave_search(self) -> None:
        self.query_one(Input).display = False
        self.query_one(Sheet).focus()

    def action_close(self) -> None:
        """Leave the search, or the viewer."""
        if self.query_one(Input).display:
            self._leave_search()
        else:
            self.dismiss()


def _said(error: RepoctxError) -> str:
    return one_line(f"{error.message}; {error.hint}" if error.hint else error.message)
