"""What is asked, of whom, and for whom: what all calls of one question share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.backends.base import (
    Backend,
    Cancellation,
    CheckFailure,
    Context,
    Image,
    Message,
    Request,
    Workspace,
)
from repoctx.config import Settings
from repoctx.project import Project
from repoctx.prompt import guide
from repoctx.sending.destination import Destination
from repoctx.sending.shipment import line_of
from repoctx.sending.stream import Words
from repoctx.whole.cost import Account

if TYPE_CHECKING:
    from repoctx.packer.pins import Pin


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to all parts of a repository."""

    project: Project
    backend: Backend
    destination: Destination
    messages: tuple[Message, ...]
    question: str
    failure: CheckFailure | None
    cancellation: Cancellation
    pins: tuple[Pin, ...]
    images: tuple[Image, ...]
    account: Account

    @property
    def settings(self) -> Settings:
        """Those of the project."""
        return self.project.settings

    @property
    def line(self) -> str:
        """The ledger's line of an ordinary question like this one."""
        return line_of(self.project, guide(self.settings.reply_format).text, self.pins)

    def words(self, question: str) -> Words:
        """Return all that a call says besides the repository."""
        return Words(guide(self.settings.reply_format), self.messages, question, self.images)

    def count(self, question: str) -> int:
        """Return the tokens of ``words``."""
        return self.words(question).counted(self.settings["encoding"]).total

    def request(self, question: str, context: Context, cancellation: Cancellation) -> Request:
        """Return one call."""
        project = self.project
        workspace = Workspace(
            project.root, project.cache, self.failure, project.roots, project.listed
        )
        return self.words(question).request(context, self.settings, workspace, cancellation)
