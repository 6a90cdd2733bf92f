"""The screen that owns the desk: what commands use, and how it is told what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from textual import on
from textual.message import Message
from textual.screen import Screen

from repoctx.backends.base import Message as Turn
from repoctx.config import Settings
from repoctx.conversation import is_begun, list_conversations, load_conversation
from repoctx.defects import as_error
from repoctx.errors import RepoctxError
from repoctx.events import Notice
from repoctx.project import Project
from repoctx.tui.commands import guarded
from repoctx.tui.context import ContextPanel, Looking
from repoctx.tui.desk import Desk
from repoctx.tui.help import Help
from repoctx.tui.prompt import Prompt
from repoctx.tui.running import failed
from repoctx.tui.sessions import Sessions
from repoctx.tui.setup import Setup, Welcome
from repoctx.tui.transcript import Transcript

T = TypeVar("T")

_CONFIGURED = ("backend", "base_url", "model", "recording")
"""Settings that, when they were typed, would hide what a person configures."""


@dataclass
class Done(Message):
    """Work in a thread came to an end; ``then`` is called with what it gave."""

    then: Callable[[Any], None]
    value: object


class DeskScreen(Screen[None]):
    """Knows the desk and the project that it describes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.project: Project = desk.session().project

    @property
    def settings(self) -> Settings:
        """The settings in force, those that were typed included."""
        return self.project.settings

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    def refuse_while_asking(self) -> None:
        """Raise RefusedError while a question is on its way."""
        raise NotImplementedError

    def tell(self, text: str) -> None:
        """Say something in the transcript."""
        self._transcript.draw(Notice(text))

    def complain(self, error: RepoctxError) -> None:
        """Tell of an error, with its hint."""
        self._transcript.draw(failed(error))

    def write(self, text: str) -> None:
        """Write into the prompt what the person shall go on with."""
        self.query_one(Prompt).focus().write(text)

    def put(self, desk: Desk, said: str = "") -> None:
        """Use another desk from now on; raises UsageError when its settings make no sense."""
        self.project = desk.session().project
        self.desk = desk
        self.query_one(ContextPanel).show_pins(desk.pins)
        self.query_one(Looking).look()
        self.show_desk()
        if said:
            self.tell(said)

    def show_desk(self) -> None:
        """Say at the prompt what the next question is asked with."""
        self.query_one(Prompt).say_beneath(self.desk.in_words(self.settings))

    def work(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something slow in a thread, and then the rest here; an error is told."""

        def run() -> None:
            try:
                self.post_message(Done(then, work()))
            except RepoctxError as error:
                self.post_message(Done(self.complain, error))
            except Exception as error:  # noqa: BLE001 - as for a question
                self.post_message(Done(self.complain, as_error(error)))

        self.run_worker(run, thread=True, group="work", exit_on_error=False)

    @on(Done)
    def _done(self, message: Done) -> None:
        guarded(self, lambda: message.then(message.value))

    def begin(self, desk: Desk, turns: Sequence[Turn]) -> None:
        """Show a conversation from its start."""
        self.put(desk)
        self._transcript.replay(turns)

    def choose_conversation(self) -> None:
        """Let the person go on with another conversation."""
        self.refuse_while_asking()
        state = self.project.state
        conversations = list_conversations(state)
        if not conversations:
            self.tell("there is no conversation here yet")
            return

        def chosen(name: str | None) -> None:
            if name:
                guarded(self, partial(self._resume, name))
            elif self.desk.resume and not is_begun(state, self.desk.conversation):
                guarded(self, self._leave_deleted)

        self.app.push_screen(Sessions(state, conversations), chosen)

    def _leave_deleted(self) -> None:
        """A conversation that is not there any more cannot be gone on with."""
        self.begin(self.desk.begun_anew(), ())
        self.tell("this conversation is deleted; the next question begins a new one")

    def _resume(self, name: str) -> None:
        self.begin(self.desk.begun_anew(name), load_conversation(self.project.state, name))

    def set_up(self) -> None:
        """Let the person configure a model."""

        def closed(stored: bool | None) -> None:
            if stored:
                desk = self.desk
                for name in _CONFIGURED:
                    desk = desk.with_setting(name, None)
                guarded(self, lambda: self.put(desk))
                self.tell(f"from now on {self.settings['model']} at {self.settings.endpoint}")
                self.query(Welcome).remove()

        self.app.push_screen(Setup(), closed)

    def show_help(self) -> None:
        """Show the keys of this screen, and the commands."""
        self.app.push_screen(Help(self.active_bindings.values()))

    def leave(self) -> None:
        """Close the application."""
        self.app.exit()
