"""The whole pipeline, readable in one place: check -> send -> plan -> review -> apply -> check.

Every step is an event in one stream. The command line, the TUI and editors only draw it, and decide
what to accept through the ``review`` function that they pass in.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from repoctx.attachments import Attachment, images_of
from repoctx.backends.base import Backend, Cancellation, CheckFailure, Message, takes_images
from repoctx.backends.registry import create_backend
from repoctx.config import backend_settings
from repoctx.conversation import load_conversation, save_conversation
from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.events import (
    Applied,
    CheckRan,
    Conflict,
    EditProposed,
    Event,
    Failed,
    Finished,
    Notice,
    Progress,
    TextDelta,
)
from repoctx.patches.edits import ChangeSet, FileChange
from repoctx.patches.review import unified
from repoctx.project import Project, open_project
from repoctx.prompt import after_conflicts, after_failed_check, first_question, remembered
from repoctx.sandbox import CommandResult, run_check
from repoctx.sending import Confirm, Purse, conversation_of, send
from repoctx.stages import Report, staged
from repoctx.whole import ask_whole

if TYPE_CHECKING:
    from repoctx.packer.pins import Pin
    from repoctx.patches.history import Entry

Review = Callable[[ChangeSet], ChangeSet]
"""Shows a planned change to the person and returns what they accept of it, perhaps nothing."""


def accept_all(changes: ChangeSet) -> ChangeSet:
    """Accept a change as it is planned."""
    return changes


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks, and what may be done about the answer."""

    text: str
    check: str = ""
    """A shell command that must succeed; it runs before the question and after each change."""
    attachments: tuple[Attachment, ...] = ()
    """What goes along with it: see ``repoctx.attachments.attach``."""
    pins: tuple[Pin, ...] = ()
    """Levels asked for some files."""
    whole: bool = False
    """Have every file read in full, in several requests when one cannot hold all."""
    resume: bool = False
    """Go on with the last conversation."""
    review: Review | None = None
    """Who decides what is applied; None writes nothing (a dry run)."""
    confirm: Confirm | None = None
    """Who is asked before what is dearer than ``ask_above`` is sent; None refuses it."""
    cancellation: Cancellation = field(default_factory=Cancellation)


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
            yield from _Asking(self.project, backend, asked).run()
        except RepoctxError as error:
            yield Failed(error.message, error.hint, error.exit_code)

    def prompt(self, question: Question, file: BinaryIO) -> Iterator[Event]:
        """Write what the model would read of this question, and send nothing.

        The check does not run, and images are not in it. A failure is an event.
        """
        from repoctx.sending.preview import write_prompt

        try:
            turns = load_conversation(self.project.state) if question.resume else ()
            text = first_question(question.text, question.attachments, None)
            text = self.project.without_secrets(text)
            yield from write_prompt(self.project, turns, text, question.pins, file)
            yield Finished("dry-run", 0, "nothing was sent")
        except RepoctxError as error:
            yield Failed(error.message, error.hint, error.exit_code)

    def keep_alive(self, asked: Question, spent: float = 0.0) -> Iterator[Event]:
        """Keep cached what was sent for a question; a failure is an event.

        ``spent`` are US dollars that count towards ``max_cost`` already: those of the question.
        """
        from repoctx.sending.keepalive import keep_alive

        settings = self.project.settings
        try:
            backend = create_backend(settings.backend, backend_settings(settings))
            conversation = conversation_of(self.project, resume=True)
            yield from keep_alive(
                *(self.project, backend, asked.cancellation, asked.pins, spent, conversation)
            )
        except RepoctxError as error:
            yield Failed(error.message, error.hint, error.exit_code)


class _Asking:
    """One question on its way: each round asks, settles what was answered, and may ask again."""

    def __init__(self, project: Project, backend: Backend, question: Question) -> None:
        self.project = project
        self.backend = backend
        self.question = question
        self.messages: tuple[Message, ...] = ()
        self.images = images_of(question.attachments)
        """What goes along with the next request; later rounds repeat it as a turn."""
        self.failure: CheckFailure | None = None
        self.applied = 0
        self.purse = Purse(project.settings, question.confirm)
        self.conversation = conversation_of(project, resume=question.resume)
        self.send = ask_whole if question.whole else send

    def run(self) -> Iterator[Event]:
        yield from self._prepare()
        text = first_question(self.question.text, self.question.attachments, self.failure)
        unsettled: Finished | None = None
        for number in range(1, max(1, self.project.settings["rounds"]) + 1):
            try:
                reply = yield from self._answer(text)
            except RepoctxError as error:
                if unsettled is None or error.exit_code != 1:
                    raise
                yield Notice(f"the next try failed: {error}")
                break
            ended, text = yield from self._settle(reply, number)
            if not text:
                yield ended
                return
            unsettled = ended
        if unsettled is not None:
            yield unsettled

    def _prepare(self) -> Iterator[Event]:
        """Mend what a crash left, load the conversation, run the check as things stand."""
        for warning in self.project.settings.warnings:
            yield Notice(warning)
        if mended := self.project.recover():
            yield Notice(mended)
        if self.question.resume:
            self.messages = load_conversation(self.project.state)
        self._check_images()
        if self.question.check:
            yield from self._check(0)

    def _check_images(self) -> None:
        """Raise UsageError, before anything is run or sent, for images that nobody could see."""
        if takes_images(self.backend):
            return
        name = self.project.settings.backend
        if self.images:
            raise UsageError(f"the backend {name} takes no images", "attach text, or use another")
        if any(turn.images for turn in self.messages):
            raise UsageError(
                f"the conversation has images, and the backend {name} takes none",
                "ask without --continue, or use the backend that it began with",
            )

    def _answer(self, text: str) -> Generator[Event, None, str]:
        """Send the question over the repository as it is now; return the reply's text."""
        text = self.project.without_secrets(text)
        pieces: list[str] = []
        answer = self.send(
            self.project,
            self.backend,
            self.messages,
            text,
            self.failure,
            self.question.cancellation,
            self.question.pins,
            purse=self.purse,
            conversation=self.conversation,
            images=self.images,
        )
        for event in answer:
            if isinstance(event, TextDelta):
                pieces.append(event.text)
            yield event
        self.send = send  # the parts have said what they know; what follows is about the answer
        reply = "".join(pieces)
        hidden = self.project.without_secrets(reply)  # a local backend quotes files as they are
        self.messages = remembered(self.messages, text, hidden, self.images)
        self.images = ()
        save_conversation(self.project.state, self.messages)
        return reply

    def _settle(self, reply: str, number: int) -> Generator[Event, None, tuple[Finished, str]]:
        """Plan, review, apply and check a reply.

        Returns how the question ended, and the next round's question: empty when it is settled.
        """
        changes = self.project.plan(reply)
        yield from _proposed(changes)
        if changes.is_empty:
            return self._without_edits(), ""
        if changes.conflicts:
            ended = Finished("conflict", ConflictError.exit_code, _not_applied(changes))
            return ended, after_conflicts(changes.conflicts)
        if self.question.review is None:
            return Finished("dry-run", 0, "nothing was written (a dry run)"), ""
        accepted = self.question.review(changes)
        if not accepted.files:
            return Finished("rejected", 0, "nothing was accepted, so nothing was written"), ""
        entry = self.project.apply(accepted, note=self.question.text)
        self.applied += 1
        yield Applied(entry.id, tuple(change.path for change in accepted.files))
        if not self.question.check:
            return Finished("applied", 0, self.project.way_back(self.applied)), ""
        yield from self._check(number)
        if self.failure is None:
            return Finished("applied", 0, self.project.way_back(self.applied)), ""
        ended = Finished(
            "check-failed", 4, f"the check still fails; {self.project.way_back(self.applied)}"
        )
        return ended, after_failed_check(self.failure)

    def _without_edits(self) -> Finished:
        if self.failure is None:
            return Finished("answered", 0)
        message = "the reply proposes no edits, and the check still fails"
        return Finished("check-failed", 4, message)

    def _check(self, number: int) -> Iterator[Event]:
        """Run the check; afterwards ``failure`` is None when it passed."""
        command, folder = self.question.check, self.project.folder

        def work(report: Report) -> CommandResult:
            return run_check(
                command,
                folder,
                timeout=self.project.settings["check_timeout"],
                on_output=lambda text: report(Progress("check", number, None, detail=text)),
                cancelled=lambda: self.question.cancellation.thrown,
            )

        ran = yield from staged(work, self.question.cancellation.throw)
        if ran.exit_code in (126, 127):
            raise UsageError(
                f"the check command cannot be run: {command}",
                ran.output.strip().splitlines()[-1] if ran.output.strip() else "check its name",
            )
        yield CheckRan(command, ran.exit_code, round(ran.seconds, 3), ran.output, number)
        self.failure = None
        if ran.exit_code != 0:
            where = folder.relative_to(self.project.root).as_posix()
            self.failure = CheckFailure(command, ran.exit_code, ran.output, where.strip("."))


def _proposed(changes: ChangeSet) -> Iterator[Event]:
    for change in changes.files:
        yield _proposal(change)
    for conflict in changes.conflicts:
        yield Conflict(conflict.path, conflict.reason, conflict.hint)


def _proposal(change: FileChange) -> EditProposed:
    diff = unified(change)
    body = [line for line in diff.split("\n") if not line.startswith(("+++", "---"))]
    return EditProposed(
        path=change.path,
        kind=change.kind,
        added=sum(line.startswith("+") for line in body),
        removed=sum(line.startswith("-") for line in body),
        diff=diff,
        flags=change.flags,
        old_path=change.old_path,
    )


def _not_applied(changes: ChangeSet) -> str:
    count = len(changes.conflicts)
    return f"{count} edit{'s do' if count > 1 else ' does'} not fit; nothing was written"


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


def apply(folder: Path | str, reply: str, *, path_hint: str = "") -> Entry:
    """Apply the edits of a reply, all of them or nothing.

    Raises ConflictError when an edit does not fit, UsageError when there is none.
    """
    project = open_session(folder).project
    project.recover()
    changes = project.plan(reply, path_hint)
    if changes.is_empty:
        raise UsageError("the reply holds no edits", "save the model's whole answer")
    if changes.conflicts:
        first = changes.conflicts[0]
        raise ConflictError(f"{first.path}: {first.reason}", first.hint)
    return project.apply(changes, note="apply")


def undo(folder: Path | str = ".") -> Entry:
    """Take back the last applied change; raises ConflictError when edits since are in the way."""
    project = open_session(folder).project
    project.recover()
    return project.undo()


__all__ = [
    "EditProposed",
    "Question",
    "Review",
    "Session",
    "accept_all",
    "apply",
    "open_session",
    "pack",
    "undo",
]
