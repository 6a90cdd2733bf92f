"""Files that the model was shown in another form than their own: how edits of that form return.

Whoever plans says which files these are (``Views``); an edit that fits what was shown is made
there, and any other one is tried on the file's own text.
"""

from __future__ import annotations

from typing import Protocol


class View(Protocol):
    """One text as it was shown."""

    @property
    def text(self) -> str:
        """What was shown."""

    def put(self, text: str) -> str:
        """Return the file's own text for an edited view; raises ConflictError when it has none."""


class Views(Protocol):
    """Which files are shown in another form."""

    def view(self, path: str, text: str) -> View | None:
        """Return how this text of a file is shown; None when as it is."""

    def new(self, path: str, text: str) -> str:
        """Return the text of a new file that is given in the form in which it will be shown."""


class AsTheyAre:
    """Every file is shown as it is."""

    def view(self, path: str, text: str) -> View | None:
        """Return None."""
        return None

    def new(self, path: str, text: str) -> str:
        """Return the text."""
        return text
