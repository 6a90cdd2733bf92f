"""What a person asks, what may be done about the answer, and what they say of a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from repoctx.attachments import Attachment
from repoctx.backends.base import Cancellation
from repoctx.conversation import last_conversation, new_id
from repoctx.patches.edits import ChangeSet
from repoctx.project import Project
from repoctx.sending import Confirm

if TYPE_CHECKING:
    from repoctx.packer.pins import Pin


@dataclass(frozen=True, slots=True)
class Retry:
    """A person's answer to a change: the model shall try again; nothing is written."""

    note: str = ""
    """What the person says about it; empty when the conflicts say enough."""


Review: TypeAlias = Callable[[ChangeSet], ChangeSet | Retry]
"""Shows a planned change to the person and returns what they accept of it, perhaps nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks, and what may be done about the answer."""

    text: str
    check: str = ""
    """A shell command that must succeed; it runs before the question and after each change."""
    attachments: tuple[Attachment, ...] = ()
    """What goes along with it: see ``repoctx.attachments.attach``."""
    pins: tuple[Pin, ...] = ()
    """Levels asked for some files."""
    whole: bool = False
    """Have every file read in full, in several requests when one cannot hold all."""
    resume: bool = False
    """Go on with the last conversation, or with ``conversation``."""
    conversation: str = ""
    """Its id; empty for a new one, or with ``resume`` for the last."""
    commit: bool = False
    """Commit what was applied with git, once the check passes if there is one."""
    review: Review | None = None
    """Who decides what is applied; None writes nothing (a dry run)."""
    partial: bool = False
    """When edits still do not fit after the last round, have those that do reviewed."""
    confirm: Confirm | None = None
    """Who is asked before what is dearer than ``ask_above`` is sent; None refuses it."""
    cancellation: Cancellation = field(default_factory=Cancellation)


def conversation_of(project: Project, question: Question) -> str:
    """Return the id of the conversation that the question belongs to."""
    if question.resume and not question.conversation:
        return last_conversation(project.state) or new_id()
    return question.conversation or new_id()
