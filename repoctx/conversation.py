"""The conversation with a repository: kept between runs for ``--continue``, private to the person.

One JSON file in the repository's state folder. Turns are stored as they were sent, so that the next
request repeats them byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from repoctx.backends.base import Message
from repoctx.errors import UsageError
from repoctx.files import atomic_write

_SCHEMA = "repoctx.conversation/1"


def load_conversation(state: Path) -> tuple[Message, ...]:
    """Return the stored turns, oldest first.

    Raises UsageError when there is no conversation to continue, or it cannot be read.
    """
    path = _path(state)
    try:
        stored = json.loads(path.read_bytes())
        if stored["schema"] != _SCHEMA:
            raise KeyError("schema")
        return tuple(Message(turn["role"], turn["content"]) for turn in stored["messages"])
    except FileNotFoundError:
        raise UsageError(
            "there is no conversation to continue", "ask without --continue first"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "the last conversation cannot be read", "ask without --continue to start anew"
        ) from None


def save_conversation(state: Path, messages: Sequence[Message]) -> None:
    """Replace the stored conversation; the file has mode 0600."""
    turns = [{"role": turn.role, "content": turn.content} for turn in messages]
    content = json.dumps({"schema": _SCHEMA, "messages": turns}).encode()
    atomic_write(_path(state), content)


def _path(state: Path) -> Path:
    return state / "conversation.json"
