"""The review screen: its keys, and how it ends; nothing is written from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from repoctx.errors import UsageError
from repoctx.patches.edits import ChangeSet
from repoctx.session import Retry
from repoctx.terminal import counted, one_line
from repoctx.tui.review.asks import Choice, Option, Writing
from repoctx.tui.review.deciding import DecidingScreen
from repoctx.tui.review.filelist import FileList

_NOTHING_DECIDED = frozenset({"leave", "again", "send_back"})
"""What can be done before all files are compared."""


class ReviewScreen(DecidingScreen):
    """Dismissed with what the person accepts, perhaps nothing, or a wish for another try."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "decide(True)", "Yes", tooltip="Accept the hunk"),
        Binding("n", "decide(False)", "No", tooltip="Reject the hunk"),
        Binding("e", "edit", "Edit", tooltip="Edit the hunk's new lines"),
        Binding("j", "step(1)", "Next", tooltip="The next hunk, also of the next file"),
        Binding("k", "step(-1)", "Back", show=False, tooltip="The hunk before"),
        Binding("a", "decide_file(True)", "File", tooltip="Accept all of the file"),
        Binding("A", "accept_rest", "Rest", tooltip="Accept the rest, but nothing with a flag"),
        Binding("u", "undo", "Undo", tooltip="Take the last decision back"),
        Binding(
            "v", "view", "View", show=False, tooltip="Unified, or side by side from 120 columns on"
        ),
        Binding("r", "send_back", "Note", tooltip="Send the change back with a note"),
        Binding("c", "again", "Again", tooltip="Ask again for the edits that do not fit"),
        Binding("enter,w", "apply", "Apply", tooltip="Apply what is accepted"),
        Binding("q,escape", "leave", "Leave", tooltip="Leave, and apply nothing"),
        Binding("d", "decide_file(False)", "", show=False, tooltip="Reject all of the file"),
        Binding("D", "reject_rest", "", show=False, tooltip="Reject the rest"),
        Binding("J,right_square_bracket", "file(1)", "", show=False, tooltip="The next file"),
        Binding("K,left_square_bracket", "file(-1)", "", show=False, tooltip="The file before"),
        Binding("x", "unfold('bottom')", "", show=False, tooltip="Show 20 more lines above"),
        Binding("X", "unfold('top')", "", show=False, tooltip="Show 20 more lines below"),
        Binding("z", "fold", "", show=False, tooltip="Hide the unchanged lines again"),
        Binding("f", "files", "", show=False, tooltip="Show or hide the list of files"),
    ]

    @dataclass
    class Made(Message):
        """What is accepted is put together, and parsed."""

        accepted: ChangeSet

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be decided before it is compared; only conflicts can be asked for again."""
        if action == "again" and not self.changes.conflicts:
            return False
        is_own = hasattr(ReviewScreen, f"action_{action}")
        return self.is_ready or not is_own or action in _NOTHING_DECIDED

    def action_apply(self) -> None:
        """Ask, and be dismissed with what is accepted."""
        if not self.deciding.total().accepted:
            self.notify("nothing is accepted: y accepts a hunk, q leaves", markup=False)
        else:
            self._make()

    @work(thread=True, exclusive=True, group="make")
    def _make(self) -> None:
        self._parse()
        self.post_message(self.Made(self.review.result()))

    @on(Made)
    def _confirm(self, message: Made) -> None:
        total = self.deciding.total()
        title = (
            f"Apply {total.accepted:,} of {counted(total.hunks, 'hunk')} "
            f"in {counted(total.touched, 'file')}? Nothing else is written."
        )
        options = (Option("y", "apply", "yes"), Option("n", "back to the review", "no"))

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.dismiss(message.accepted)

        self.app.push_screen(Choice(title, options, self._careful()), answered)

    def _careful(self) -> str:
        """What is to be known before it is applied, a line each."""
        total = self.deciding.total()
        said = [
            f"⚠ {one_line(path)} would not parse any more (line {line})"
            for path, line in sorted(self.warnings.items())
        ]
        for change in self.changes.files:
            if change.flags and self.deciding.tally(change.path).accepted:
                said.append(f"⚠ {one_line(change.path)}: {one_line(', '.join(change.flags))}")
        if total.open:
            said.append(f"{counted(total.open, 'hunk')} without a decision: left out")
        if count := len(self.changes.conflicts):
            said.append(f"{counted(count, 'conflict')}: left out")
        return "\n".join(said)

    def action_leave(self) -> None:
        """Be dismissed with nothing; ask when something was decided."""
        if self.deciding.is_begun:
            self._drop("Leave and apply nothing?", lambda: self.dismiss(ChangeSet(())))
        else:
            self.dismiss(ChangeSet(()))

    @on(FileList.AgainWanted)
    def action_again(self) -> None:
        """Ask again for the edits that do not fit."""
        if self.deciding.is_begun:
            title = "Ask again for the edits that do not fit? The next reply is reviewed anew."
            self._drop(title, lambda: self.dismiss(Retry()))
        else:
            self.dismiss(Retry())

    def action_send_back(self) -> None:
        """Send the change back with a note; nothing of it is written."""

        def checked(note: str) -> Retry:
            if not note.strip():
                raise UsageError("the note is empty", "say what shall be different")
            return Retry(note.strip())

        def taken(retry: Retry | None) -> None:
            if retry is not None:
                self.dismiss(retry)

        hint = "Nothing is written; the next reply is reviewed anew."
        title = "What shall the model do differently?"
        self.app.push_screen(Writing(title, hint, "", checked), taken)

    def _drop(self, title: str, then: Callable[[], object]) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                then()

        body = "What you decided here is forgotten."
        options = (Option("y", "yes", "yes"), Option("n", "back to the review", "no"))
        self.app.push_screen(Choice(title, options, body), answered)
