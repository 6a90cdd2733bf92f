"""What lies ready for the next question: folders, settings, check, pins, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from repoctx.conversation import new_id
from repoctx.session import Question, Review, Session, open_session
from repoctx.terminal import counted

if TYPE_CHECKING:
    from repoctx.attachments import Attachment
    from repoctx.backends.base import Cancellation
    from repoctx.config import Settings
    from repoctx.packer.pins import Pin
    from repoctx.sending import Confirm


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a question is asked with but its words; a command gives a new desk."""

    folders: tuple[Path, ...] = (Path("."),)
    files: tuple[str, ...] | None = None
    """When given, nothing but these is read."""
    flags: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Settings that were typed; they count before all others."""
    check: str = ""
    whole: bool = False
    """Have every file read in full, in several requests if need be."""
    pins: tuple[Pin, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    """They go along with the next question, and stay in its conversation."""
    conversation: str = field(default_factory=new_id)
    resume: bool = False
    """True when the conversation has begun."""

    def session(self) -> Session:
        """Open the session that the desk describes; raises UsageError."""
        return open_session(self.folders, files=self.files, **self.flags)

    def with_setting(self, name: str, value: Any) -> Desk:
        """Return the desk with a setting typed; None takes it back."""
        flags = {**self.flags, name: value}
        kept = {key: each for key, each in flags.items() if each is not None}
        return replace(self, flags=MappingProxyType(kept))

    def question(
        self, text: str, review: Review, confirm: Confirm, cancellation: Cancellation
    ) -> Question:
        """Return the question; a person decides what is applied, conflicts or not."""
        return Question(
            text,
            check=self.check,
            attachments=self.attachments,
            pins=self.pins,
            whole=self.whole,
            resume=self.resume,
            conversation=self.conversation,
            review=review,
            partial=True,
            confirm=confirm,
            cancellation=cancellation,
        )

    def in_words(self, settings: Settings) -> str:
        """Return who is asked next, and with what, in a few words."""
        words = [settings["model"] or settings.backend]
        words += [f"check: {self.check}"] if self.check else []
        words += ["read whole"] if self.whole else []
        words += [counted(len(self.pins), "pin")] if self.pins else []
        words += [f"{len(self.attachments)} attached"] if self.attachments else []
        return " · ".join(words)

    def begun_anew(self, conversation: str = "") -> Desk:
        """Return the desk at the start of a conversation, or to go on with a stored one."""
        return replace(
            self, conversation=conversation or new_id(), resume=bool(conversation), attachments=()
        )

    def after_question(self) -> Desk:
        """Return the desk once a question was answered: it goes on, without the attachments."""
        return replace(self, resume=True, attachments=())
