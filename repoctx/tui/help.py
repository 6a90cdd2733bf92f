"""The keys of the screen beneath, and the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from repoctx.tui.commands import COMMANDS


class Help(ModalScreen[None]):
    """Everything that can be pressed or typed."""

    DEFAULT_CSS = """
    Help {
        align: center middle;
        VerticalScroll {
            width: 90%;
            max-width: 96;
            height: auto;
            max-height: 90%;
            border: round $primary;
            background: $surface;
            padding: 0 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1", "dismiss", "Close")]

    def __init__(self, bindings: Iterable[ActiveBinding]) -> None:
        super().__init__()
        self._keys = {
            self._key(each.binding): each.binding.tooltip or each.binding.description
            for each in bindings
            if each.binding.tooltip or (each.binding.show and each.binding.description)
        }

    def compose(self) -> ComposeResult:
        """Keys, then commands."""
        with VerticalScroll():
            yield Static(Content("\n").join(_table("Keys here", self._keys)))
            yield Static(Content("\n").join(_table("\nCommands", _commands())))

    def _key(self, binding: Binding) -> str:
        return self.app.get_key_display(binding)


def _commands() -> dict[str, str]:
    return {f"/{name} {each.usage}".strip(): each.about for name, each in COMMANDS.items()}


def _table(title: str, rows: Mapping[str, str]) -> Iterator[Content]:
    width = max(map(len, rows), default=0)
    yield Content.styled(title, "bold")
    for left, right in rows.items():
        yield Content.assemble((left.ljust(width + 2), "$text-accent"), right)
