"""What the person typed before, kept in the repository's state folder with mode 0600."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

KEPT = 500
"""Entries; the oldest make room."""

_LONGEST = 20_000
"""Characters; a longer text was rather pasted, and is not kept."""


class History:
    """The entries, and where in them the person stands while going back and forth."""

    def __init__(self, state: Path) -> None:
        self._file = state / "prompts.jsonl"
        self._entries = self._read()
        self._at = len(self._entries)
        self._draft = ""

    def add(self, text: str) -> None:
        """Remember what was sent, once if it was sent twice in a row."""
        if len(text) <= _LONGEST and self._entries[-1:] != [text]:
            self._entries.append(text)
            self._write(text)
        self._at, self._draft = len(self._entries), ""

    def back(self, current: str) -> str | None:
        """Return the entry before; None at the oldest. The text that is left is kept as a draft."""
        if self._at == 0:
            return None
        if self._at == len(self._entries):
            self._draft = current
        self._at -= 1
        return self._entries[self._at]

    def forth(self) -> str | None:
        """Return the entry after, at last the draft; None when there is nothing after."""
        if self._at == len(self._entries):
            return None
        self._at += 1
        return self._draft if self._at == len(self._entries) else self._entries[self._at]

    def _read(self) -> list[str]:
        entries: list[str] = []
        with suppress(OSError):
            for line in self._file.read_text("utf-8", "replace").splitlines():
                with suppress(ValueError):  # a line that was cut off by a crash
                    entry = json.loads(line)
                    entries += [entry] if isinstance(entry, str) else []
        return entries[-KEPT:]

    def _write(self, text: str) -> None:
        """A history that cannot be written is no reason to stop."""
        from repoctx.files import atomic_write

        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(self._entries) > 2 * KEPT:
                self._entries = self._entries[-KEPT:]
                content = "".join(json.dumps(entry) + "\n" for entry in self._entries)
                atomic_write(self._file, content.encode())
                return
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with os.fdopen(os.open(self._file, flags, 0o600), "w") as file:
                file.write(json.dumps(text) + "\n")
