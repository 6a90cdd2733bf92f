"""The viewer, and the message that opens it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.screen import ModalScreen

from repoctx.project import Project


@dataclass
class OpenPlace(Message):
    """Somebody clicked a citation."""

    path: str
    line: int = 1


class Viewer(ModalScreen[None]):
    """Shows a file; Escape closes it."""

    def __init__(self, project: Project, path: str, line: int = 1) -> None:
        super().__init__()
        self._project = project
        self._path = path
        self._line = line
