"""The prompt itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from repoctx.terminal import one_line
from repoctx.tui.prompt.completion import best_commands, best_paths, folded, word_before
from repoctx.tui.prompt.history import History

_PAUSE = 0.8
"""Seconds after a letter until the person is taken to have paused."""


class Prompt(Vertical):
    """The text that is being written, and above it what the word at the cursor may become."""

    DEFAULT_CSS = """
    Prompt {
        height: auto;
        Completions {
            height: auto;
            max-height: 8;
            border: none;
            padding: 0 1;
            background: $boost;
            display: none;
        }
    }
    """

    @dataclass
    class Typed(Message):
        """The text is another."""

        text: str

    @dataclass
    class Submitted(Message):
        """The person sends a question or a command."""

        text: str
        """Its first character is a slash for a command only: a space before the slash asks it."""

    def __init__(self, history: History, commands: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._history = history
        self._commands = dict(commands)
        """Each command's help by its name, without the slash."""
        self._paths: Iterable[str] = ()
        self._folded: list[tuple[str, str]] | None = None
        self._typed_at = 0.0

    def compose(self) -> ComposeResult:
        """The completions stand above, so that the line that is written stays where it is."""
        yield Completions()
        yield Lines()

    def focus(self, scroll_visible: bool = True) -> Prompt:
        """Put the cursor into the text."""
        self._lines.focus(scroll_visible)
        return self

    def know(self, paths: Iterable[str]) -> None:
        """Complete ``@`` to these, also the word that is written; unprintable ones are left out."""
        knew_none, self._paths, self._folded = not self._paths, paths, None
        if knew_none and self.is_mounted:
            self._completions.offer(*self._fitting())

    @property
    def text(self) -> str:
        """What is written."""
        return self._lines.text

    @property
    def is_being_written(self) -> bool:
        """True while there is a text whose last letter came just now."""
        return bool(self.text.strip()) and time.monotonic() - self._typed_at < _PAUSE

    def say_beneath(self, text: str) -> None:
        """Say in the frame what the next question is asked with."""
        self._lines.border_subtitle = Content(one_line(text))

    def write(self, text: str) -> None:
        """Replace what is written and put the cursor at its end."""
        self._lines.load_text(text)
        self._lines.move_cursor(self._lines.document.end)

    @property
    def _lines(self) -> Lines:
        return self.query_one(Lines)

    @property
    def _completions(self) -> Completions:
        return self.query_one(Completions)

    @on(TextArea.Changed)
    def _offer(self) -> None:
        self._typed_at = time.monotonic()
        self._completions.offer(*self._fitting())
        self.post_message(self.Typed(self.text))

    def _fitting(self) -> tuple[str, list[tuple[str, str]]]:
        """Return the sign and, for each completion, its text and help."""
        word = word_before(self._lines.before_cursor)
        if word is None:
            return "", []
        if word.sign == "/":
            names = best_commands(list(self._commands), word.typed)
            return "/", [(name, self._commands[name]) for name in names]
        if self._folded is None:
            self._folded = folded(self._paths)
        return "@", [(path, "") for path in best_paths(self._folded, word.typed)]

    @on(OptionList.OptionSelected)
    def _complete(self, event: OptionList.OptionSelected) -> None:
        self._take(event.option_index)
        self._lines.focus()

    def _take(self, number: int) -> None:
        completions = self._completions
        word = word_before(self._lines.before_cursor)
        if word is not None and number < len(completions.texts):
            self._lines.replace_before_cursor(word.typed, completions.texts[number] + " ")
        completions.offer("", [])

    def on_key(self, event: Key) -> None:
        """Keys that mean something else while completions are shown, or at the text's edge."""
        completions, lines = self._completions, self._lines
        if completions.display:
            if event.key in ("up", "down"):
                completions.move(-1 if event.key == "up" else 1)
            elif event.key == "enter" and lines.text[1:] in self._commands:
                completions.offer("", [])
                self._send()
            elif event.key in ("tab", "enter"):
                self._take(completions.highlighted or 0)
            elif event.key == "escape":
                completions.offer("", [])
            else:
                return
            event.stop()
        elif event.key == "enter":
            self._send()
            event.stop()
        elif event.key in ("up", "down") and lines.is_at_edge(event.key):
            earlier = self._history.back(lines.text) if event.key == "up" else self._history.forth()
            if earlier is not None:
                self.write(earlier)

    def _send(self) -> None:
        text = self._lines.text.rstrip()
        if text:
            self._history.add(text)
            self._lines.load_text("")
            self.post_message(self.Submitted(text))


class Lines(TextArea):
    """Several lines of text. Enter is left to the prompt; Ctrl+J and Shift+Enter begin a line."""

    DEFAULT_CSS = """
    Lines {
        height: auto;
        min-height: 3;
        max-height: 10;
        min-width: 4;  /* an empty text area cannot be drawn without a column for its words */
        border: round $primary-muted;
        &:focus { border: round $primary; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,shift+enter,alt+enter", "newline", "New line", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder="Ask, or ask for a change.  @ names a file, / is a command",
        )

    @property
    def before_cursor(self) -> str:
        """All text up to the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    def is_at_edge(self, key: str) -> bool:
        """True when ``up`` or ``down`` would leave the text."""
        if key == "up":
            return self.cursor_at_first_line
        return self.cursor_at_last_line

    def replace_before_cursor(self, old: str, new: str) -> None:
        """Replace the ``old`` text, which ends at the cursor."""
        row, column = self.cursor_location
        self.replace(new, (row, column - len(old)), (row, column))

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    async def _on_key(self, event: Key) -> None:
        if event.key == "enter" and self.before_cursor.endswith("\\"):  # for plain terminals
            self.replace_before_cursor("\\", "\n")
            event.stop()
            event.prevent_default()
        elif event.key in ("enter", "tab"):
            event.prevent_default()  # the prompt decides
        else:
            await super()._on_key(event)


class Completions(OptionList, can_focus=False):
    """What the word at the cursor may become; shown only when there is something."""

    texts: Sequence[str] = ()

    def offer(self, sign: str, found: Sequence[tuple[str, str]]) -> None:
        """Show these texts, each with its help; hide when there are none."""
        self.texts = [text for text, _ in found]
        self.display = bool(found)
        self.clear_options()
        self.add_options(Option(_label(sign + text, about)) for text, about in found)
        self.highlighted = 0 if found else None

    def move(self, by: int) -> None:
        """Move the highlight, from one end to the other."""
        if self.texts:
            self.highlighted = ((self.highlighted or 0) + by) % len(self.texts)


def _label(text: str, about: str) -> Content:
    return Content.assemble(
        one_line(text), (f"  {one_line(about)}" if about else "", "$text-muted")
    )
