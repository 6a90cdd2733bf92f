"""Deciding on a change at the terminal, hunk by hunk, as ``git add -p`` does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from repoctx.cli.editor import edited
from repoctx.cli.narrator import Narrator
from repoctx.errors import CancelledError, RefusedError, RepoctxError
from repoctx.linediff import unified as line_diff
from repoctx.patches.buffer import buffer_of, edited_text
from repoctx.patches.edits import ChangeSet, FileChange
from repoctx.patches.review import Hunk, Review
from repoctx.terminal import counted

HELP = {
    "y": "apply this hunk",
    "n": "leave it",
    "a": "apply it and the later ones of this file",
    "d": "leave it and the later ones of this file",
    "A": "apply all that is undecided, in every file that is not flagged",
    "q": "leave all that is undecided",
    "s": "split it into smaller hunks",
    "e": "edit it in your editor",
    "j": "go to the next hunk",
    "k": "go to the hunk before",
    "J": "go to the next file",
    "K": "go to the file before",
    "/": "/WORDS goes to the next hunk that holds them",
    "?": "this help",
}
SUMMARY_HELP = {
    "y": "write what is accepted",
    "n": "write nothing",
    "k": "go back to the hunks",
    "?": "this help",
}
CANCELLED = "cancelled; nothing is written"


def review_on_terminal(narrator: Narrator) -> Callable[[ChangeSet], ChangeSet]:
    """Return a review function that asks; raises RefusedError where nobody can be asked."""
    if not narrator.interactive:
        raise RefusedError(
            "a review needs a terminal", "use --apply to accept everything, or --dry-run"
        )
    return lambda changes: _Walk(narrator, changes).run()


def asked(narrator: Narrator, question: str) -> str:
    """Ask for one line; CancelledError when the input has ended."""
    answer = narrator.answer(question)
    if answer is None:
        narrator.say("")
        raise CancelledError(CANCELLED)
    return answer


class _Walk:
    """A person on the way through the hunks of a change."""

    def __init__(self, narrator: Narrator, changes: ChangeSet) -> None:
        self.narrator = narrator
        self.review = Review(changes)
        self.changes = {change.path: change for change in changes.files}
        self.hunks: list[tuple[str, int, Hunk]] = []
        """Path, number in its file, and the hunk itself, in order."""
        self._seen = ""
        self._list_hunks()
        self.at = 0 if self.hunks else None
        """Where the person stands; None when every hunk is decided."""

    def run(self) -> ChangeSet:
        """Return what the person accepts in the end, which may be nothing."""
        while True:
            while self.at is not None:
                self._show()
                self._decide()
            accepted = self.review.result()
            if not accepted.files:
                return accepted
            answer = self._summary()
            if answer != "k":
                return accepted if answer == "y" else ChangeSet(())
            self.at, self._seen = len(self.hunks) - 1, ""

    def _list_hunks(self) -> None:
        self.hunks = [
            (path, number, hunk)
            for path in self.changes
            for number, hunk in enumerate(self.review.hunks(path))
        ]

    @property
    def here(self) -> tuple[str, int, Hunk]:
        """Where the person stands."""
        return self.hunks[self.at or 0]

    # What is shown

    def _show(self) -> None:
        path, number, hunk = self.here
        if path != self._seen:
            self._show_file(self.changes[path], len(self.review.hunks(path)))
            self._seen = path
        decision = self.review.decision(path, number)
        if isinstance(decision, str):
            self.narrator.diff("".join(line_diff("".join(hunk.old_lines), decision)))
        else:
            self.narrator.diff(str(hunk))

    def _show_file(self, change: FileChange, count: int) -> None:
        source = f" from {change.old_path}" if change.old_path else ""
        self.narrator.say(f"{change.kind} {change.path}{source}: {counted(count, 'hunk')}", "bold")
        for flag in change.flags:
            self.narrator.warn(f"  careful: {flag}")

    def _question(self) -> str:
        path, number, _ = self.here
        said = {None: "", False: ", left", True: ", accepted"}
        decision = self.review.decision(path, number)
        state = ", accepted as edited" if isinstance(decision, str) else said[decision]
        which = f"{number + 1}/{len(self.review.hunks(path))}{state}"
        return f"({which}) apply this hunk? [{','.join(self._choices())}]"

    def _choices(self) -> Iterator[str]:
        """Yield the letters that make sense here."""
        path, _, hunk = self.here
        at, last = self.at or 0, len(self.hunks) - 1
        files = list(self.changes)
        possible = {
            "A": len(files) > 1,
            "s": _has_gap(hunk),
            "e": bool(hunk.lines) and self.changes[path].after is not None,
            "j": at < last,
            "k": at > 0,
            "J": path != files[-1],
            "K": path != files[0],
            "/": last > 0,
        }
        return (letter for letter in HELP if possible.get(letter, True))

    # What is decided

    def _decide(self) -> None:
        """Ask until an answer changes something."""
        steps: dict[str, Callable[[], None]] = {
            "y": lambda: self._take(True),
            "n": lambda: self._take(False),
            "a": lambda: self._take_rest(True),
            "d": lambda: self._take_rest(False),
            "A": self._take_all,
            "q": self._quit,
            "s": self._split,
            "e": self._edit,
            "j": lambda: self._go(1),
            "k": lambda: self._go(-1),
            "J": lambda: self._go_to_file(1),
            "K": lambda: self._go_to_file(-1),
        }
        while True:
            answer = asked(self.narrator, self._question())
            choices = list(self._choices())
            letter = answer if answer in choices else answer.lower()
            if answer.startswith("/") and "/" in choices:
                if self._search(answer[1:].strip()):
                    return
            elif letter in choices and letter in steps:
                try:
                    steps[letter]()
                except RepoctxError as error:
                    self.narrator.error(error.message, error.hint)
                else:
                    return
            else:
                _explain(self.narrator, HELP, choices)

    def _take(self, decision: bool) -> None:
        path, number, _ = self.here
        self._set(path, number, decision)
        self._go_on()

    def _take_rest(self, decision: bool) -> None:
        here, first, _ = self.here
        for path, number, _ in self.hunks[self.at or 0 :]:
            if path == here and (number == first or self.review.decision(path, number) is None):
                self._set(path, number, decision)
        self._go_on()

    def _take_all(self) -> None:
        path, number, _ = self.here
        self._set(path, number, True)
        self.review = self.review.accept_rest()
        self._go_on()

    def _set(self, path: str, number: int, decision: bool) -> None:
        if not decision:
            self.review = self.review.reject(path, number)
        elif not isinstance(self.review.decision(path, number), str):  # else: as edited
            self.review = self.review.accept(path, number)

    def _quit(self) -> None:
        self.review = self.review.reject_rest()
        self.at = None

    def _split(self) -> None:
        path, number, _ = self.here
        self.review = self.review.split(path, number)
        before = len(self.hunks)
        self._list_hunks()
        self.narrator.note(f"split into {len(self.hunks) - before + 1} hunks")

    def _edit(self) -> None:
        path, number, hunk = self.here
        text = edited_text(hunk, edited(buffer_of(hunk), "hunk.diff"))
        if text is None:
            self.narrator.note("the hunk stays as it was")
            return
        self.review = self.review.edit(path, number, text)
        self._go_on()

    # Where the person goes

    def _go_on(self) -> None:
        """Go to the next undecided hunk, from the top again after the last."""
        start = (self.at or 0) + 1
        order = [*range(start, len(self.hunks)), *range(min(start, len(self.hunks)))]
        self.at = next((n for n in order if self._is_undecided(n)), None)

    def _is_undecided(self, at: int) -> bool:
        path, number, _ = self.hunks[at]
        return self.review.decision(path, number) is None

    def _go(self, step: int) -> None:
        self.at = (self.at or 0) + step

    def _go_to_file(self, step: int) -> None:
        paths = list(self.changes)
        wanted = paths[paths.index(self.here[0]) + step]
        self.at = next(n for n, (path, _, _) in enumerate(self.hunks) if path == wanted)

    def _search(self, words: str) -> bool:
        start = (self.at or 0) + 1
        for at in [*range(start, len(self.hunks)), *range(start)]:
            path, _, hunk = self.hunks[at]
            if words and words.lower() in f"{path}\n{hunk}".lower():
                self.at = at
                return True
        self.narrator.note("no hunk holds that")
        return False

    def _summary(self) -> str:
        decisions = [(path, self.review.decision(path, number)) for path, number, _ in self.hunks]
        accepted = [path for path, decision in decisions if decision not in (None, False)]
        taken = f"{len(accepted)} of {counted(len(decisions), 'hunk')}"
        question = f"{taken} in {counted(len(set(accepted)), 'file')}; apply? [y,n,k,?]"
        while (answer := asked(self.narrator, question).lower()) not in ("y", "n", "k"):
            _explain(self.narrator, SUMMARY_HELP, SUMMARY_HELP)
        return answer


def _has_gap(hunk: Hunk) -> bool:
    """True when unchanged lines stand between changed ones."""
    changed = [number for number, (mark, _) in enumerate(hunk.lines) if mark != " "]
    return bool(changed) and changed[-1] - changed[0] >= len(changed)


def _explain(narrator: Narrator, words: dict[str, str], letters: Collection[str]) -> None:
    for letter, meaning in words.items():
        if letter in letters:
            narrator.note(f"  {letter}  {meaning}")
