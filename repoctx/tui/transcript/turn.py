"""One turn: the question, the answers to it, and all that happened on the way."""

from __future__ import annotations

from collections.abc import Sequence

from repoctx import events
from repoctx.citations import Exists
from repoctx.events import Event
from repoctx.terminal import one_line
from repoctx.tui.transcript.answer import Answer
from repoctx.tui.transcript.code import Code
from repoctx.tui.transcript.item import Item
from repoctx.tui.transcript.notes import Attached, Line, Note, said
from repoctx.tui.transcript.question import Question
from repoctx.tui.transcript.surface import Surface

_CANCELLED = 130


class Turn:
    """Draws the events of one question; the paper's live line says what is going on."""

    def __init__(self, surface: Surface, text: str, names: Sequence[str], exists: Exists) -> None:
        self._surface = surface
        self._stage = surface.stage
        self._exists = exists
        self._answer: Answer | None = None
        self._last_answer: Answer | None = None
        self._note: Note | None = None
        self._applied = False
        self._ended = False
        self._put(Question(text, names))

    @property
    def answer(self) -> str:
        """The last answer as it came; empty before there is one."""
        answer = self._answer or self._last_answer
        return "" if answer is None else answer.source

    def write(self, text: str) -> None:
        """Draw a part of the answer."""
        if self._answer is None:
            self._note = None
            self._answer = Answer(self._surface, self._exists)
        self._answer.write(text)
        self._say(self._stage.answering(self._answer.characters))

    def draw(self, event: Event) -> None:
        """Draw any other event."""
        match event:
            case events.Progress() if event.stage == "thinking" and self._answer is not None:
                pass  # between two parts of one answer
            case events.Progress():
                self._end_answer()
                self._say(self._stage.advance(event))
            case events.FirstToken():
                self._say(self._stage.answering(0, event.seconds))
            case events.Failed() if event.exit_code == _CANCELLED:
                self.cancelled()
            case _:
                self._tell(event)

    def cancelled(self) -> None:
        """Say that the person stopped it, once."""
        self._end_answer()
        self._stage.end()
        if not self._ended:
            self._ended = True
            written = "what was applied before stays" if self._applied else "nothing was written"
            self._add(Line(f"cancelled; {written}", "warn"))

    def replay(self, answer: str) -> None:
        """Draw a stored answer, its edits folded."""
        self._last_answer = Answer(self._surface, self._exists)
        self._last_answer.write(answer)
        self._last_answer.finish()
        self._last_answer.fold_edits()

    def _tell(self, event: Event) -> None:
        self._end_answer()
        self._say(self._stage.end())
        if isinstance(event, events.EditProposed | events.Conflict) and self._last_answer:
            self._last_answer.fold_edits()
        self._applied |= isinstance(event, events.Applied)
        self._ended |= isinstance(event, events.Finished | events.Failed)
        for each in said(event):
            self._add(each)

    def _end_answer(self) -> None:
        """The answer is whole, if there was one."""
        if self._answer is not None:
            self._answer.finish()
            self._last_answer, self._answer = self._answer, None

    def _say(self, text: str) -> None:
        if text:
            self._add(Line(text))

    def _add(self, said: Line | Attached) -> None:
        if isinstance(said, Attached):
            code = Code(said.language, spaced=False)
            code.write(said.text.rstrip("\n").split("\n"))
            code.entitle(one_line(said.title), folded=said.folded)
            self._put(code)
        elif self._note is not None and self._note.weight == said.weight:
            self._note.add(said)
            self._surface.changed(self._note)
        else:
            note = Note(said)
            self._put(note)
            self._note = note

    def _put(self, item: Item) -> None:
        self._note = None
        self._surface.add(item)
