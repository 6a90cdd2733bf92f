"""The main screen: the conversation, the prompt beneath it, the context at its side.

It owns the question that runs, and hands messages from the widgets to the session and events from
the session to the widgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer

from repoctx.conversation import is_begun, load_conversation
from repoctx.errors import RefusedError
from repoctx.events import Applied, CheckRan, Estimated, Failed, Finished
from repoctx.patches.edits import ChangeSet
from repoctx.session import Retry
from repoctx.tui.commands import COMMANDS, guarded, run_command, take_back
from repoctx.tui.context import ContextPanel, Gauge, Looking
from repoctx.tui.desk import Desk
from repoctx.tui.deskscreen import DeskScreen
from repoctx.tui.dialogs import Confirm
from repoctx.tui.prompt import History, Prompt
from repoctx.tui.review import AfterCheck, ReviewScreen
from repoctx.tui.running import Asking, ConfirmWanted, Ended, Happened, ReviewWanted, Waiting
from repoctx.tui.setup import Welcome
from repoctx.tui.transcript import Transcript
from repoctx.tui.viewer import OpenPlace, Viewer

_RETRY = "The check still fails, as its output shows. Mend that."
"""What the model is asked when the person sends a failing check back."""

_BREATH = 0.1
"""Seconds between two looks whether the person still types."""


class MainScreen(DeskScreen):
    """Ask, watch, decide."""

    CSS_PATH = "main.tcss"
    AUTO_FOCUS = "Lines"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Screen has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="Stop the running question at once"),
        Binding("f2", "toggle_context", "Context", tooltip="Show or hide the files by tokens"),
        Binding("f3", "sessions", "Sessions", tooltip="Go on with another conversation"),
    ]

    def __init__(self, desk: Desk, question: str = "") -> None:
        super().__init__(desk)
        self._first = question
        self._asking: Asking | None = None
        self._cancelled = False
        self._applied = 0
        """Changes that the last question applied."""
        self._check: CheckRan | None = None
        self._finished: Finished | None = None

    def compose(self) -> ComposeResult:
        """Conversation and prompt at the left, the repository's files at the right."""
        commands = [(name, each.about) for name, each in COMMANDS.items()]
        with Horizontal():
            with Vertical():
                yield Transcript()
                yield Prompt(History(self.project.state), commands)
            yield ContextPanel()
        yield Gauge()
        yield Looking(lambda: self.desk)
        yield Footer()

    def on_mount(self) -> None:
        """Draw the conversation that is gone on with; ask at once what the command line says."""
        self.query_one(Prompt).focus()
        self.query_one(ContextPanel).show_pins(self.desk.pins)
        self.show_desk()
        self._transcript.exists = lambda path: self.project.holds(path)
        if self.settings.backend == "embedded":
            self._transcript.mount(Welcome(), before=0)
        if self.desk.resume:
            self.begin(self.desk, load_conversation(self.project.state, self.desk.conversation))
        if self._first:
            self.ask(self._first)

    def on_unmount(self) -> None:
        """However the application ends, what runs is stopped: it would be waited for."""
        self.stop()

    def stop(self, wait: float = 0.0) -> None:
        """Stop the question that runs, and wait at most so many seconds for its end."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking.ended.wait(wait)

    # A question on its way

    @property
    def is_idle(self) -> bool:
        """True while no question is on its way."""
        return self._asking is None

    def refuse_while_asking(self) -> None:
        """Raise RefusedError while a question is on its way."""
        if self._asking is not None:
            raise RefusedError("a question is on its way", "Esc cancels it")

    def ask(self, text: str) -> None:
        """Ask a question; there must be none on its way."""
        self._cancelled = False
        self._applied = 0
        self._asking = Asking(text, self.desk, self.post_message)
        self.query(Welcome).remove()
        self._transcript.ask(text, [attachment.name for attachment in self.desk.attachments])
        self.query_one(Looking).rest()
        self.run_worker(self._asking.run, thread=True, group="asking", exit_on_error=False)

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        if message.text.startswith("/"):
            self._transcript.paper.go_to_end()
            guarded(self, lambda: run_command(self, message.text))
        elif self._asking is None:
            self.ask(message.text.strip())
        else:
            prompt = self.query_one(Prompt)
            prompt.write(message.text + prompt.text)  # with what was typed since
            self.notify("A question is on its way; Esc cancels it.")

    @on(Happened)
    def _happened(self, message: Happened) -> None:
        if self._cancelled and isinstance(message.event, Failed):
            return  # it has been said
        self._transcript.draw(message.event)
        if isinstance(message.event, Applied):
            self._applied += 1
        if isinstance(message.event, CheckRan):
            self._check = message.event
        if isinstance(message.event, Finished):
            self._finished = message.event

    @on(ReviewWanted)
    def _review(self, message: ReviewWanted) -> None:
        def review() -> None:
            if not message.decision.is_made:
                screen = ReviewScreen(message.changes, self.project)
                self.app.push_screen(screen, partial(self._reviewed, message.decision))

        self._once_still(review)

    def _reviewed(
        self, decision: Waiting[ChangeSet | Retry], answer: ChangeSet | Retry | None
    ) -> None:
        """Let the question go on, and the person type."""
        decision.decide(ChangeSet(()) if answer is None else answer)
        self.query_one(Prompt).focus()

    @on(ConfirmWanted)
    def _confirm(self, message: ConfirmWanted) -> None:
        def confirm() -> None:
            if not message.decision.is_made:
                question = Confirm(_price(message.expected), "Send", "Do not send")
                self.app.push_screen(question, lambda sure: message.decision.decide(bool(sure)))

        self._once_still(confirm)

    @on(Ended)
    def _ended(self) -> None:
        self._asking = None
        if is_begun(self.project.state, self.desk.conversation):
            self.desk = self.desk.after_question()
        self.show_desk()
        self.query_one(Looking).answered()
        finished, self._finished = self._finished, None
        if finished is not None and finished.status == "check-failed" and self._applied:
            self._once_still(self._ask_about_check)

    def _ask_about_check(self) -> None:
        if self.is_idle and self._check is not None:
            self.app.push_screen(AfterCheck(self._check), self._after_check)

    def _after_check(self, choice: str | None) -> None:
        """Do what the person wants of a change whose check fails."""
        if choice == "retry":
            self.ask(_RETRY)
        elif choice == "undo":
            guarded(self, lambda: take_back(self, self._applied))

    def _once_still(self, show: Callable[[], object]) -> None:
        """Show a window once the person makes a pause: letters meant for the prompt answer it."""
        if self.query_one(Prompt).is_being_written:
            self.set_timer(_BREATH, partial(self._once_still, show))
        else:
            show()

    # The context

    @on(Prompt.Typed)
    def _typed(self, message: Prompt.Typed) -> None:
        is_command = message.text.startswith("/")
        self.query_one(Looking).typed("" if is_command else message.text.strip())

    @on(Looking.Glanced)
    def _glanced(self, message: Looking.Glanced) -> None:
        self.query_one(Gauge).show(message.glance, message.changed)
        self.query_one(ContextPanel).show(message.glance)
        self.query_one(Prompt).know([document.path for document in message.glance.documents])

    @on(Looking.Worked)
    def _worked(self, message: Looking.Worked) -> None:
        self.query_one(Gauge).show_work(message.progress)

    @on(Looking.Refused)
    def _refused(self, message: Looking.Refused) -> None:
        self.query_one(Gauge).show_problem(message.problem)

    @on(Looking.Noted)
    def _noted(self, message: Looking.Noted) -> None:
        self.query_one(Gauge).show_note(message.note)

    @on(ContextPanel.PinsChanged)
    def _pins_changed(self, message: ContextPanel.PinsChanged) -> None:
        self.desk = replace(self.desk, pins=message.pins)
        self.show_desk()
        self.query_one(Looking).look()

    # What is asked for elsewhere

    @on(Welcome.SetupWanted)
    def _setup(self) -> None:
        self.set_up()

    @on(OpenPlace)
    def _open(self, message: OpenPlace) -> None:
        place = message.path, message.line, message.last
        self.app.push_screen(Viewer(self.project, *place))

    # Keys

    def action_cancel(self) -> None:
        """Stop the running question, and say so at once."""
        if self._asking is not None and not self._cancelled:
            self._cancelled = True
            self._transcript.cancelled()
            self._asking.cancel()

    def action_toggle_context(self) -> None:
        """Show or hide the files by tokens."""
        panel = self.query_one(ContextPanel)
        panel.display = not panel.display

    def action_sessions(self) -> None:
        """List the conversations."""
        guarded(self, self.choose_conversation)


def _price(expected: Estimated) -> str:
    most = expected.cost_high
    price = "The price is not known" if most is None else f"This may cost ${most:.2f}"
    return f"{price}: {expected.input_tokens:,} tokens to {expected.endpoint}. Send?"
