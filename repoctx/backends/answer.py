"""The chunks of a chat completion -> events, and what was really billed.

Chunks are hostile: every field may be missing or of another type. Usage fields are those of OpenAI,
DeepSeek, Moonshot, Groq, OpenRouter, LiteLLM, Ollama and llama.cpp, brought to one meaning.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from repoctx.backends.base import BackendError, Request
from repoctx.backends.calls import Call, Calls, Writing
from repoctx.backends.messages import own_count
from repoctx.backends.probe import how_to_raise
from repoctx.backends.untrusted import count, mapping
from repoctx.errors import RefusedError
from repoctx.events import Event, FirstToken, Notice, Progress, TextDelta, Usage

_MOST_CHARACTERS = 16 << 20
"""Of an answer without a limit; no model writes as much, a server gone mad does."""
_CHARACTERS_A_TOKEN = 16
"""Of an answer with a limit: four times the average, since the server counts and we only guard."""
_STEP = 500
"""Characters of what is no text yet, after which it is reported again."""
_CUT_SHARE = 0.6
"""Tokenizers differ by a third or so; a count below this share says that the prompt was cut."""
_READ_SHARE = 0.75
"""The same for a server that is known to cut, and that cuts to half a window: no tokenizer of the
models it runs counts a quarter less than ours."""
_CUT_FROM = 1_000


class Answer:
    """What has come of one answer so far; ``complete`` once the model said that it ended."""

    def __init__(self, request: Request, cuts: bool = False) -> None:
        self.complete = False
        self.full = False
        """True when the limit is reached and more text is dropped."""
        self._request = request
        self._cuts = cuts
        """True when the server is one that cuts long prompts and says nothing."""
        self._since = time.monotonic()
        self._characters = 0
        self._thought = 0
        self._calls = Calls()
        self._called = 0
        """Characters of calls that have come."""
        self._writing = Writing()
        self._is_told = False
        """True once FirstToken was yielded."""
        self._half = ""
        self._usage: Usage | None = None
        self._reason = ""
        limit = request.limits.output_tokens
        self._most = _MOST_CHARACTERS if limit is None else limit * _CHARACTERS_A_TOKEN

    def uploaded(self, done: int, total: int) -> Iterator[Event]:
        """Say how much of the request, in bytes, has left this machine; the clock starts then."""
        yield Progress("upload", done, total, "bytes")
        if done == total:
            self._since = time.monotonic()
            yield Progress("waiting", 0, None, detail="for the model's first word")

    @property
    def started(self) -> bool:
        """True once a piece of the answer was yielded: from then on there is no second try."""
        return self._is_told

    def take(self, chunk: Any) -> Iterator[Event]:
        """Yield what one chunk says. Raises BackendError for a refusal or an endless answer."""
        choice = _first_choice(chunk)
        delta = mapping(choice.get("delta")) or mapping(choice.get("message"))
        self._usage = usage_of(chunk) or self._usage
        yield from _reading(mapping(chunk).get("prompt_progress"))
        yield from self._think(delta)
        texts = (
            _text(delta.get("content")),
            _text(delta.get("refusal")),
            _text(choice.get("text")),
        )
        yield from self.write("".join(texts))
        yield from self._call(delta)
        if reason := choice.get("finish_reason"):
            yield from self._finish(str(reason))
        self.complete |= isinstance(choice.get("message"), dict)  # one JSON object, no stream

    def write(self, text: str) -> Iterator[Event]:
        """Yield the text as the answer's next piece, within the limit."""
        text = self._whole_characters(text)
        if not text or self.full:
            return
        yield from self._begin()
        kept = text[: self._most - self._characters]
        self._characters += len(kept)
        if kept:
            self._writing.see(kept)
            yield TextDelta(kept)
        if len(kept) < len(text):
            yield from self._overflow()

    def ended(self, index: Any) -> Iterator[Event]:
        """Yield the call that the server says has ended, as text; a broken one waits for more."""
        if (call := self._calls.ended(index)) is not None:
            yield from self._write_call(call)

    def end(self) -> Iterator[Event]:
        """Yield the calls as text, and the Usage: the server's, or our own counts.

        Raises BackendError when the text hides a call.
        """
        calls, is_cut = self._calls.rest(), self.full or self._reason == "length"
        for call in calls:
            # Some servers close the JSON of a call that the limit has cut.
            yield from self._write_call(call, is_cut and call is calls[-1])
        self._writing.check()
        own = own_count(self._request)
        usage = self._usage or Usage(own, (self._characters + 3) // 4, reported=False)
        if not self._characters:
            yield Notice("the model gave an empty answer")
        yield usage
        if usage.reported and own > _CUT_FROM:
            yield from self._compare(usage.input, own)

    def _compare(self, read: int, own: int) -> Iterator[Event]:
        """Tell, or refuse an answer, when the server has read much less than was sent."""
        if self._cuts and read < own * _READ_SHARE:
            raise RefusedError(
                f"Ollama read {read:,} of about {own:,} tokens: it cut the repository, so the"
                " answer is not used",
                how_to_raise(own * 5 // 4),
            )
        if read < own * _CUT_SHARE:
            yield Notice(
                f"the server counted {read:,} tokens where about {own:,} were sent: it may have cut"
                " the repository, so do not trust the answer"
            )

    def spent(self) -> Iterator[Event]:
        """Yield the Usage of an answer that failed, when the server has told it."""
        if self._usage is not None:
            yield self._usage

    def _think(self, delta: dict[str, Any]) -> Iterator[Event]:
        """Count reasoning, which is no part of the answer, and report now and then."""
        text = _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
        before, self._thought = self._thought, self._thought + len(text)
        if text and (not before or before // _STEP < self._thought // _STEP):
            yield Progress("thinking", self._thought, None, "characters")
        if self._thought > _MOST_CHARACTERS:
            raise BackendError("the model does not stop thinking", "ask for less, or set a limit")

    def _begin(self) -> Iterator[Event]:
        if not self._is_told:
            self._is_told = True
            yield FirstToken(time.monotonic() - self._since)

    def _call(self, delta: dict[str, Any]) -> Iterator[Event]:
        """Collect pieces of tool calls, and report now and then how much has come."""
        before, self._called = self._called, self._called + self._calls.take(delta)
        if self._called == before:
            return
        if self._called > self._most:
            raise BackendError("the calls of the model do not end", "ask for less")
        yield from self._begin()
        if not before or before // _STEP < self._called // _STEP:
            yield Progress("writing edits", self._called, None, "characters")

    def _write_call(self, call: Call, is_cut: bool = False) -> Iterator[Event]:
        """Yield a call as text, whole."""
        yield from self._begin()
        block = self._writing.block(call, is_cut)
        self._characters += len(block)
        yield TextDelta(block)

    def _finish(self, reason: str) -> Iterator[Event]:
        if reason == "content_filter":
            raise BackendError(
                "the provider's content filter stopped the answer", "ask otherwise, or elsewhere"
            )
        if reason == "length" and not self.complete:
            yield Notice("the answer is cut short: the model reached its output limit")
        self._reason = reason
        self.complete = True

    def _overflow(self) -> Iterator[Event]:
        if self._request.limits.output_tokens is None:
            raise BackendError("the answer does not end", "ask for less, or set output_tokens")
        self.complete = self.full = True
        yield Notice("the answer is cut short: the server went on past the output limit")

    def _whole_characters(self, text: str) -> str:
        """Join a character that came as two surrogates; one alone becomes U+FFFD."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text


def _first_choice(chunk: Any) -> dict[str, Any]:
    choices = mapping(chunk).get("choices")
    choice = mapping(choices[0]) if isinstance(choices, list) and choices else {}
    return choice if not choice.get("index") else {}


def usage_of(chunk: Any) -> Usage | None:
    """Bring what a chunk says was used to our meaning; None when it says nothing.

    ``input`` includes what was cached and written, whatever the server includes.
    """
    chunk = mapping(chunk)
    timings = mapping(chunk.get("timings"))  # llama.cpp's, in tokens as well
    usage = _usage_object(chunk)
    details = mapping(usage.get("prompt_tokens_details"))
    cached = count(
        details.get("cached_tokens"),
        usage.get("prompt_cache_hit_tokens"),
        usage.get("cached_tokens"),
        usage.get("cache_read_input_tokens"),
        timings.get("cache_n"),
    )
    written = count(details.get("cache_write_tokens"), usage.get("cache_creation_input_tokens"))
    total = count(usage.get("prompt_tokens"), chunk.get("prompt_eval_count"))
    if not total and timings:
        total = count(timings.get("prompt_n")) + cached
    if not total:
        return None
    output = count(
        usage.get("completion_tokens"), timings.get("predicted_n"), chunk.get("eval_count")
    )
    for_long = count(mapping(usage.get("cache_creation")).get("ephemeral_1h_input_tokens"))
    return Usage(
        max(total, cached + written),
        output,
        cached=cached,
        written=written,
        written_1h=min(written, for_long),
    )


def _usage_object(chunk: dict[str, Any]) -> dict[str, Any]:
    choice, groq = _first_choice(chunk), mapping(chunk.get("x_groq"))
    places = (chunk.get("usage"), choice.get("usage"), groq.get("usage"))
    return next((place for place in map(mapping, places) if place), {})


def _reading(progress: Any) -> Iterator[Event]:
    """How far llama.cpp has read the prompt, what it had cached included."""
    progress = mapping(progress)
    if total := count(progress.get("total")):
        cached = count(progress.get("cache"))
        detail = f"{cached:,} cached" if cached else ""
        done = min(count(progress.get("processed")), total)
        yield Progress("reading prompt", done, total, "tokens", detail)


def _text(content: Any) -> str:
    """A string, or the text parts of a list of parts."""
    if isinstance(content, list):
        return "".join(_text(mapping(part).get("text")) for part in content)
    return content if isinstance(content, str) else ""
