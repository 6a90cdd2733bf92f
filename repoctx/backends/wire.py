"""Bytes of a chat completion as they come -> JSON values, whatever shape the server chose.

Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) are the rule; a
whole JSON object instead of a stream is accepted. The content decides, not the declared type: local
servers declare the wrong one. Everything is bounded, for a server may be hostile or broken.
"""

from __future__ import annotations

import json
from typing import Any

from repoctx.backends.base import BackendError

_MOST_EVENT = 8 << 20
"""Bytes of one event: a thousand times the largest that servers send."""
_MOST_WHOLE = 64 << 20
"""Bytes of an answer that comes as one JSON object."""


class AnswerReader:
    """Splits an answer into JSON values: feed it bytes, in pieces of any size."""

    def __init__(self) -> None:
        self.done = False
        """The server has said that nothing more comes."""
        self._kind = ""
        self._parts: list[bytes] = []
        self._size = 0
        self._data: list[bytes] = []
        self._event = b""

    def feed(self, content: bytes) -> list[Any]:
        """Return the values that are complete now.

        Raises BackendError when the answer is a web page, is no JSON, or has no end.
        """
        self._parts.append(content)
        self._size += len(content)
        if not self._kind:
            self._recognise()
        if self._size > (_MOST_WHOLE if self._kind == "whole" else _MOST_EVENT):
            raise BackendError("the server sends something too large for an answer", _HINT)
        if self._kind != "events" or not (b"\n" in content or b"\r" in content):
            return []
        return self._values(self._lines(at_end=False))

    def finish(self) -> list[Any]:
        """Return what the end of the bytes completes; a value cut in two is dropped."""
        if self._kind == "whole":
            return [_parsed(b"".join(self._parts))]
        return self._values([*self._lines(at_end=True), b""], at_end=True)

    def _recognise(self) -> None:
        start = b"".join(self._parts).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if start == b"<":
            raise BackendError("the server answers with a web page, not as a model", _HINT)
        self._kind = {b"{": "whole", b"[": "whole", b"": ""}.get(start, "events")

    def _lines(self, at_end: bool) -> list[bytes]:
        """Take the complete lines; a last CR may be half of a CRLF, so it waits."""
        lines = b"".join(self._parts).removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
        rest = b"" if at_end or not lines or lines[-1].endswith(b"\n") else lines.pop()
        self._parts, self._size = [rest], len(rest) + sum(map(len, self._data))
        return [line.rstrip(b"\r\n") for line in lines]

    def _values(self, lines: list[bytes], at_end: bool = False) -> list[Any]:
        values = []
        for line in lines:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
                self._size += len(value)
            elif name == b"event":
                self._event = value.strip()
            elif not line:
                values += self._dispatch(at_end)
        return values

    def _dispatch(self, at_end: bool) -> list[Any]:
        data, event = b"\n".join(self._data), self._event
        self._data, self._event = [], b""
        if self.done or not data.strip():
            return []
        if data.strip() == b"[DONE]":
            self.done = True
            return []
        try:
            value = _parsed(data)
        except BackendError:
            if at_end:
                return []  # cut in two: whether the answer is complete is seen from its content
            raise
        if event == b"error" and not (isinstance(value, dict) and value.get("error")):
            return [{"error": value}]
        return [value]


_HINT = "check base_url: it names an OpenAI-compatible API, and most end in /v1"


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.decode())  # a garbled letter could end up in a file
    except (ValueError, RecursionError):
        shown = " ".join(text[:80].decode("utf-8", "replace").split())
        raise BackendError(f"the server sends what is no JSON: {shown}", _HINT) from None
