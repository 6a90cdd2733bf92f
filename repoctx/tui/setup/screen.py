"""Choosing a model: whose, which, with what key; tried before it is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from repoctx.defects import as_error
from repoctx.errors import RepoctxError
from repoctx.terminal import printable
from repoctx.tui.setup.choice import VENDORS, Choice

_NEEDS_A_KEY = "A key is needed. Set {variable}, or type it here: it is kept in your configuration"
_NAMELESS = "If the server wants a key, type it here: it is kept in your configuration"


class Setup(ModalScreen[bool]):
    """Dismissed with True when a model was stored."""

    DEFAULT_CSS = """
    Setup {
        align: center middle;
        #window {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $primary;
            background: $surface;
            padding: 0 2;
        }
        Label { margin-top: 1; width: 100%; }
        Static { height: auto; }
        Horizontal { height: auto; margin-top: 1; }
        Button { margin-right: 2; }
        Input { border: tall $border-blurred; &:focus { border: tall $border; } }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]

    @dataclass
    class Tried(Message):
        """The model answered, or did not."""

        choice: Choice
        said: str
        works: bool
        keep: bool
        """The person wants it stored."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[Choice] = set()
        """What was tried; the person was told how it went."""

    def compose(self) -> ComposeResult:
        """Whose model, where, which, and the key."""
        with VerticalScroll(id="window"):
            yield Label("Whose model?")
            yield Select(
                [(vendor.name, number) for number, vendor in enumerate(VENDORS)],
                allow_blank=False,
                id="vendor",
            )
            yield Label("Address")
            yield Input(id="base_url", placeholder="the vendor's own")
            yield Label("Model")
            yield Input(id="model", placeholder="its name there")
            yield Label("", id="about_key")
            yield Input(id="api_key", password=True)
            with Horizontal():
                yield Button("Try", id="try")
                yield Button("Save", id="save", variant="primary")
                yield Button("Close", id="close")
            yield Static("", id="said", markup=False)

    @property
    def choice(self) -> Choice:
        """What is typed now."""
        vendor = VENDORS[int(str(self.query_one("#vendor", Select).value))]
        return Choice(vendor.backend, *(self._typed(n) for n in ("base_url", "model", "api_key")))

    @on(Select.Changed)
    def _vendor(self) -> None:
        number = int(str(self.query_one("#vendor", Select).value))
        self.query_one("#base_url", Input).value = VENDORS[number].base_url
        self._about_key()

    @on(Input.Changed, "#base_url")
    def _about_key(self) -> None:
        """Say where the key comes from."""
        try:
            variable = self.choice.variable
        except RepoctxError:
            variable = ""
        if variable and os.environ.get(variable):
            said = f"The key is taken from {variable}"
        else:
            said = _NEEDS_A_KEY.format(variable=variable) if variable else _NAMELESS
        self.query_one("#about_key", Label).update(printable(said))

    @on(Button.Pressed, "#try")
    def _try(self) -> None:
        self._ask(self.choice, keep=False)

    def _ask(self, choice: Choice, *, keep: bool) -> None:
        """Try a choice, in a thread; ``keep`` stores it when it answers."""
        self._say("asking…")

        def work() -> None:
            from repoctx.sending.trial import try_model

            try:
                trial = try_model(choice.settings())
                said, works = f"It answers, in {trial.seconds:.1f} s: {trial.answer[:60]}", True
            except RepoctxError as error:
                said, works = f"{error.message}\n{error.hint}".strip(), False
            except Exception as error:  # noqa: BLE001 - it is told, as for a question
                said, works = as_error(error).message, False
            self.post_message(self.Tried(choice, said, works, keep))

        self.run_worker(work, thread=True, exclusive=True, exit_on_error=False)

    @on(Tried)
    def _tried(self, message: Tried) -> None:
        self._known.add(message.choice)
        keep = message.keep and message.choice == self.choice
        if keep and message.works:
            self._keep(message.choice)
            return
        more = "\nSave once more keeps it all the same." if keep else ""
        self._say(("✓ " if message.works else "✗ ") + message.said + more)

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        choice = self.choice
        if not choice.model:
            self._say("✗ the model's name is missing")
        elif choice in self._known:
            self._keep(choice)
        else:
            self._ask(choice, keep=True)

    def _keep(self, choice: Choice) -> None:
        try:
            choice.settings()
            choice.store()
        except (RepoctxError, OSError) as error:
            self._say(f"✗ {error}")
            return
        self.dismiss(True)

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(printable(text))
