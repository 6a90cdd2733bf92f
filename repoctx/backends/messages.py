"""What a model is sent, in order: instructions, repository, conversation, question.

The repository opens the first user turn, and the conversation's first question ends it. So roles
alternate strictly, and each prompt is a prefix of the next one, byte for byte: what a provider has
cached stays valid from turn to turn. The repository is never held as one string.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import IO, Any, Literal, TypeAlias

from repoctx.backends.base import BackendError, Limits, Message, Request

Role: TypeAlias = Literal["system", "user", "assistant"]

Fields: TypeAlias = dict[str, Any]

_SURROGATE = re.compile("[\ud800-\udfff]")


def turns(request: Request) -> Iterator[tuple[Role, Iterator[str]]]:
    """Yield each turn's role with the pieces of its text; the answer will be the next turn.

    Raises BackendError when the conversation does not alternate, user first.
    """
    first, *others = _conversation(request)
    yield "system", iter((request.instructions,))
    yield "user", chain(request.context.chunks(), ("\n", first.content))
    for turn in others:
        yield turn.role, iter((turn.content,))


def chat_messages(request: Request) -> Iterator[bytes]:
    """Yield the ``messages`` array of a chat completion as UTF-8 JSON, piece by piece."""
    opening = "["
    for role, pieces in turns(request):
        yield f'{opening}{{"role":"{role}","content":"'.encode()
        for piece in pieces:
            yield _utf8(json.dumps(piece, ensure_ascii=False)[1:-1])
        yield b'"}'
        opening = ","
    yield b"]"


def chat_fields(model: str, is_vendor: bool, limits: Limits) -> Fields:
    """Return the fields of a chat completion beside its messages."""
    fields: Fields = {"model": model, "stream": True, "stream_options": {"include_usage": True}}
    if limits.output_tokens is not None:
        # OpenAI's newer models refuse max_tokens; many local servers know nothing else.
        name = "max_completion_tokens" if is_vendor else "max_tokens"
        fields[name] = limits.output_tokens
    return fields


def without_rejected(fields: Fields, status: int, text: str) -> Fields | None:
    """Return the fields without the one that the server refuses by name; None for other errors."""
    if status not in (400, 422):
        return None
    if "stream_options" in fields and ("stream_options" in text or "include_usage" in text):
        return {name: value for name, value in fields.items() if name != "stream_options"}
    for name, other in (
        ("max_tokens", "max_completion_tokens"),
        ("max_completion_tokens", "max_tokens"),
    ):
        if name in fields and other in text:
            return {other if n == name else n: value for n, value in fields.items()}
    return None


def plain_prompt(request: Request) -> Iterator[bytes]:
    """Yield the prompt as UTF-8 text under headings, for a program that reads one text.

    ``# Instructions``, ``# Repository``, then ``# User`` and ``# Assistant`` in turn; the last
    heading is ``# User``, with the question.
    """
    yield _utf8(f"# Instructions\n\n{request.instructions}\n\n# Repository\n\n")
    yield from map(_utf8, request.context.chunks())
    for turn in _conversation(request):
        yield _utf8(f"\n\n# {turn.role.title()}\n\n{turn.content}")


def own_count(request: Request) -> int:
    """Return about how many tokens the prompt has: the context's count, and the rest by length."""
    words = [request.instructions, request.question, *(turn.content for turn in request.messages)]
    return request.context.tokens + sum(map(count_roughly, words))


def count_roughly(text: str) -> int:
    """Return about how many tokens the text has, at 4 characters a token."""
    return (len(text) + 3) // 4


@contextmanager
def spooled(pieces: Iterable[bytes], check: Callable[[], None]) -> Iterator[IO[bytes]]:
    """Write the pieces to a nameless temporary file, and open it for the length of the block.

    A server wants the length before the body, a retry wants the body again, and a command reads
    it at its own pace: a file gives all three with the repository rendered once and nothing kept
    in memory. It has no name, so nothing of it is left behind. ``check`` runs before each piece.
    """
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            check()
            _write(file, piece)
        file.seek(0)
        yield file


def _conversation(request: Request) -> list[Message]:
    turns = [*request.messages, Message("user", request.question)]
    if any(turn.role != ("user", "assistant")[n % 2] for n, turn in enumerate(turns)):
        raise BackendError(
            "the turns of the conversation do not alternate", "start anew without --continue"
        )
    return turns


def _write(file: IO[bytes], piece: bytes) -> None:
    try:
        file.write(piece)
        file.flush()
    except OSError as error:
        raise BackendError(
            f"cannot keep the prompt in {tempfile.gettempdir()}: {error.strerror}",
            "free some space there, or set TMPDIR to another folder",
        ) from None


def _utf8(text: str) -> bytes:
    """UTF-8, with U+FFFD for the bytes of a file that are not text."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()
