"""The main screen: the conversation, the prompt beneath it, the context at its side.

It owns the desk and the question that runs, and hands messages from the widgets to the session and
events from the session to the widgets.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer

from repoctx.patches.edits import ChangeSet
from repoctx.session import Retry
from repoctx.tui.context import ContextPanel, Gauge
from repoctx.tui.desk import Desk
from repoctx.tui.prompt import History, Prompt
from repoctx.tui.review import ReviewScreen
from repoctx.tui.running import Asking, ConfirmWanted, Ended, Happened, ReviewWanted, Waiting
from repoctx.tui.transcript import Transcript
from repoctx.tui.viewer import OpenPlace, Viewer


class MainScreen(Screen[None]):
    """Ask, watch, decide."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="Stop the running question at once"),
        Binding("f2", "toggle_context", "Context", tooltip="Show or hide the files by tokens"),
    ]

    def __init__(self, desk: Desk, question: str = "") -> None:
        super().__init__()
        self.desk = desk
        self._first = question
        self._asking: Asking | None = None

    def compose(self) -> ComposeResult:
        """Conversation and prompt at the left, the repository's files at the right."""
        with Horizontal():
            with Vertical():
                yield Transcript()
                yield Prompt(History(self.desk.session().project.state))
            yield ContextPanel()
        yield Gauge()
        yield Footer()

    def on_mount(self) -> None:
        """Ask at once what was typed behind the command."""
        self.query_one(Prompt).focus()
        if self._first:
            self.ask(self._first)

    def ask(self, text: str) -> None:
        """Ask a question; there must be none on its way."""
        self._asking = Asking(text, self.desk, self.post_message)
        self.query_one(Transcript).ask(text)
        self.run_worker(self._asking.run, thread=True, group="asking", exit_on_error=False)

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        if self._asking is None:
            self.ask(message.text)

    @on(Happened)
    def _happened(self, message: Happened) -> None:
        self.query_one(Transcript).draw(message.event)

    @on(ReviewWanted)
    def _review(self, message: ReviewWanted) -> None:
        screen = ReviewScreen(message.changes, self.desk.session().project)
        self.app.push_screen(screen, partial(_decided, message.decision))

    @on(ConfirmWanted)
    def _confirm(self, message: ConfirmWanted) -> None:
        message.decision.decide(True)

    @on(Ended)
    def _ended(self) -> None:
        self._asking = None
        self.desk = self.desk.after_question()

    @on(OpenPlace)
    def _open(self, message: OpenPlace) -> None:
        self.app.push_screen(Viewer(self.desk.session().project, message.path, message.line))

    def action_cancel(self) -> None:
        """Stop the running question."""
        if self._asking is not None:
            self._asking.cancel()

    def action_toggle_context(self) -> None:
        """Show or hide the files by tokens."""
        panel = self.query_one(ContextPanel)
        panel.display = not panel.display


def _decided(decision: Waiting[ChangeSet | Retry], answer: ChangeSet | Retry | None) -> None:
    decision.decide(ChangeSet(()) if answer is None else answer)
