"""Anthropic's own Messages API, streamed: what is cached is marked, and paid as such.

The one door to the ``anthropic`` package, an extra: ``pip install 'repoctx[anthropic]'``. How a
request travels, fails and is tried again is the same as for every other endpoint; only its form,
its answer and its headers are another.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from repoctx.backends.answer import Answer
from repoctx.backends.base import (
    Backend,
    BackendError,
    BackendSettings,
    Image,
    Request,
    Segment,
    Tool,
)
from repoctx.backends.body import Part, base64_part, literal
from repoctx.backends.caching import CacheTerms, cache_terms
from repoctx.backends.endpoint import ANTHROPIC_URL, anthropic_endpoint
from repoctx.backends.form import Form
from repoctx.backends.messages import turns
from repoctx.backends.openai import OpenAIBackend, checked_key
from repoctx.backends.transfer import Body
from repoctx.backends.untrusted import array, count, mapping
from repoctx.errors import RefusedError, UsageError
from repoctx.events import Event

if TYPE_CHECKING:
    import httpx2

_VERSION = "2023-06-01"
_PATH = "/v1/messages"
_ANSWER_TOKENS = 32_000
"""The answer's limit where none is set, for the API wants one; lowered where a model has less."""
_MOST_BODY = 32_000_000
"""Bytes of a request: 32 MB are taken, https://docs.claude.com/en/api/overview."""
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
_REASONS = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


def create(settings: BackendSettings) -> Backend:
    """Return the backend; nothing is imported or connected yet.

    Raises BackendError without the package or without a key where one is needed, UsageError
    without a model.
    """
    if not _is_installed():
        raise BackendError(
            "the anthropic backend needs the package anthropic, which is not installed",
            "pip install 'repoctx[anthropic]'",
        )
    endpoint = anthropic_endpoint(settings.base_url)
    if not settings.model:
        raise UsageError("no model is named", "name one with --model, or in the user configuration")
    key = checked_key(settings)
    if endpoint.url == ANTHROPIC_URL and not key:
        raise BackendError(
            f"{endpoint.url} wants a key, and there is none", "set ANTHROPIC_API_KEY"
        )
    return AnthropicBackend(settings, endpoint)


class AnthropicBackend(OpenAIBackend):
    """One model at one endpoint that speaks the Messages API."""

    @property
    def terms(self) -> CacheTerms:
        """How the endpoint caches, and what a request holds for it."""
        return cache_terms("anthropic", self._endpoint, lifetime=self._settings.cache_lifetime)

    def _form(self, request: Request) -> Form:
        mark = dict(self.terms.mark)
        fields: dict[str, Any] = {
            "model": self._settings.model,
            "max_tokens": request.limits.output_tokens or _ANSWER_TOKENS,
            "stream": True,
        }
        if request.tools:  # they come before the system message, whose mark includes them
            fields["tools"] = list(map(_tool, request.tools))
        return Form(fields, frozenset(mark), mark)

    def _answer(self, request: Request) -> Answer:
        return MessagesAnswer(request, cuts=self._server.cuts)

    def _body(self, form: Form, request: Request, segments: tuple[Segment, ...]) -> Body:
        """Return the body; raises RefusedError for one that is larger than the API takes."""
        system = [{"type": "text", "text": request.instructions, **form.mark}]
        messages = (literal("["), *turns(request, segments, form.mark, _image), literal("]"))
        body = Body({**form.fields, "system": system}, messages)
        if body.size > _MOST_BODY:
            budget = int(request.context.tokens * 0.95 * _MOST_BODY / body.size)
            raise RefusedError(
                f"the request has {body.size / 1e6:.1f} MB, and the Messages API takes 32 MB",
                f"send less, with --budget {budget}",
            )
        return body

    def _headers(self, size: int) -> dict[str, str]:
        headers = {**super()._headers(size), "anthropic-version": _VERSION}
        headers.pop("authorization", None)
        key = self._settings.api_key.strip()
        return headers | ({"x-api-key": key} if key else {})

    def _posted(self, http: httpx2.Client, pieces: Iterator[bytes]) -> httpx2.Response:
        import anthropic

        client = anthropic.Anthropic(
            api_key="see prepare", base_url=self._endpoint.url, max_retries=0, http_client=http
        )
        try:
            return client.post(
                _PATH,
                cast_to=object,
                content=pieces,
                stream=True,
                stream_cls=anthropic.Stream[object],
            ).response
        except anthropic.APIConnectionError as error:
            failure = error.__cause__ or OSError(str(error))
        raise failure


class MessagesAnswer(Answer):
    """One answer of the Messages API, each event of which is read as a chunk of a completion."""

    def __init__(self, request: Request, cuts: bool = False) -> None:
        super().__init__(request, cuts)
        self._counts: dict[str, int] = {}
        self._creation: dict[str, Any] = {}
        """What was written, by how long it is kept."""

    def take(self, chunk: Any) -> Iterator[Event]:
        """Yield what one event of the stream, or a whole message, says."""
        event = mapping(chunk)
        if event.get("type") == "message":
            yield from self._take_whole(event)
            return
        delta, block = mapping(event.get("delta")), mapping(event.get("content_block"))
        texts = {
            "content": delta.get("text") or block.get("text"),
            "reasoning_content": delta.get("thinking"),
            "tool_calls": _pieces(event, delta, block),
        }
        choice = {"delta": texts, "finish_reason": _reason(delta)}
        yield from super().take({"choices": [choice], **self._usage_in(event)})
        if event.get("type") == "content_block_stop":
            yield from self.ended(event.get("index"))

    def _take_whole(self, message: dict[str, Any]) -> Iterator[Event]:
        """Yield what a message says that came in one piece, block by block."""
        for index, block in enumerate(map(mapping, array(message.get("content")))):
            delta = {
                "content": block.get("text"),
                "tool_calls": _pieces({"index": index}, {}, block),
            }
            yield from super().take({"choices": [{"delta": delta}]})
            yield from self.ended(index)
        choice = {"message": {}, "finish_reason": _reason(message)}
        yield from super().take({"choices": [choice], **self._usage_in(message)})

    def _usage_in(self, event: dict[str, Any]) -> dict[str, Any]:
        """What is counted so far: the start tells the input, and later counts are totals.

        ``input_tokens`` are those that were neither read from the cache nor written to it.
        """
        told = mapping(event.get("usage")) or mapping(mapping(event.get("message")).get("usage"))
        for name in ("input_tokens", "output_tokens", *_CACHED):
            self._counts[name] = max(self._counts.get(name, 0), count(told.get(name)))
        self._creation = mapping(told.get("cache_creation")) or self._creation
        cached = {name: self._counts[name] for name in _CACHED}
        total = self._counts["input_tokens"] + sum(cached.values())
        output = self._counts["output_tokens"]
        usage = {"prompt_tokens": total, "completion_tokens": output, **cached}
        return {"usage": {**usage, "cache_creation": self._creation}}


def _image(image: Image) -> Iterator[Part]:
    start = (
        f'{{"type":"image","source":{{"type":"base64","media_type":"{image.media_type}","data":"'
    )
    return iter((literal(start), base64_part(image.data), literal('"}}')))


def _pieces(event: dict[str, Any], delta: Any, block: Any) -> list[dict[str, Any]]:
    """What an event says of a tool call, as a chat completion says it."""
    function: dict[str, Any] = {}
    if block.get("type") == "tool_use":  # its input comes in deltas, unless it is there already
        function = {"name": block.get("name"), "arguments": block.get("input") or ""}
    elif "partial_json" in delta:
        function = {"arguments": delta["partial_json"]}
    return [{"index": event.get("index"), "id": block.get("id"), "function": function}] * bool(
        function
    )


def _tool(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


def _reason(place: dict[str, Any]) -> str:
    reason = place.get("stop_reason")
    return _REASONS.get(str(reason), "stop") if reason else ""


def _is_installed() -> bool:
    try:
        return find_spec("anthropic") is not None
    except ValueError:  # something has put None in its place
        return False
