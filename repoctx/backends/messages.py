"""What a model is sent, in order: instructions, repository, conversation, question.

The repository opens the first user turn, and the conversation's first question ends it. So roles
alternate strictly, and each prompt is a prefix of the next one, byte for byte: what a provider has
cached stays valid from turn to turn. The repository is never held as one string.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from repoctx.backends.base import BackendError, Image, Message, Request, Segment
from repoctx.backends.body import Part, base64_part, literal, segment_part, utf8

Fields: TypeAlias = Mapping[str, Any]


Pictured: TypeAlias = Callable[[Image], Iterator[Part]]
"""How an image is written as a part of a message's content."""


def chat_messages(
    request: Request, segments: Sequence[Segment], mark: Fields | None = None
) -> Iterator[Part]:
    """Yield the parts of the ``messages`` array of a chat completion, which is UTF-8 JSON.

    With a ``mark`` (what a provider wants on a block at whose end a prefix is cached) the contents
    are blocks, of which at most four carry it: the instructions, the base, the last update, and
    the end of the conversation. Without one they are strings, unless there are images.
    """
    system = f"[{_block(request.instructions, mark)}]" if mark else _string(request.instructions)
    yield literal(f'[{{"role":"system","content":{system}}},')
    yield from turns(request, segments, mark, _image_url)
    yield literal("]")


def turns(
    request: Request, segments: Sequence[Segment], mark: Fields | None, pictured: Pictured
) -> Iterator[Part]:
    """Yield the parts of all messages but the instructions, without the array's brackets."""
    first, *others = _conversation(request)
    yield literal('{"role":"user","content":')
    if mark:
        yield literal("[")
        yield from _blocks([segment for segment in segments if segment.size], mark)
        yield literal(_block(f"\n{first.content}", {} if others else mark))
    else:
        yield literal('[{"type":"text","text":"' if first.images else '"')
        yield from map(segment_part, segments)
        yield literal(f'{_escaped(f"{chr(10)}{first.content}")}"{"}" if first.images else ""}')
    yield from _after(first, pictured, bool(mark))
    for number, turn in enumerate(others, 1):
        yield literal(f',{{"role":"{turn.role}","content":')
        in_blocks = bool(mark and turn.role == "user")
        block = _block(turn.content, mark if mark and number == len(others) else {})
        yield literal(f"[{block}" if in_blocks or turn.images else _string(turn.content))
        yield from _after(turn, pictured, in_blocks)


def _after(turn: Message, pictured: Pictured, in_blocks: bool) -> Iterator[Part]:
    """What follows a turn's text: its images, for what is cached ends where the first begins."""
    for image in turn.images:
        yield literal(",")
        yield from pictured(image)
    yield literal("]}" if in_blocks or turn.images else "}")


def _image_url(image: Image) -> Iterator[Part]:
    start = f'{{"type":"image_url","image_url":{{"url":"data:{image.media_type};base64,'
    return iter((literal(start), base64_part(image.data), literal('"}}')))


def _blocks(segments: Sequence[Segment], mark: Fields) -> Iterator[Part]:
    """A block for each segment: they stay what they are, so what was cached is found again."""
    for number, segment in enumerate(segments):
        marked = mark if number in (0, len(segments) - 1) else {}
        yield literal('{"type":"text","text":"')
        yield segment_part(segment)
        yield literal(f'"{_more(marked)}}},')


def _block(text: str, mark: Fields) -> str:
    return f'{{"type":"text","text":{_string(text)}{_more(mark)}}}'


def _more(mark: Fields) -> str:
    return "".join(f",{_string(name)}:{json.dumps(value)}" for name, value in mark.items())


def _string(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def plain_prompt(request: Request) -> Iterator[bytes]:
    """Yield the prompt as UTF-8 text under headings, for a program that reads one text.

    ``# Instructions``, ``# Tools`` where there are any, ``# Repository``, then ``# User`` and
    ``# Assistant`` in turn; the last heading is ``# User``, with the question.
    """
    yield utf8(f"# Instructions\n\n{request.instructions}\n\n")
    if request.tools:
        yield utf8("# Tools\n\n" + "".join(f"{tool.text}\n" for tool in request.tools) + "\n")
    yield utf8("# Repository\n\n")
    yield from map(utf8, request.context.chunks())
    for turn in _conversation(request):
        yield utf8(f"\n\n# {turn.role.title()}\n\n{turn.content}")


def own_count(request: Request) -> int:
    """Return about how many tokens the prompt has: the context's count, and the rest by length."""
    words = [request.instructions, request.question, *(turn.content for turn in request.messages)]
    words += (tool.text for tool in request.tools)
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
