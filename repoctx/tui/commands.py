"""The slash commands: what each is called, what it says of itself, and what it does.

A command changes the desk or calls the project, in a thread where that may take a while, and tells
in the transcript what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from repoctx.config.known import parsed
from repoctx.errors import RepoctxError, UsageError
from repoctx.terminal import counted

if TYPE_CHECKING:
    from repoctx.backends.base import Message
    from repoctx.config import Settings
    from repoctx.patches.history import Entry
    from repoctx.project import Project
    from repoctx.tui.desk import Desk

T = TypeVar("T")

_OFF = ("off", "none", "-")


class Commanded(Protocol):
    """What a command is given: the desk, the project, and ways to speak; the main screen is one."""

    desk: Desk
    project: Project

    @property
    def settings(self) -> Settings:
        """The settings in force, those that were typed included."""

    def tell(self, text: str) -> None:
        """Say something in the transcript."""

    def complain(self, error: RepoctxError) -> None:
        """Tell of an error, with its hint."""

    def put(self, desk: Desk, said: str = "") -> None:
        """Use another desk from now on; raises UsageError when its settings make no sense."""

    def work(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something slow in a thread, and then the rest here; an error is told."""

    def refuse_while_asking(self) -> None:
        """Raise RefusedError while a question is on its way."""

    def begin(self, desk: Desk, turns: Sequence[Message]) -> None:
        """Show a conversation from its start."""

    def choose_conversation(self) -> None:
        """Let the person go on with another conversation."""

    def set_up(self) -> None:
        """Let the person configure a model."""

    def show_help(self) -> None:
        """Show the keys and the commands."""

    def leave(self) -> None:
        """Close the application."""


Do = Callable[[Commanded, str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """A word behind a slash."""

    usage: str
    """What follows the name; empty for nothing."""
    about: str
    do: Do


def run_command(screen: Commanded, text: str) -> None:
    """Do what the text, which begins with a slash, asks for; raises UsageError."""
    name, _, argument = text[1:].partition(" ")
    command = COMMANDS.get(name)
    if command is None:
        near = get_close_matches(name, COMMANDS, 1)
        hint = f"is it /{near[0]}?" if near else "/help lists them; a space before / asks it"
        raise UsageError(f"there is no command /{name}", hint)
    command.do(screen, argument.strip())


def _model(screen: Commanded, name: str) -> None:
    if not name:
        screen.tell(f"the model is {screen.settings['model'] or 'not set'}; /model NAME changes it")
        return
    backend = screen.settings.backend
    desk = screen.desk.with_setting("model", name)
    if backend == "embedded":
        desk = desk.with_setting("backend", "openai")
    screen.put(desk, f"the next question goes to {name}")


def _budget(screen: Commanded, tokens: str) -> None:
    if tokens in _OFF:
        screen.put(screen.desk.with_setting("budget", None), "no budget: what the window holds")
    elif tokens:
        number = parsed("budget", _plain(tokens), "/budget")
        desk = screen.desk.with_setting("budget", number)
        screen.put(desk, f"at most {number:,} tokens of repository text")
    else:
        known = screen.settings["budget"]
        screen.tell(f"the budget is {known:,} tokens" if known else "there is no budget")


def _plain(number: str) -> str:
    """Return ``200k`` and ``1.5m`` as plain numbers."""
    factor = {"k": 1_000, "m": 1_000_000}.get(number[-1:].lower(), 0)
    try:
        return str(round(float(number[:-1]) * factor)) if factor else number.replace(",", "")
    except (ValueError, OverflowError):
        return number


def _check(screen: Commanded, command: str) -> None:
    if command in _OFF:
        screen.put(replace(screen.desk, check=""), "no check runs")
    elif command:
        screen.put(replace(screen.desk, check=command), f"the check is: {command}")
    else:
        known = screen.desk.check
        screen.tell(f"the check is: {known}" if known else "there is no check; /check COMMAND")


def _whole(screen: Commanded, word: str) -> None:
    if word not in ("", "on", *_OFF):
        raise UsageError(f"/whole is on or off, not {word}", "/whole on, or /whole off")
    whole = word not in _OFF
    said = "every file is read in full, in several requests if need be"
    screen.put(replace(screen.desk, whole=whole), said if whole else "one request, as it fits")


def _attach(screen: Commanded, source: str) -> None:
    from repoctx.attachments import Attachment, attach

    here = screen.desk.attachments
    if source in _OFF:
        screen.put(replace(screen.desk, attachments=()), "nothing is attached")
        return
    if not source:
        names = ", ".join(attachment.name for attachment in here)
        screen.tell(f"attached: {names}" if here else "nothing is attached; /attach FILE or URL")
        return
    settings = screen.settings

    def work() -> Attachment:
        return attach(source, settings["attach_limit"], local_only=settings["local_only"])

    def then(attachment: Attachment) -> None:
        desk = replace(screen.desk, attachments=(*screen.desk.attachments, attachment))
        screen.put(desk, f"attached {attachment.name}: {attachment.summary}")

    screen.work(work, then)


def _undo(screen: Commanded, _: str) -> None:
    take_back(screen)


def _redo(screen: Commanded, _: str) -> None:
    _again(screen, "applied again", screen.project.redo)


def take_back(screen: Commanded, changes: int = 1) -> None:
    """Undo the last changes, the newest first; one that cannot be undone ends it, and is told."""
    then = partial(take_back, screen, changes - 1) if changes > 1 else None
    _again(screen, "undone", screen.project.undo, then)


def _again(
    screen: Commanded, word: str, act: Callable[[], Entry], then: Callable[[], None] | None = None
) -> None:
    """Take a change back, or apply it again; not while a question may change files."""
    screen.refuse_while_asking()
    project = screen.project

    def work() -> str:
        mended = project.recover()
        entry = act()
        names = ", ".join(file.path for file in entry.files)
        return f"{mended + '; ' if mended else ''}{word}: {entry.note[:60] or entry.id} [{names}]"

    def done(said: str) -> None:
        screen.tell(said)
        if then is not None:
            then()

    screen.work(work, done)


def _cost(screen: Commanded, _: str) -> None:
    from repoctx.costs import Costs, month_start, repository_key
    from repoctx.costs.totals import added
    from repoctx.folders import user_state_folder

    project, conversation = screen.project, screen.desk.conversation

    def work() -> str:
        costs = Costs(user_state_folder())
        here = added(costs.totals(month_start(), repository_key(r.path for r in project.roots)))
        month = added(costs.totals(month_start()))
        unknown = counted(month.unpriced, "request") if month.unpriced else ""
        return (
            f"this conversation ${costs.conversation(conversation):.4f}; this repository this "
            f"month ${here.cost:.2f} in {counted(here.requests, 'request')}, the cache saved "
            f"${here.saved:.2f}; all repositories ${month.cost:.2f}"
            + (f"; the price of {unknown} is not known" if unknown else "")
        )

    screen.work(work, screen.tell)


def _sessions(screen: Commanded, _: str) -> None:
    screen.choose_conversation()


def _new(screen: Commanded, _: str) -> None:
    screen.refuse_while_asking()
    screen.begin(screen.desk.begun_anew(), ())


def _rebase(screen: Commanded, _: str) -> None:
    from repoctx.sending.status import forget

    project = screen.project

    def work() -> str:
        known = forget(project)
        return "the next question starts a new base" if known else "there is no base yet"

    screen.work(work, screen.tell)


def _setup(screen: Commanded, _: str) -> None:
    screen.refuse_while_asking()
    screen.set_up()


def _help(screen: Commanded, _: str) -> None:
    screen.show_help()


def _quit(screen: Commanded, _: str) -> None:
    screen.leave()


COMMANDS: Mapping[str, Command] = {
    "setup": Command("", "configure a model: hosted, or a server of your own", _setup),
    "model": Command("NAME", "ask this model from now on", _model),
    "budget": Command("TOKENS | off", "the most tokens of repository text, as 200k", _budget),
    "attach": Command("FILE | URL | off", "what goes along with the next question", _attach),
    "check": Command("COMMAND | off", "must succeed; on failure the model tries again", _check),
    "whole": Command("on | off", "read every file in full, in several requests", _whole),
    "undo": Command("", "take the last change back; what you edited since is kept", _undo),
    "redo": Command("", "apply again what was undone last", _redo),
    "cost": Command("", "what was billed, and what the cache saved", _cost),
    "sessions": Command("", "the conversations here, to go on with one", _sessions),
    "new": Command("", "begin a new conversation", _new),
    "rebase": Command("", "let the next question start a new base", _rebase),
    "help": Command("", "the keys and these commands", _help),
    "quit": Command("", "leave", _quit),
}
"""In the order of the help."""


def guarded(screen: Commanded, act: Callable[[], None]) -> None:
    """Do it; an error is told, with its hint."""
    try:
        act()
    except RepoctxError as error:
        screen.complain(error)
