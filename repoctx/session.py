"""What a person can ask of a repository: check -> send -> plan -> review -> apply -> check.

Every step is an event in one stream. The command line, the TUI and editors only draw it, and decide
what to accept through the ``review`` function that they pass in. ``asking`` has the steps.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from repoctx.asking import Asking
from repoctx.attachments import images_of
from repoctx.backends.registry import create_backend
from repoctx.config import backend_settings
from repoctx.conversation import load_conversation
from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.events import EditProposed, Event, Failed, Finished
from repoctx.patches.consent import refuse_flagged
from repoctx.patches.edits import ChangeSet
from repoctx.project import Project, open_project
from repoctx.prompt import first_question
from repoctx.question import Question, Retry, Review, conversation_of

if TYPE_CHECKING:
    from repoctx.backends.base import Message
    from repoctx.patches.history import Entry
    from repoctx.sending.glance import Glance


def accept_all(changes: ChangeSet) -> ChangeSet:
    """Accept a change as it is planned; RefusedError when a file in it can run code by itself."""
    refuse_flagged(changes, "review it, or accept it with `accept_flagged_too`")
    return changes


def accept_flagged_too(changes: ChangeSet) -> ChangeSet:
    """Accept a change as it is planned, with the files that can run code by themselves."""
    return changes


@dataclass(frozen=True, slots=True)
class Session:
    """Questions about one project."""

    project: Project

    def ask(self, question: Question | str) -> Iterator[Event]:
        """Answer a question or make a change; the last event is Finished or Failed.

        Raises no RepoctxError: a failure is an event. Closing the iterator cancels what runs.
        """
        asked = Question(question) if isinstance(question, str) else question
        try:
            settings = self.project.settings
            backend = create_backend(settings.backend, backend_settings(settings))
            yield from Asking(self.project, backend, asked).run()
        except RepoctxError as error:
            yield Failed(error.message, error.hint, error.exit_code)

    def prompt(self, question: Question, file: BinaryIO) -> Iterator[Event]:
        """Write what the model would read of this question, and send nothing.

        The check does not run, and images are not in it. A failure is an event.
        """
        from repoctx.sending.preview import write_prompt

        try:
            turns, text = self._said(question)
            yield from write_prompt(self.project, turns, text, question.pins, file)
            yield Finished("dry-run", 0, "nothing was sent")
        except RepoctxError as error:
            yield Failed(error.message, error.hint, error.exit_code)

    def glance(
        self, question: Question, before: Glance | None = None
    ) -> Generator[Event, None, Glance]:
        """Return what a question would send, and send nothing; its text may be empty.

        ``before`` is returned when it still holds. Raises RepoctxError.
        """
        from repoctx.sending.glance import glance

        turns, text = self._said(question)
        said = text if text.strip() else ""
        images = images_of(question.attachments)
        return (yield from glance(self.project, question.pins, said, turns, images, before))

    def _said(self, question: Question) -> tuple[tuple[Message, ...], str]:
        """Return the conversation so far, and the question as it is sent with its attachments."""
        name = conversation_of(self.project, question)
        turns = load_conversation(self.project.state, name) if question.resume else ()
        text = first_question(question.text, question.attachments, None)
        return turns, self.project.without_secrets(text)

    def keep_alive(self, asked: Question, spent: float = 0.0) -> Iterator[Event]:
        """Keep cached what was sent for a question; a failure is an event.

        ``spent`` are US dollars that count towards ``max_cost`` already: those of the question.
        """
        from repoctx.sending.keepalive import keep_alive

        settings = self.project.settings
        try:
            backend = create_backend(settings.backend, backend_settings(settings))
            conversation = conversation_of(self.project, replace(asked, resume=True))
            yield from keep_alive(
                *(self.project, backend, asked.cancellation, asked.pins, spent, conversation)
            )
        except RepoctxError as error:
            yield Failed(error.message, error.hint, error.exit_code)


def open_session(
    folder: Path | str | Sequence[Path | str] = ".",
    *,
    files: Iterable[Path | str] | None = None,
    **settings: Any,
) -> Session:
    """Open the repository that the folder lies in, or those of several folders as one.

    The person stands in the first. With ``files``, nothing but these is read (a folder: all in
    it). ``settings`` are those of ``repoctx config`` (``model="…"``, ``budget=…``) and count as
    flags. Raises UsageError when a folder is none or inside another, or a setting makes no sense.
    """
    folders = [folder] if isinstance(folder, Path | str) else folder
    return Session(open_project(folders, files, settings))


def pack(
    folder: Path | str | Sequence[Path | str] = ".", *, rev: str | None = None, **settings: Any
) -> str:
    """Return the repository's whole context as one string; see ``Project.pack`` for a stream."""
    project = open_session(folder, **settings).project
    with project.opened(rev) as (snapshot, index):
        return "".join(project.pack(snapshot, index).chunks())


def apply(
    folder: Path | str, reply: str, *, path_hint: str = "", allow_flagged: bool = False
) -> Entry:
    """Apply the edits of a reply, all of them or nothing.

    Raises ConflictError when an edit does not fit, UsageError when there is none, RefusedError
    when a file can run code by itself and ``allow_flagged`` does not say that it may.
    """
    project = open_session(folder).project
    project.recover()
    changes = project.plan(reply, path_hint)
    if changes.is_empty:
        raise UsageError("the reply holds no edits", "save the model's whole answer")
    if changes.conflicts:
        first = changes.conflicts[0]
        raise ConflictError(f"{first.path}: {first.reason}", first.hint)
    if not allow_flagged:
        refuse_flagged(changes, "look at it, then repeat with allow_flagged=True")
    return project.apply(changes, note="apply")


def undo(folder: Path | str = ".") -> Entry:
    """Take back the last applied change; raises ConflictError when edits since are in the way."""
    project = open_session(folder).project
    project.recover()
    return project.undo()


__all__ = [
    "EditProposed",
    "Question",
    "Retry",
    "Review",
    "Session",
    "accept_all",
    "accept_flagged_too",
    "apply",
    "open_session",
    "pack",
    "undo",
]
