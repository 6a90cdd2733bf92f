"""The conversation with a repository: kept between runs for ``--continue``, private to the person.

One JSON file in the repository's state folder, and beside it the images of its turns, each in a
file named after its content. Turns are stored as they were sent, so that the next request repeats
them byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from repoctx.backends.base import Image, Message
from repoctx.errors import UsageError
from repoctx.files import atomic_write

_SCHEMA = "repoctx.conversation/1"
_FILE_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpeg|gif|webp)")


def load_conversation(state: Path) -> tuple[Message, ...]:
    """Return the stored turns, oldest first.

    Raises UsageError when there is no conversation to continue, or it cannot be read.
    """
    path = _path(state)
    try:
        stored = json.loads(path.read_bytes())
        if stored["schema"] != _SCHEMA:
            raise KeyError("schema")
        return tuple(_turn(turn, _images(state)) for turn in stored["messages"])
    except FileNotFoundError:
        raise UsageError(
            "there is no conversation to continue", "ask without --continue first"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "the last conversation cannot be read", "ask without --continue to start anew"
        ) from None


def save_conversation(state: Path, messages: Sequence[Message]) -> None:
    """Replace the stored conversation; its files have mode 0600."""
    images = {_file_name(image): image for turn in messages for image in turn.images}
    folder = _images(state)
    for name, image in images.items():
        folder.mkdir(mode=0o700, exist_ok=True)
        if not (folder / name).exists():
            atomic_write(folder / name, image.data)
    content = json.dumps({"schema": _SCHEMA, "messages": list(map(_stored, messages))}).encode()
    atomic_write(_path(state), content)
    with suppress(OSError):  # none was ever kept, or another run is at it too
        for path in folder.iterdir():
            if path.name not in images:
                path.unlink()


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


def _images(state: Path) -> Path:
    return state / "images"


def _path(state: Path) -> Path:
    return state / "conversation.json"
