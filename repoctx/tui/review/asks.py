"""Small questions over the review: a choice by key, a note to the model, a hunk's text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Static, TextArea

from repoctx.errors import RepoctxError
from repoctx.terminal import one_line, printable

T = TypeVar("T")

_BOX = """
    align: center middle;
    & > Vertical {
        width: 90%;
        max-width: 100;
        height: auto;
        max-height: 90%;
        background: $surface;
        border: round $primary;
        padding: 0 1;
    }
    Horizontal { height: auto; }
    .title { text-style: bold; margin-bottom: 1; }
    .hint { color: $text-muted; }
    .error { color: $text-error; }
    Button { margin-right: 1; min-width: 10; }
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice, and the letter that gives it."""

    key: str
    label: str
    answer: str


class Choice(ModalScreen[str]):
    """A question that one key answers; Esc gives the last answer, which changes nothing."""

    DEFAULT_CSS = f"""
    Choice {{ {_BOX}
        #body {{ height: auto; max-height: 12; margin-bottom: 1; scrollbar-size-vertical: 1; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "last", "Back", tooltip="Leave the question"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(
        self, title: str, options: Sequence[Option], body: str = "", *, careful: bool = False
    ) -> None:
        """Enter gives the first answer, or the last one when ``careful`` says so."""
        super().__init__()
        self._title = title
        self._options = options
        self._body = body
        self._careful = careful

    def compose(self) -> ComposeResult:
        """The question, what there is to know, the answers."""
        with Vertical():
            yield Static(printable(self._title), markup=False, classes="title")
            if self._body:
                with VerticalScroll(id="body", can_focus=True):
                    yield Static(printable(self._body), markup=False)
            with Horizontal():
                for option in self._options:
                    label = Content(f" {option.key}  {option.label} ")
                    yield Button(label, name=option.answer, compact=True)

    def on_mount(self) -> None:
        """Show the end of a long text, which is what matters."""
        if body := self.query("#body"):
            body.first(VerticalScroll).scroll_end(animate=False)
        buttons = self.query(Button)
        (buttons.last() if self._careful else buttons.first()).focus()

    def on_key(self, event: events.Key) -> None:
        """A letter answers."""
        for option in self._options:
            if event.key == option.key:
                event.stop()
                self.dismiss(option.answer)
                return

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.name or "")

    def action_last(self) -> None:
        """Give the answer that changes nothing."""
        self.dismiss(self._options[-1].answer)


class Writing(ModalScreen[T]):
    """A text to write; dismissed with what ``check`` makes of it, or with None."""

    DEFAULT_CSS = f"""
    Writing {{ {_BOX}
        TextArea, TextArea:focus {{
            height: 8; border: none; padding: 0; background: $panel;
        }}
        .error {{ height: auto; max-height: 3; }}
        &.-tall TextArea, &.-tall TextArea:focus {{ height: 1fr; }}
        &.-tall > Vertical {{ height: 90%; width: 96%; max-width: 160; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", "Take it", tooltip="Take the text", priority=True),
        Binding("escape", "drop", "Drop it", tooltip="Leave without the text", priority=True),
    ]

    @dataclass
    class Refused(Message):
        """The text cannot be taken."""

        why: str

    @dataclass
    class Taken(Message):
        """The text can be taken."""

        made: object

    def __init__(self, title: str, hint: str, text: str, check: Callable[[str], T]) -> None:
        """``check`` raises RepoctxError for a text that cannot be taken; it runs in a thread."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._text = text
        self._check = check

    def compose(self) -> ComposeResult:
        """What is asked, the text, an error if there is one."""
        with Vertical():
            yield Static(one_line(self._title), markup=False, classes="title")
            yield TextArea(self._text, tab_behavior="indent")
            yield Static("", markup=False, classes="error")
            yield Static(one_line(self._hint), markup=False, classes="hint")
            yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Write at once."""
        self.query_one(TextArea).focus()

    def action_take(self) -> None:
        """Take the text, or say why it cannot be."""
        self._look(self.query_one(TextArea).text)

    def action_drop(self) -> None:
        """Leave without the text."""
        self.dismiss(None)

    @work(thread=True, exclusive=True)
    def _look(self, text: str) -> None:
        try:
            self.post_message(self.Taken(self._check(text)))
        except RepoctxError as error:
            self.post_message(self.Refused(f"{error.message}: {error.hint}"))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        self.query_one(".error", Static).update(Content(f"✗ {one_line(message.why)}"))

    @on(Taken)
    def _taken(self, message: Taken) -> None:
        self.dismiss(cast(T, message.made))
