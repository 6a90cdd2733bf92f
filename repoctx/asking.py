"""The rounds of a question: send -> plan -> review -> apply -> check, until it is settled.

A reply whose edits do not fit, or leave a file that does not parse, goes back to the model before a
person sees it; what fits is kept, and only the rest is asked for again. So does a failing check.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Literal

from repoctx.attachments import images_of
from repoctx.backends.base import Backend, CheckFailure, Message, takes_images
from repoctx.conversation import load_conversation, save_conversation
from repoctx.errors import ConflictError, RepoctxError, UsageError
from repoctx.events import (
    Applied,
    CheckRan,
    Conflict,
    EditProposed,
    Event,
    Finished,
    Notice,
    Progress,
    TextDelta,
)
from repoctx.guard import broken
from repoctx.patches.edits import ChangeSet, EditConflict, FileChange
from repoctx.patches.retry import Unfinished, kept_in_words, unfinished
from repoctx.patches.review import unified
from repoctx.project import Project
from repoctx.prompt import (
    after_conflicts,
    after_failed_check,
    after_review,
    first_question,
    remembered,
)
from repoctx.question import Question, Retry, conversation_of
from repoctx.sandbox import CommandResult, run_check
from repoctx.sending import Purse, send
from repoctx.stages import Report, staged
from repoctx.whole import ask_whole


class Asking:
    """One question on its way: each round asks, settles what was answered, and may ask again."""

    def __init__(self, project: Project, backend: Backend, question: Question) -> None:
        self.project = project
        self.backend = backend
        self.question = question
        self.messages: tuple[Message, ...] = ()
        self.images = images_of(question.attachments)
        """What goes along with the next request; later rounds repeat it as a turn."""
        self.failure: CheckFailure | None = None
        self.accepted: list[ChangeSet] = []
        """What each round applied."""
        self.earlier: Unfinished | None = None
        """What the last reply left to the next."""
        self.round = 0
        self.tries = self._most_tries
        """Tries left; only a person may ask for more."""
        self.purse = Purse(project.settings, question.confirm)
        self.conversation = conversation_of(project, question)
        self.send = ask_whole if question.whole else send

    def run(self) -> Iterator[Event]:
        """Yield what happens until the question is settled, or no try is left."""
        yield from self._prepare()
        text = first_question(self.question.text, self.question.attachments, self.failure)
        ended: Finished | None = None
        while text and self.tries > 0:
            self.tries -= 1
            self.round += 1
            try:
                reply = yield from self._answer(text)
            except RepoctxError as error:
                if ended is None or error.exit_code != 1:
                    raise
                yield Notice(f"the next try failed: {error}")
                break
            ended, text = yield from self._settle(reply)
        if ended is not None:
            yield ended

    @property
    def _most_tries(self) -> int:
        return max(1, int(self.project.settings["rounds"]))

    def _prepare(self) -> Iterator[Event]:
        """Mend what a crash left, load the conversation, run the check as things stand."""
        for warning in self.project.settings.warnings:
            yield Notice(warning)
        if mended := self.project.recover():
            yield Notice(mended)
        if self.question.resume:
            self.messages = load_conversation(self.project.state, self.conversation)
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
        save_conversation(self.project.state, self.conversation, self.question.text, self.messages)
        return reply

    def _settle(self, reply: str) -> Generator[Event, None, tuple[Finished, str]]:
        """Plan, review, apply and check a reply.

        Returns how the question ended, and the next round's question: empty when it is settled.
        """
        changes = self.project.plan(reply, earlier=self.earlier)
        self.earlier = None
        if changes.is_empty:
            return self._without_edits(), ""
        doubts = changes.conflicts or broken(changes)
        if doubts and self.tries > 0:
            yield from map(_conflict, doubts)
            return self._once_more(replace(changes, conflicts=doubts))
        yield from map(_proposal, changes.files)
        yield from map(_conflict, changes.conflicts)
        if changes.conflicts and not (self.question.partial and changes.files):
            return self._conflict(changes), ""
        return (yield from self._decide(changes))

    def _once_more(self, changes: ChangeSet) -> tuple[Finished, str]:
        """Keep what fits, and ask again for the rest."""
        self.earlier = unfinished(changes)
        kept = kept_in_words(self.earlier.kept)
        return self._conflict(changes), after_conflicts(changes.conflicts, kept)

    def _conflict(self, changes: ChangeSet) -> Finished:
        return self._unwritten("conflict", ConflictError.exit_code, _misfit(changes))

    def _unwritten(
        self, status: Literal["conflict", "rejected"], exit_code: int, why: str
    ) -> Finished:
        """How it ends with a reply of which nothing is written.

        What an earlier round applied is there all the same: then the failing check is the end.
        """
        if self.accepted and self.failure is not None:
            return self._still_failing(f"{why}; nothing more was written, and")
        return Finished(status, exit_code, f"{why}; nothing was written")

    def _still_failing(self, before: str = "") -> Finished:
        back = f"; {self.project.way_back(len(self.accepted))}" if self.accepted else ""
        return Finished("check-failed", 4, f"{before} the check still fails{back}".lstrip())

    def _decide(self, changes: ChangeSet) -> Generator[Event, None, tuple[Finished, str]]:
        """Have the change reviewed; apply and check what is accepted."""
        if self.question.review is None:
            return Finished("dry-run", 0, "nothing was written (a dry run)"), ""
        accepted = self.question.review(changes)
        if isinstance(accepted, Retry):
            return self._as_told(changes, accepted)
        if not accepted.files:
            return self._unwritten("rejected", 0, "nothing was accepted"), ""
        yield from self._newly_broken(changes, accepted)
        accepted = replace(accepted, conflicts=())
        entry = self.project.apply(accepted, note=self.question.text)
        self.accepted.append(accepted)
        yield Applied(entry.id, tuple(change.path for change in accepted.files))
        if self.question.check:
            yield from self._check(self.round)
        if self.failure is None:
            yield from self._commit()
            return Finished("applied", 0, self.project.way_back(len(self.accepted))), ""
        return self._still_failing(), after_failed_check(self.failure)

    def _commit(self) -> Iterator[Event]:
        """Commit what all rounds applied as one, when the person wants that."""
        if not self.question.commit:
            return
        settings, cancellation = self.project.settings, self.question.cancellation

        def work(report: Report) -> None:
            for committed in self.project.commit(
                self.accepted,
                self.question.text,
                settings["model"] or settings.answerer,
                on_line=lambda line: report(Progress("commit", 0, None, detail=line)),
                cancelled=lambda: cancellation.thrown,
            ):
                report(committed)

        yield from staged(work, cancellation.throw)

    def _as_told(self, changes: ChangeSet, retry: Retry) -> tuple[Finished, str]:
        """Try again because the person says so, however many tries there were."""
        self.tries = self._most_tries
        if changes.conflicts and not retry.note:
            return self._once_more(changes)
        return self._unwritten("rejected", 0, "it was sent back"), after_review(retry.note)

    def _newly_broken(self, changes: ChangeSet, accepted: ChangeSet) -> Iterator[Event]:
        """Tell of files that parse with all of the hunks, but not with those accepted."""
        known = {change.path for change in changes.files if change.syntax_error is not None}
        for change in self.project.guarded(accepted).files:
            if change.syntax_error is not None and change.path not in known:
                where = f"{change.path}, line {change.syntax_error}"
                yield Notice(f"{where}: does not parse with only the hunks that you accepted")

    def _without_edits(self) -> Finished:
        if self.failure is None:
            return Finished("answered", 0)
        return self._still_failing("the reply proposes no edits, and")

    def _check(self, number: int) -> Iterator[Event]:
        """Run the check; afterwards ``failure`` is None when it passed."""
        command, folder = self.question.check, self.project.folder

        def work(report: Report) -> CommandResult:
            report(Progress("check", number, None))  # many write nothing until they end
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


def _conflict(conflict: EditConflict) -> Conflict:
    return Conflict(conflict.path, conflict.reason, conflict.hint, conflict.detail)


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


def _misfit(changes: ChangeSet) -> str:
    count = len(changes.conflicts)
    if all(change.syntax_error is None for change in changes.files):
        return f"{count} edit{'s do' if count > 1 else ' does'} not fit"
    return f"{count} file{'s' * (count > 1)} would not parse any more"
