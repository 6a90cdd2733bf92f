"""Plays recorded replies: for tests, demonstrations and examples, without a model or a network.

``path`` (the setting ``recording``) names one of

- a ``.jsonl`` file: a JSON object on each line,
  ``{"reply": "…", "usage": {"input": 9, "output": 3, "cached": 0, "written": 0}, "chunks": 4,
  "expect": {"question_contains": "…"}}``, of which only ``reply`` must be there. ``chunks`` is the
  number of pieces it comes in (lines, if not given); ``expect`` fails a question that does not
  hold the text, so that a recording is never played to another question;
- a folder: each file is one reply, in the order of the names;
- any other file: its text is the one reply.

The k-th question of a conversation gets the k-th reply, so that a conversation can be continued in
another process. With ``record`` set to the name of another backend, that backend answers, and each
reply is appended to the ``.jsonl`` file. One recording holds one conversation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from repoctx.backends.base import (
    Backend,
    BackendError,
    BackendSettings,
    Request,
    takes_images,
    takes_tools,
)
from repoctx.backends.messages import count_roughly, own_count
from repoctx.errors import CancelledError, UsageError
from repoctx.events import Event, FirstToken, TextDelta, Usage


def create(settings: BackendSettings) -> Backend:
    """Return the player, or the recorder when ``record`` is set.

    Raises UsageError when there is no recording to play, or none that can be written.
    """
    path = settings.path
    if path is None:
        raise UsageError("the scripted backend has no recording", "name a file with --recording")
    if not settings.record:
        return Player(path)
    if settings.record == "scripted":
        raise UsageError("the scripted backend cannot record itself", "name another backend")
    if path.suffix != ".jsonl":
        raise UsageError(f"{path}: a recording is written as .jsonl", "name it so")
    from repoctx.backends.registry import create_backend

    return Recorder(path, create_backend(settings.record, replace(settings, record="")))


@dataclass(frozen=True, slots=True)
class Reply:
    """One recorded reply."""

    text: str
    pieces: tuple[str, ...]
    usage: Usage | None = None
    expected: str = ""
    """Must stand in the question; empty for any question."""


@dataclass(frozen=True, slots=True)
class Player:
    """Answers from a recording; no event of it depends on the clock."""

    path: Path

    @property
    def takes_tools(self) -> bool:
        """True: the reply is text already, whatever was offered."""
        return True

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield the reply that belongs to the question's place in the conversation."""
        reply = self._reply(request)
        for number, piece in enumerate(reply.pieces):
            if request.cancellation.thrown:
                raise CancelledError("cancelled")
            if number == 0:
                yield FirstToken(0.0)
            yield TextDelta(piece)
        own = Usage(own_count(request), count_roughly(reply.text), reported=False)
        yield reply.usage or own

    def _reply(self, request: Request) -> Reply:
        replies = read_recording(self.path)
        place = sum(turn.role == "user" for turn in request.messages)
        if place >= len(replies):
            raise BackendError(
                f"{self.path} holds {len(replies)} replies, and this is question {place + 1}",
                "record more, or start anew without --continue",
            )
        if replies[place].expected not in request.question:
            raise BackendError(
                f"{self.path}: reply {place + 1} is for a question with"
                f" {replies[place].expected!r} in it",
                "ask as it was recorded, or record anew",
            )
        return replies[place]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Lets another backend answer and appends its reply; a failed answer is not recorded."""

    path: Path
    backend: Backend

    @property
    def takes_images(self) -> bool:
        """True when the other backend takes them."""
        return takes_images(self.backend)

    @property
    def takes_tools(self) -> bool:
        """True when the other backend takes them."""
        return takes_tools(self.backend)

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield what the other backend yields."""
        pieces: list[str] = []
        usage: Usage | None = None
        with self._opened() as file:
            for event in self.backend.stream(request):
                if isinstance(event, TextDelta):
                    pieces.append(event.text)
                elif isinstance(event, Usage) and event.reported:
                    usage = event
                yield event
            line: dict[str, Any] = {"reply": "".join(pieces)}
            if usage is not None:
                line["usage"] = {name: getattr(usage, name) for name in _COUNTS}
            file.write(json.dumps(line).encode() + b"\n")

    def _opened(self) -> IO[bytes]:
        """Open the file before anything is asked, so that no dear answer is lost."""
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            return open(os.open(self.path, flags, 0o600), "ab")
        except OSError as error:
            raise BackendError(f"cannot write {self.path}: {error.strerror}", _HINT_PATH) from None


def read_recording(path: Path) -> list[Reply]:
    """Return the replies of a recording in order.

    Raises BackendError when it cannot be read, naming the line that is wrong.
    """
    try:
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.is_file())
            return [_whole(file.read_text("utf-8", "replace")) for file in files]
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise BackendError(f"cannot read {path}: {error.strerror}", _HINT_PATH) from None
    if path.suffix != ".jsonl":
        return [_whole(text)]
    lines = enumerate(text.split("\n"), 1)
    return [_line(line, f"{path}:{number}") for number, line in lines if line.strip()]


_COUNTS = ("input", "output", "cached", "written")
_HINT_PATH = "check the path of the recording"
_HINT_LINE = 'each line is a JSON object like {"reply": "…"}'


def _whole(text: str) -> Reply:
    return Reply(text, tuple(text.splitlines(keepends=True)))


def _line(line: str, place: str) -> Reply:
    try:
        value = json.loads(line)
        text, chunks = value["reply"], value.get("chunks")
        usage, expect = value.get("usage"), value.get("expect") or {}
        if type(text) is not str or (
            chunks is not None and (type(chunks) is not int or chunks < 1)
        ):
            raise TypeError
        return Reply(
            text,
            _whole(text).pieces if chunks is None else _split(text, chunks),
            None if usage is None else _usage(usage),
            str(expect.get("question_contains", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BackendError(f"{place}: this line is no reply", _HINT_LINE) from None


def _usage(usage: dict[str, Any]) -> Usage:
    given, answer, cached, written = (int(usage.get(name, 0)) for name in _COUNTS)
    return Usage(given, answer, cached=cached, written=written)


def _split(text: str, count: int) -> tuple[str, ...]:
    """Cut the text into so many pieces of nearly equal length; none is empty."""
    count = min(count, len(text))
    cuts = [len(text) * number // count for number in range(count + 1)] if count else []
    return tuple(text[a:b] for a, b in pairwise(cuts))
