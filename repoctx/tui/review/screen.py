"""The review screen."""

from __future__ import annotations

from textual.screen import Screen

from repoctx.patches.edits import ChangeSet
from repoctx.project import Project
from repoctx.session import Retry


class ReviewScreen(Screen[ChangeSet | Retry]):
    """Dismissed with what the person accepts, or a wish for another try."""

    def __init__(self, changes: ChangeSet, project: Project) -> None:
        super().__init__()
        self._changes = changes
        self._project = project
