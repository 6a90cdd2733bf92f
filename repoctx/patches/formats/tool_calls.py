"""Write a model's tool calls into the reply's text, as the JSON edits that its reader knows.

So a reply stays one text: it is read, saved, recorded and repeated like any other, and no call in
it waits for an answer. A call that cannot be read becomes an object that the reader reports as a
problem, whatever it holds: half an edit is never one.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from repoctx.patches.formats.block import Fence, fence_of

_ALIASES = {
    "path": ("file_path",),
    "old_string": ("old_str",),
    "new_string": ("new_str",),
    "content": ("file_text",),
}
"""Names that models know from other tools and use in spite of the schema."""
_WRITTEN = {"path": "file_path", "new_path": "rename_to"}
"""Arguments that have another name in JSON edits."""
_TYPES: dict[str, type] = {"string": str, "boolean": bool}
_SHOWN = 2_000
"""Characters of broken arguments that are kept, for a person to see."""

_UNCLOSED = (
    '{"tool_call": "a tool", "problem": "the code block before it was not closed: it may be cut"}'
)
CUT = "the reply ends within it"


@cache
def tools() -> tuple[dict[str, Any], ...]:
    """Return the tools: name, description and JSON schema of the parameters, always the same."""
    text = files(__package__).joinpath("tools.json").read_text("utf-8")
    return tuple(json.loads(text))


def json_edit(name: str, arguments: str, *, is_cut: bool = False) -> str:
    """Return a call as one line of JSON: an edit, or what is wrong with the call.

    ``is_cut`` says that the reply ended before the call was known to be complete.
    """
    reason, given = (CUT, {}) if is_cut else _read(name, arguments)
    if not reason:
        edit = {_WRITTEN.get(key, key): value for key, value in given.items()}
        return _line(edit | ({"delete": True} if name == "delete_file" else {}))
    path = {"file_path": given["path"]} if isinstance(given.get("path"), str) else {}
    named = name.strip()[:80] or "a tool without a name"
    return _line({"tool_call": named, "problem": reason, **path, "text": arguments[:_SHOWN]})


def is_readable(arguments: str) -> bool:
    """True for a whole JSON object."""
    return isinstance(_parsed(arguments), dict)


def _read(name: str, arguments: str) -> tuple[str, dict[str, Any]]:
    """Return what is wrong with a call (empty: nothing), and the arguments that it may have."""
    tool = next((tool for tool in tools() if tool["name"] == name), None)
    if tool is None:
        known = ", ".join(tool["name"] for tool in tools())
        return f"there is no such tool; there are {known}", {}
    value = _parsed(arguments)
    if not isinstance(value, dict):
        return "its arguments are no JSON object", {}
    schema = tool["parameters"]
    given = {key: _argument(value, key) for key in schema["properties"]}
    given = {key: each for key, each in given.items() if each is not None}
    for key, each in given.items():
        kind = schema["properties"][key]["type"]
        if type(each) is not _TYPES[kind]:
            return f"{key} must be a {kind}", given
    missing = [key for key in schema["required"] if not _is_given(key, given)]
    return f"{' and '.join(missing)} must be given" if missing else "", given


def _argument(value: dict[str, Any], key: str) -> Any:
    return next((value[one] for one in (key, *_ALIASES.get(key, ())) if one in value), None)


def _is_given(key: str, given: dict[str, Any]) -> bool:
    """True for what is there; without a path the reader would take one from the text before."""
    return key in given and (not key.endswith("path") or bool(given[key].strip()))


def _parsed(text: str) -> Any:
    """The value with its whole characters; None for what is no JSON, or has half of one."""
    try:
        value = json.loads(text, strict=False)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _line(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


class Place:
    """What a reply's text leaves open, so that a code block after it is no part of another one.

    A model may begin a code block, or a thought, and then call a tool without an end to it. Whoever
    reads the reply would take the call for a part of that. So it is closed, and as a block may be
    an edit of which nobody knows that it is whole, it is told as a problem. That is a likeness of
    how a reply is read, no proof: whether each call is seen is known when all of it is read.
    """

    def __init__(self) -> None:
        self._partial: list[str] = []
        self._outer: Fence | None = None
        self._inner: Fence | None = None
        self._thought = ""

    def see(self, text: str) -> None:
        """Follow the reply's next piece."""
        first, *rest = text.split("\n")
        self._partial.append(first)
        for piece in rest:
            self._line("".join(self._partial))
            self._partial = [piece]

    def block(self, line: str) -> str:
        """Return the reply's next piece: a code block of JSON that holds the line."""
        start = "\n" if any(self._partial) else ""
        self.see(start)
        closing = [self._thought] if self._thought else []
        closing += [fence.marker for fence in (self._inner, self._outer) if fence]
        unclosed = [_UNCLOSED] if self._outer else []
        lines = (*closing, "```json", *unclosed, line, "```")
        block = "".join(f"{one}\n" for one in lines)
        self.see(block)
        return start + block

    def _line(self, line: str) -> None:
        if self._thought or (not self._outer and line.startswith(("<think>", "<thinking>"))):
            self._thought = self._thought or f"</{line[1 : line.index('>') + 1]}"
            self._thought = "" if self._thought in line else self._thought
            return
        fence = fence_of(line)
        if fence is None:
            return
        if self._inner:
            self._inner = None if self._inner.is_closed_by(line) else self._inner
        elif self._outer and self._outer.is_closed_by(line):
            self._outer = None
        elif self._outer and not self._outer.can_be_closed_by(fence):
            self._inner = fence
        else:
            self._outer = fence
