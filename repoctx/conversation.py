"""The conversations with a repository: kept between runs, private to the person.

Each has a folder in the repository's state folder, with its turns in one JSON file and beside it
the images of its turns, each in a file named after its content. Turns are stored as they were sent,
so that the next request repeats them byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoctx.backends.base import Image, Message
from repoctx.errors import UsageError
from repoctx.files import atomic_write

KEPT = 100
"""Conversations; the one that was longest silent makes room for a new one."""

_SCHEMA = "repoctx.conversation/2"
_TURNS = "turns.json"
_NAME = re.compile(r"[0-9a-f]{16}")
_FILE_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpeg|gif|webp)")
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as a list shows it."""

    id: str
    title: str
    """The first line of its first question."""
    at: float
    """When it was last spoken; seconds since the epoch."""
    turns: int
    """Of both sides."""


def new_id() -> str:
    """Return the name of a conversation that begins."""
    return os.urandom(8).hex()


def list_conversations(state: Path) -> list[Conversation]:
    """Return the stored conversations, the last first; those that cannot be read are left out."""
    found = []
    for folder in _folders(state):
        with suppress(OSError, ValueError, KeyError, TypeError):
            stored, at = _read(folder), (folder / _TURNS).stat().st_mtime
            found.append(Conversation(folder.name, stored["title"], at, len(stored["messages"])))
    return sorted(found, key=lambda conversation: -conversation.at)


def last_conversation(state: Path) -> str:
    """Return the id of the last conversation; empty when there is none."""
    ages = {}
    for folder in _folders(state):
        with suppress(OSError):
            ages[folder.name] = (folder / _TURNS).stat().st_mtime_ns
    return max(ages, key=lambda name: ages[name], default="")


def is_begun(state: Path, name: str) -> bool:
    """True when the named conversation has a turn that is kept."""
    return (_folder(state, name) / _TURNS).exists()


def load_conversation(state: Path, name: str = "") -> tuple[Message, ...]:
    """Return the stored turns, oldest first, of the last conversation or of the named one.

    Raises UsageError when there is no such conversation, or it cannot be read.
    """
    folder = _folder(state, name or last_conversation(state))
    try:
        return tuple(_turn(turn, folder) for turn in _read(folder)["messages"])
    except FileNotFoundError:
        raise UsageError(
            "there is no conversation to continue", "ask without --continue first"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "the last conversation cannot be read", "ask without --continue to start anew"
        ) from None


def save_conversation(state: Path, name: str, title: str, messages: Sequence[Message]) -> None:
    """Replace a stored conversation, or begin it; its files have mode 0600."""
    folder = _folder(state, name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    images = {_file_name(image): image for turn in messages for image in turn.images}
    for file, image in images.items():
        if not (folder / file).exists():
            atomic_write(folder / file, image.data)
    stored = {
        "schema": _SCHEMA,
        "title": (title.strip().splitlines() or [""])[0][:_LONGEST_TITLE],
        "messages": list(map(_stored, messages)),
    }
    atomic_write(folder / _TURNS, json.dumps(stored).encode())
    _make_room(state)


def forget_conversation(state: Path, name: str) -> None:
    """Delete a conversation; nothing happens when there is none of that name."""
    with suppress(FileNotFoundError):
        shutil.rmtree(_folder(state, name))


def _make_room(state: Path) -> None:
    """Another process may be at it too, so a folder that is gone already is no error."""
    for conversation in list_conversations(state)[KEPT:]:
        with suppress(OSError):
            forget_conversation(state, conversation.id)


def _folders(state: Path) -> list[Path]:
    try:
        entries = list((state / "conversations").iterdir())
    except OSError:
        return []
    return [entry for entry in entries if _NAME.fullmatch(entry.name)]


def _folder(state: Path, name: str) -> Path:
    return state / "conversations" / (name if _NAME.fullmatch(name) else "none")


def _read(folder: Path) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((folder / _TURNS).read_bytes())
    if stored["schema"] != _SCHEMA:
        raise KeyError("schema")
    return stored


def _stored(turn: Message) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": turn.role, "content": turn.content}
    return fields | ({"images": list(map(_file_name, turn.images))} if turn.images else {})


def _turn(stored: dict[str, Any], folder: Path) -> Message:
    images = tuple(_image(folder, name) for name in stored.get("images", ()))
    return Message(stored["role"], stored["content"], images)


def _image(folder: Path, name: str) -> Image:
    if not _FILE_NAME.fullmatch(name):
        raise ValueError(name)
    try:
        image = Image(f"image/{name[65:]}", (folder / name).read_bytes())
    except FileNotFoundError:
        raise ValueError(name) from None
    if _file_name(image) != name:
        raise ValueError(name)
    return image


def _file_name(image: Image) -> str:
    return f"{hashlib.sha256(image.data).hexdigest()}.{image.media_type.removeprefix('image/')}"
