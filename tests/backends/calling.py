"""Tool calls as servers stream them, in many dialects."""

from __future__ import annotations

import json
from typing import Any

from repoctx.events import TextDelta

FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "old.py": "x = 1\n"}
EDIT = {"path": "calc.py", "old_string": "a - b", "new_string": "a + b"}
NEW = {"path": "new.py", "content": 'say("```")\n'}
TEXT = "I mend it:\n```python\nreturn a + b\n```\nSo."


def chunk(delta: Any, **more: Any) -> Any:
    return {"choices": [{"index": 0, "delta": delta, **more}]}


def piece(name: str | None = None, arguments: Any = None, **more: Any) -> Any:
    function = {"name": name, "arguments": arguments}
    return {**more, "function": {k: v for k, v in function.items() if v is not None}}


def calls(*pieces: Any) -> Any:
    return chunk({"tool_calls": list(pieces)})


def halves(value: Any) -> tuple[str, str]:
    text = json.dumps(value)
    return text[:17], text[17:]


E, N = halves(EDIT), halves(NEW)
DIALECTS: dict[str, list[Any]] = {
    "in turn": [
        calls(piece("edit", "", index=0, id="c1", type="function")),
        *(calls(piece(None, part, index=0)) for part in E),
        calls(piece("write_file", "", index=1, id="c2", type="function")),
        *(calls(piece(None, part, index=1)) for part in N),
    ],
    "interleaved": [
        calls(piece("edit", E[0], index=0, id="c1"), piece("write_file", N[0], index=1, id="c2")),
        calls(piece(None, N[1], index=1), piece(None, E[1], index=0)),
    ],
    "each character alone": [
        calls(piece("edit", "", index=0, id="c1")),
        calls(piece("write_file", "", index=1, id="c2")),
        *(calls(piece(None, letter, index=0)) for letter in "".join(E)),
        *(calls(piece(None, letter, index=1)) for letter in "".join(N)),
    ],
    "all at once": [
        calls(
            piece("edit", json.dumps(EDIT), index=0), piece("write_file", json.dumps(NEW), index=1)
        )
    ],
    "without index or id": [
        calls(piece("edit", E[0])),
        calls(piece(None, E[1])),
        calls(piece("write_file", json.dumps(NEW))),
    ],
    "ids without index": [
        calls(piece("edit", E[0], id="c1")),
        calls(piece("write_file", N[0], id="c2")),
        calls(piece(None, E[1], id="c1")),
        calls(piece(None, N[1], id="c2")),
    ],
    "always index 0": [
        calls(piece("edit", json.dumps(EDIT), index=0, id="c1")),
        calls(piece("write_file", json.dumps(NEW), index=0, id="c2")),
    ],
    "always index 0 without id": [
        calls(piece("edit", json.dumps(EDIT), index=0)),
        calls(piece("write_file", json.dumps(NEW), index=0)),
    ],
    "an id for each piece": [
        calls(piece("edit", E[0], index=0, id="x1")),
        calls(piece(None, E[1], index=0, id="x2")),
        calls(piece("write_file", N[0], index=1, id="x3")),
        calls(piece(None, N[1], index=1, id="x4")),
    ],
    "the name in each piece": [
        calls(piece("edit", E[0], index=0, id="c1")),
        calls(piece("edit", E[1], index=0, id="c1")),
        calls(piece("edit", "", index=0, id="c1")),
        calls(piece("write_file", N[0], index=1, id="c2")),
        calls(piece("write_file", N[1], index=1, id="c2")),
    ],
    "objects": [calls(piece("edit", EDIT, index=0), piece("write_file", NEW, index=1))],
}


def events_of(chunks: list[Any], finish: str = "tool_calls") -> bytes:
    ended = [chunk({"content": TEXT}), *chunks, chunk({}, finish_reason=finish)]
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in ended) + (
        b"data: [DONE]\n\n"
    )


def message_events(*blocks: Any, reason: str = "tool_use", stop_last: bool = True) -> bytes:
    """Blocks are texts, or (name, pieces of arguments)."""
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"usage": {}}}]
    for index, block in enumerate(blocks):
        if isinstance(block, str):
            begun: dict[str, Any] = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": block}]
        else:
            begun = {"type": "tool_use", "id": f"toolu_{index}", "name": block[0], "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in block[1]]
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += (
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        )
        if stop_last or index < len(blocks) - 1:
            events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {}})
    events.append({"type": "message_stop"})
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


GOOD = {
    "openai": events_of(DIALECTS["interleaved"]),
    "anthropic": message_events(("edit", E), ("write_file", N)),
}


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
