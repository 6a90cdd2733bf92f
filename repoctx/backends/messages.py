"""What a model is sent, in order: instructions, repository, conversation, question.

The repository opens the first user turn, and the conversation's first question ends it. So roles
alternate strictly, and each prompt is a prefix of the next one, byte for byte: what a provider has
cached stays valid from turn to turn. The repository is never held as one string.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from repoctx.backends.base import BackendError, Limits, Message, Request, Segment
from repoctx.backends.body import Part, base64_part, literal, segment_part, utf8

Fields: TypeAlias = dict[str, Any]


def chat_messages(request: Request, segments: Sequence[Segment]) -> Iterator[Part]:
    """Yield the parts of the ``messages`` array of a chat completion, which is UTF-8 JSON."""
    first, *others = _conversation(request)
    yield literal(f'[{_message("system", request.instructions)},{{"role":"user","content":')
    before, after = _around_text(first)
    yield literal(f'{before}"')
    yield from map(segment_part, segments)
    yield literal(f'{_escaped(f"{chr(10)}{first.content}")}"')
    yield from after
    for turn in others:
        before, after = _around_text(turn)
        yield literal(f'}},{{"role":"{turn.role}","content":{before}"{_escaped(turn.content)}"')
        yield from after
    yield literal("}]")


def _around_text(turn: Message) -> tuple[str, list[Part]]:
    """What stands before and after a turn's text: nothing, or what makes it one of several parts.

    The text comes first: what is cached of a prompt ends where the first image begins.
    """
    if not turn.images:
        return "", []
    parts = [literal("}")]
    for image in turn.images:
        start = f'{{"type":"image_url","image_url":{{"url":"data:{image.media_type};base64,'
        parts += [literal(f",{start}"), base64_part(image.data), literal('"}}')]
    return '[{"type":"text","text":', [*parts, literal("]")]


def _message(role: str, content: str) -> str:
    return f'{{"role":"{role}","content":"{_escaped(content)}"}}'


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


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
    yield utf8(f"# Instructions\n\n{request.instructions}\n\n# Repository\n\n")
    yield from map(utf8, request.context.chunks())
    for turn in _conversation(request):
        yield utf8(f"\n\n# {turn.role.title()}\n\n{turn.content}")


def own_count(request: Request) -> int:
    """Return about how many tokens the prompt has: the context's count, and the rest by length."""
    words = [request.instructions, request.question, *(turn.content for turn in request.messages)]
    return request.context.tokens + sum(map(count_roughly, words))


def count_roughly(text: str) -> int:
    """Return about how many tokens the text has, at 4 characters a token."""
    return (len(text) + 3) // 4


def _conversation(request: Request) -> list[Message]:
    turns = [*request.messages, Message("user", request.question, request.images)]
    if any(turn.role != ("user", "assistant")[n % 2] for n, turn in enumerate(turns)):
        raise BackendError(
            "the turns of the conversation do not alternate", "start anew without --continue"
        )
    return turns
