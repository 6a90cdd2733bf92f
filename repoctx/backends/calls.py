"""The tool calls of one answer, put together from the pieces in which servers send them.

Sources: the chunk types of OpenAI's SDK (openai 3.57). Servers that only claim to speak like OpenAI
leave out index or id, give every call the index 0, give each piece an id of its own, send all
arguments at once, as a string or as an object, or use the older ``function_call``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from repoctx.backends.base import BackendError
from repoctx.backends.untrusted import array, mapping
from repoctx.patches.formats.tool_calls import Place, is_readable, json_edit
from repoctx.patches.reply import parse_reply


@dataclass(slots=True)
class Call:
    """One call as far as it has come."""

    name: str = ""
    id: str = ""
    pieces: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """What has come of the JSON object."""
        return "".join(self.pieces)


class Calls:
    """Calls that are not complete yet, in the order in which they began."""

    def __init__(self) -> None:
        self._begun: list[tuple[Any, Call]] = []
        """With the index that the server gave each; None for none."""

    def take(self, delta: dict[str, Any]) -> int:
        """Take the pieces in a delta, or the calls of a message; return their characters."""
        entries = [mapping(entry) for entry in array(delta.get("tool_calls"))]
        if older := mapping(delta.get("function_call")):
            entries.append({"function": older})
        return sum(map(self._add, filter(None, entries)))

    def ended(self, index: Any) -> Call | None:
        """Take out the call that its server says has ended, if it can be read."""
        place = self._find(index, "")
        if place is None or not is_readable(self._begun[place][1].arguments):
            return None
        return self._begun.pop(place)[1]

    def rest(self) -> list[Call]:
        """Take out all that are left, for no more comes."""
        begun, self._begun = self._begun, []
        return [call for _, call in begun]

    def _add(self, entry: dict[str, Any]) -> int:
        function = mapping(entry.get("function"))
        name, given = _text(function.get("name")), function.get("arguments")
        arguments = json.dumps(given) if isinstance(given, dict) else _text(given)
        index, identity = entry.get("index"), _text(entry.get("id"))
        place = self._find(index, identity)
        if place is None or self._is_another(place, name, index, identity, arguments):
            self._begun.append((index, Call(name, identity)))
            place = -1
        call = self._begun[place][1]
        call.name = call.name or name
        call.id = call.id or identity
        call.pieces.append(arguments)
        return len(name) + len(arguments)

    def _find(self, index: Any, identity: str) -> int | None:
        """The last call with this index; without one, by its id, or else the last of all."""
        places = range(len(self._begun) - 1, -1, -1)
        if index is not None:
            return next((n for n in places if self._begun[n][0] == index), None)
        known = (n for n in places if identity and self._begun[n][1].id == identity)
        return next(known, places[0] if places else None)

    def _is_another(self, place: int, name: str, index: Any, identity: str, arguments: str) -> bool:
        """True when what is named here cannot be the call that was begun in this place."""
        begun = self._begun[place][1]
        if not name or not begun.name:
            return False
        if identity and begun.id:
            return identity != begun.id
        return index is None or (bool(arguments.strip()) and is_readable(begun.arguments))


class Writing:
    """The text of a reply, with calls in it."""

    def __init__(self) -> None:
        self._place = Place()
        self._text: list[str] = []
        self._lines: list[str] = []

    def see(self, text: str) -> None:
        """Follow the text that the model writes itself."""
        self._place.see(text)
        self._text.append(text)

    def block(self, call: Call, is_cut: bool) -> str:
        """Return the text of a call, as it follows here."""
        line = json_edit(call.name, call.arguments, is_cut=is_cut)
        block = self._place.block(line)
        self._text.append(block)
        self._lines.append(line)
        return block

    def check(self) -> None:
        """Raise BackendError when whoever reads the text would not see every call."""
        prose = parse_reply("".join(self._text)).prose if self._lines else ""
        if any(line in prose for line in self._lines):
            raise BackendError(
                "the model calls tools within a code block that it does not end", "ask again"
            )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
