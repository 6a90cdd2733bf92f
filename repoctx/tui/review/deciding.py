"""Deciding on hunks, files and the rest; a file with flags asks for a yes of its own."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.timer import Timer

from repoctx.patches.by_hand import editable, taken_back
from repoctx.patches.edits import ChangeSet
from repoctx.patches.review import Hunk, Review
from repoctx.patches.tally import Place
from repoctx.project import Project
from repoctx.terminal import counted, one_line
from repoctx.tui.review.asks import Choice, Option, Writing
from repoctx.tui.review.browsing import BrowsingScreen
from repoctx.tui.review.diff import DiffView
from repoctx.tui.review.filelist import FileList
from repoctx.tui.review.guarding import Guarding, Looked

_PAUSE = 0.5
"""Seconds without a decision until the files that were decided about are parsed."""


_LONGEST_LINE = 5_000
_LARGEST = 300_000
"""Characters that the editor draws without being felt; of a line, and in all."""


class DecidingScreen(BrowsingScreen):
    """Decides; how the review ends is for the one built on it."""

    def __init__(self, changes: ChangeSet, project: Project) -> None:
        super().__init__(changes)
        self.guarding = Guarding(project)
        self.warnings: dict[str, int] = {}
        """The line at which a file would not parse any more, with what is accepted."""
        self._consented: set[str] = set()
        self._soon: Timer | None = None

    @property
    def review(self) -> Review:
        """The review as it stands."""
        return self.deciding.review

    def action_decide(self, accepted: bool) -> None:
        """Accept or reject the current hunk, and go on to the next open one."""
        if self.is_at_hunk:
            self._decide_hunk(self.at, accepted, self._on)

    def action_decide_file(self, accepted: bool) -> None:
        """Accept or reject all of the file."""
        if not self.is_at_hunk:
            return
        path = self.at[0]
        if accepted:
            self._with_consent(path, lambda: self._decide(self.review.accept(path), self._on))
        else:
            self._decide(self.review.reject(path), self._on)

    def action_accept_rest(self) -> None:
        """Accept what is open, but for the files with flags."""
        self._decide(self.review.accept_rest())
        if left := list(self.deciding.flagged()):
            self.go_to((left[0].path, 0))
            count = counted(len(left), "flagged file")
            self.notify(f"{count} left: each needs a yes of its own (a)", markup=False)

    def action_reject_rest(self) -> None:
        """Reject what is open."""
        self._decide(self.review.reject_rest())

    def action_undo(self) -> None:
        """Take the last decision back, and go where it was made."""
        if undone := self.deciding.undo():
            touched, at = undone
            self._after(touched)
            self.go_to(at or self.at)

    def action_edit(self) -> None:
        """Edit the new lines of the current hunk."""
        if not self.is_at_hunk:
            return
        path, number = self.at
        if why := _not_editable(self.review.hunks(path)[number]):
            self.notify(f"{why}: accept it or reject it", markup=False)
            return
        self._with_consent(path, lambda: self._write(path, number))

    def _write(self, path: str, number: int) -> None:
        hunk = self.review.hunks(path)[number]
        decision = self.review.decision(path, number)
        before = decision if isinstance(decision, str) else None

        def edited(text: str) -> Review:
            return self.review.edit(path, number, taken_back(hunk, text, before))

        def taken(review: Review | None) -> None:
            if review is not None:
                self._decide(review)

        title = f"{path}: hunk {number + 1}"
        hint = "The lines as they shall be after the change, with those around them."
        screen = Writing(title, hint, editable(hunk, before), edited)
        self.app.push_screen(screen.add_class("-tall"), taken)

    @on(DiffView.Marked)
    def _marked(self, message: DiffView.Marked) -> None:
        self.at = self.at[0], message.hunk
        if message.key == "e":
            self.action_edit()
        else:
            self._decide_hunk(self.at, message.key == "y")

    def _decide_hunk(
        self, place: Place, accepted: bool, then: Callable[[], None] | None = None
    ) -> None:
        path, hunk = place
        if accepted:
            self._with_consent(path, lambda: self._decide(self.review.accept(path, hunk), then))
        else:
            self._decide(self.review.reject(path, hunk), then)

    def _with_consent(self, path: str, then: Callable[[], None]) -> None:
        """A file with flags asks once and names them, with a key that nobody presses by habit."""
        change = self.changes.files[self.deciding.number(path)]
        if not change.flags or path in self._consented:
            then()
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self._consented.add(path)
                then()

        flags = "\n".join(f"⚠ {one_line(flag)}" for flag in change.flags)
        options = (Option("c", "I looked: accept it", "yes"), Option("n", "not now", "no"))
        title = f"Look twice at {one_line(path)}:"
        self.app.push_screen(Choice(title, options, flags, careful=True), answered)

    def _decide(self, review: Review, then: Callable[[], None] | None = None) -> None:
        self._after(self.deciding.decide(review, self.at))
        if then:
            then()

    def _on(self) -> None:
        if place := self.deciding.next_open(self.at):
            self.go_to(place)

    def _after(self, touched: frozenset[str]) -> None:
        """Draw what was decided; in a moment it is parsed."""
        self.guarding.want(self.review, touched)
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(_PAUSE, self._look)
        self.pane.decided(touched)
        self.query_one(FileList).redraw({self.deciding.number(path) for path in touched})
        self.tell()

    def _look(self) -> None:
        self.run_worker(self._parse, thread=True, group="guard")

    def _parse(self) -> None:
        for looked in self.guarding.run():
            self.post_message(looked)

    @on(Looked)
    def _looked(self, message: Looked) -> None:
        if self.guarding.waits(message.path) or self.warnings.get(message.path) == message.line:
            return
        self.warnings.pop(message.path, None)
        if message.line is not None:
            self.warnings[message.path] = message.line
        self.query_one(FileList).fill(self.warnings)
        self.pane.tell(self.warnings)


def _not_editable(hunk: Hunk) -> str:
    """Say why there can be no editor for a hunk; empty when there can."""
    lengths = [len(line) for line in hunk.new_lines]
    if not hunk.lines:
        return "this part has no text to edit"
    if max(lengths, default=0) > _LONGEST_LINE or sum(lengths) > _LARGEST:
        return "this hunk is too large to edit here"
    return ""
