"""The conversations of the repository, to go on with one or to delete it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from repoctx.conversation import Conversation, forget_conversation
from repoctx.terminal import one_line
from repoctx.tui.dialogs import Confirm


class Sessions(ModalScreen[str]):
    """Dismissed with the id of the chosen conversation, or None."""

    DEFAULT_CSS = """
    Sessions {
        align: center middle;
        #window {
            width: 90%;
            max-width: 100;
            height: 80%;
            border: round $primary;
            background: $surface;
            padding: 0 1;
        }
        OptionList { height: 1fr; border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Go on", tooltip="Go on with this conversation"),
        Binding("d", "delete", "Delete", tooltip="Delete this conversation"),
        Binding("escape,q", "dismiss", "Close"),
    ]

    def __init__(self, state: Path, conversations: Sequence[Conversation]) -> None:
        super().__init__()
        self._state = state
        self._conversations = list(conversations)

    def compose(self) -> ComposeResult:
        """One line a conversation, the last first."""
        with Vertical(id="window"):
            yield Static("Conversations here", markup=False)
            yield OptionList(*(Option(_line(each), id=each.id) for each in self._conversations))
            yield Footer()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)

    def action_select(self) -> None:
        """Go on with the conversation under the cursor."""
        self.query_one(OptionList).action_select()

    def action_delete(self) -> None:
        """Delete the conversation under the cursor, once the person says yes."""
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return
        chosen = options.get_option_at_index(options.highlighted)
        name = str(chosen.id)

        def delete(sure: bool | None) -> None:
            if sure:
                forget_conversation(self._state, name)
                options.remove_option(name)
                if not options.option_count:
                    self.dismiss(None)

        self.app.push_screen(Confirm(f"Delete this conversation?\n\n{chosen.prompt}"), delete)


def _line(conversation: Conversation) -> Content:
    when = datetime.fromtimestamp(conversation.at).strftime("%Y-%m-%d %H:%M")
    questions = (conversation.turns + 1) // 2
    return Content.assemble(
        (when, "$text-muted"), f"  {questions:>3}  ", one_line(conversation.title)
    )
