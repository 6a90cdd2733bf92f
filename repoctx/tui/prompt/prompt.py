"""The prompt itself."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Key
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """Enter sends, Shift+Enter or Ctrl+J begins a new line."""

    @dataclass
    class Submitted(Message):
        """The person sends a question or a command."""

        text: str

    async def _on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            if self.text.strip():
                self.post_message(self.Submitted(self.text))
                self.clear()
            return
        await super()._on_key(event)
