"""The main screen: the conversation, the prompt beneath it, the context at its side.

It owns the desk and the question that runs, and hands messages from the widgets to the session and
events from the session to the widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer

from repoctx.backends.base import Message as Turn
from repoctx.config import Settings
from repoctx.conversation import list_conversations, load_conversation
from repoctx.errors import RefusedError, RepoctxError
from repoctx.events import Estimated, Failed, Finished, Notice
from repoctx.patches.edits import ChangeSet
from repoctx.project import Project
from repoctx.session import Retry
from repoctx.tui.commands import COMMANDS, guarded, run_command
from repoctx.tui.context import ContextPanel, Gauge
from repoctx.tui.desk import Desk
from repoctx.tui.dialogs import Confirm
from repoctx.tui.help import Help
from repoctx.tui.prompt import History, Prompt
from repoctx.tui.review import ReviewScreen
from repoctx.tui.running import Asking, ConfirmWanted, Ended, Happened, ReviewWanted, Waiting
from repoctx.tui.sessions import Sessions
from repoctx.tui.setup import Setup, Welcome
from repoctx.tui.transcript import Transcript
from repoctx.tui.viewer import OpenPlace, Viewer

T = TypeVar("T")


@dataclass
class Done(Message):
    """Work in a thread came to an end; ``then`` is called with what it gave."""

    then: Callable[[Any], None]
    value: object


class MainScreen(Screen[None]):
    """Ask, watch, decide."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="Stop the running question at once"),
        Binding("f2", "toggle_context", "Context", tooltip="Show or hide the files by tokens"),
        Binding("f3", "sessions", "Sessions", tooltip="Go on with another conversation"),
    ]

    def __init__(self, desk: Desk, question: str = "") -> None:
        super().__init__()
        self.desk = desk
        self.project: Project = desk.session().project
        self._first = question
        self._asking: Asking | None = None
        self._cancelled = False

    def compose(self) -> ComposeResult:
        """Conversation and prompt at the left, the repository's files at the right."""
        commands = [(name, each.about) for name, each in COMMANDS.items()]
        with Horizontal():
            with Vertical():
                yield Transcript()
                yield Prompt(History(self.project.state), commands)
            yield ContextPanel()
        yield Gauge()
        yield Footer()

    def on_mount(self) -> None:
        """Draw the conversation that is gone on with; ask at once what the command line says."""
        self.query_one(Prompt).focus()
        if self.settings.backend == "embedded":
            self.query_one(Transcript).mount(Welcome())
        if self.desk.resume:
            self.begin(self.desk, load_conversation(self.project.state, self.desk.conversation))
        if self._first:
            self.ask(self._first)

    # What commands use

    @property
    def settings(self) -> Settings:
        """The settings in force, those that were typed included."""
        return self.project.settings

    def tell(self, text: str) -> None:
        """Say something in the transcript."""
        self.query_one(Transcript).draw(Notice(text))

    def complain(self, error: RepoctxError) -> None:
        """Tell of an error, with its hint."""
        failed = Failed(error.message, error.hint, error.exit_code)
        self.query_one(Transcript).draw(failed)

    def write(self, text: str) -> None:
        """Write into the prompt what the person shall go on with."""
        self.query_one(Prompt).focus().write(text)

    def put(self, desk: Desk, said: str = "") -> None:
        """Use another desk from now on; raises UsageError when its settings make no sense."""
        self.project = desk.session().project
        self.desk = desk
        if said:
            self.tell(said)

    def work(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something slow in a thread, and then the rest here; an error is told."""

        def run() -> None:
            try:
                self.post_message(Done(then, work()))
            except RepoctxError as error:
                self.post_message(Done(self.complain, error))

        self.run_worker(run, thread=True, group="work", exit_on_error=False)

    def refuse_while_asking(self) -> None:
        """Raise RefusedError while a question is on its way."""
        if self._asking is not None:
            raise RefusedError("a question is on its way", "Esc cancels it")

    def begin(self, desk: Desk, turns: Sequence[Turn]) -> None:
        """Show a conversation from its start."""
        self.put(desk)
        transcript = self.query_one(Transcript)
        transcript.remove_children()
        transcript.replay(turns)

    def choose_conversation(self) -> None:
        """Let the person go on with another conversation."""
        self.refuse_while_asking()
        state = self.project.state

        def chosen(name: str | None) -> None:
            if name:
                resume = partial(self._resume, name)
                guarded(self, resume)

        self.app.push_screen(Sessions(state, list_conversations(state)), chosen)

    def show_help(self) -> None:
        """Show the keys of this screen, and the commands."""
        self.app.push_screen(Help(self.active_bindings.values()))

    def set_up(self) -> None:
        """Let the person configure a model."""

        def closed(stored: bool | None) -> None:
            if stored:
                typed = ("backend", "base_url", "model", "recording")
                desk = self.desk
                for name in typed:
                    desk = desk.with_setting(name, None)
                guarded(self, lambda: self.put(desk, f"from now on {self.settings['model']}"))
                self.query(Welcome).remove()

        self.app.push_screen(Setup(), closed)

    def leave(self) -> None:
        """Close the application."""
        self.app.exit()

    def _resume(self, name: str) -> None:
        self.begin(self.desk.begun_anew(name), load_conversation(self.project.state, name))

    @on(Done)
    def _done(self, message: Done) -> None:
        guarded(self, lambda: message.then(message.value))

    # A question on its way

    def ask(self, text: str) -> None:
        """Ask a question; there must be none on its way."""
        self._cancelled = False
        self._asking = Asking(text, self.desk, self.post_message)
        self.query_one(Transcript).ask(text)
        self.run_worker(self._asking.run, thread=True, group="asking", exit_on_error=False)

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        if message.text.startswith("/"):
            guarded(self, lambda: run_command(self, message.text))
        elif self._asking is None:
            self.ask(message.text)
        else:
            self.query_one(Prompt).write(message.text)
            self.notify("A question is on its way; Esc cancels it.")

    @on(Happened)
    def _happened(self, message: Happened) -> None:
        if self._cancelled and isinstance(message.event, Failed):
            return  # it has been said
        self.query_one(Transcript).draw(message.event)
        if isinstance(message.event, Finished):
            self.desk = self.desk.after_question()

    @on(ReviewWanted)
    def _review(self, message: ReviewWanted) -> None:
        screen = ReviewScreen(message.changes, self.project)
        self.app.push_screen(screen, partial(_decided, message.decision))

    @on(ConfirmWanted)
    def _confirm(self, message: ConfirmWanted) -> None:
        question = Confirm(_price(message.expected), "Send", "Do not send")
        self.app.push_screen(question, lambda sure: message.decision.decide(bool(sure)))

    @on(Ended)
    def _ended(self) -> None:
        self._asking = None

    @on(Welcome.SetupWanted)
    def _setup(self) -> None:
        self.set_up()

    @on(OpenPlace)
    def _open(self, message: OpenPlace) -> None:
        self.app.push_screen(Viewer(self.project, message.path, message.line))

    # Keys

    def action_cancel(self) -> None:
        """Stop the running question, and say so at once."""
        if self._asking is not None and not self._cancelled:
            self._cancelled = True
            self.tell("cancelled; nothing more is written")
            self._asking.cancel()

    def action_toggle_context(self) -> None:
        """Show or hide the files by tokens."""
        panel = self.query_one(ContextPanel)
        panel.display = not panel.display

    def action_sessions(self) -> None:
        """List the conversations."""
        guarded(self, self.choose_conversation)


def _decided(decision: Waiting[ChangeSet | Retry], answer: ChangeSet | Retry | None) -> None:
    decision.decide(ChangeSet(()) if answer is None else answer)


def _price(expected: Estimated) -> str:
    most = expected.cost_high
    price = "The price is not known" if most is None else f"This may cost ${most:.2f}"
    return f"{price}: {expected.input_tokens:,} tokens to {expected.endpoint}. Send?"
