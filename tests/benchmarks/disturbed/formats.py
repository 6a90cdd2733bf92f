"""Write a change as a model would, in every format that is read."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence

from .cases import Style, Task, Written
from .places import Place, lines_of

BLOCKS = ("aider", "cline", "roo")
DIFFS = ("udiff", "git")
ENVELOPES = ("envelope", "anchored")
JSON = ("json", "json_array")
FORMATS = (*BLOCKS, *DIFFS, *ENVELOPES, "whole", *JSON)

_LANGUAGES = {"py": "python", "js": "js", "ts": "ts", "go": "go", "rs": "rust", "md": "markdown"}
_NOTHING = "0" * 40


class _Reply:
    """Collects a reply's text and the spans of its edits."""

    def __init__(self) -> None:
        self.text = "I made these changes.\n\n"
        self.edits: list[tuple[int, int]] = []

    def add(self, text: str) -> None:
        self.text += text

    def edit(self, text: str, after: str = "\n") -> None:
        """Add an edit; what comes ``after`` it is not needed."""
        self.edits.append((len(self.text), len(self.text) + len(text)))
        self.text += text + after

    def written(self) -> Written:
        return Written(self.text + "\nThat is all.\n", tuple(self.edits))


def write(format: str, tasks: Sequence[Task], style: Style, draw: random.Random) -> Written | None:
    """Return the reply; None when the format cannot say such a thing."""
    if not all(_can_say(format, task) for task in tasks):
        return None
    reply = _Reply()
    _WRITERS[format](reply, tasks, style, draw)
    return reply.written()


def _can_say(format: str, task: Task) -> bool:
    if task.after is None and format in ("whole", *JSON, *BLOCKS):
        return False
    if task.path != task.new_path and format not in ("git", *ENVELOPES):
        return False
    return "" not in (task.seen, task.after) or format == "git"


def fence_for(*texts: str) -> str:
    """Return backticks enough that no line of the texts closes the code block."""
    fence = "```"
    while any(fence in text for text in texts):
        fence += "`"
    return fence


# Blocks


def _aider(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    _blocks(reply, tasks, style, ("<<<<<<< SEARCH", ">>>>>>> REPLACE"), lambda place: "")


def _cline(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    _blocks(reply, tasks, style, ("------- SEARCH", "+++++++ REPLACE"), lambda place: "")


def _roo(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    def above(place: Place) -> str:
        if style.numbers == "none":
            return ""
        return f":start_line:{_said(place.start + 1, style, draw)}\n-------\n"

    _blocks(reply, tasks, style, ("<<<<<<< SEARCH", ">>>>>>> REPLACE"), above)


def _blocks(
    reply: _Reply,
    tasks: Sequence[Task],
    style: Style,
    marks: tuple[str, str],
    above: Callable[[Place], str],
) -> None:
    for task in tasks:
        fence = fence_for(task.seen or "", task.after or "")
        pairs = [(above(place), place.old, place.new) for place in task.places]
        if task.seen is None:
            pairs = [("", [], lines_of(task.after or ""))]
        for number, (head, old, new) in enumerate(pairs):
            if number == 0 or style.grouping % 2:
                reply.add(style.name.format(task.path) + "\n")
            body = f"{marks[0]}\n{head}{_text(old)}=======\n{_text(new)}{marks[1]}"
            reply.add(f"{fence}{_LANGUAGES.get(task.path.rpartition('.')[2], '')}\n")
            reply.edit(body)
            reply.add(f"{fence}\n\n")


# Diffs


def _udiff(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    for task in tasks:
        fence = fence_for(task.seen or "", task.after or "")
        old, new = ("a/", "b/") if style.grouping % 3 else ("", "")
        names = _names(task, old, new, style)
        hunks = [
            _hunk(place, style, draw, heading=style.grouping % 2 == 1) for place in task.places
        ]
        if task.seen is None or task.after is None:
            hunks = [_whole_hunk(task, style, draw)]
        reply.edit(f"{fence}diff\n{names}{''.join(hunks)}{fence}")
        reply.add("\n")


def _names(task: Task, old: str, new: str, style: Style) -> str:
    before = "/dev/null" if task.seen is None else old + style.name.format(task.path)
    after = "/dev/null" if task.after is None else new + style.name.format(task.new_path)
    return f"--- {before}\n+++ {after}\n"


def _git(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    fence = fence_for(*(text for task in tasks for text in (task.seen or "", task.after or "")))
    pieces = [piece for task in tasks for piece in _git_pieces(task, style, draw)]
    if style.fenced:
        reply.edit(f"{fence}diff\n{''.join(pieces)}{fence}")
        return
    for piece in pieces:
        reply.edit(piece, after="")


def _git_pieces(task: Task, style: Style, draw: random.Random) -> list[str]:
    head = [f"diff --git a/{task.path} b/{task.new_path}"]
    if task.seen is None:
        head.append("new file mode 100644")
    elif task.after is None:
        head.append("deleted file mode 100644")
    elif task.path != task.new_path:
        head += ["similarity index 90%", f"rename from {task.path}", f"rename to {task.new_path}"]
    hunks = [_hunk(p, style, draw, heading=True) + _marker(task, p) for p in task.places]
    if task.seen is None or task.after is None:
        text = task.seen if task.after is None else task.after
        hunks = [_whole_hunk(task, style, draw)] if text else []
    if hunks or task.seen is None or task.after is None:
        mode = " 100644" if task.seen is not None and task.after is not None else ""
        ids = f"{_blob(task.seen)}..{_blob(task.after)}" if style.true_ids else "1a2b3c4..5d6e7f8"
        head.append(f"index {ids}{mode}")
    if hunks:
        head.append(_names(task, "a/", "b/", Style()).removesuffix("\n"))
    first, *rest = hunks or [""]
    return [_text(head) + first, *rest]


def _marker(task: Task, place: Place) -> str:
    """No newline at the end of the file, on both sides: other cases are left to whole files."""
    assert task.seen is not None
    reaches_end = place.start + len(place.old) == len(lines_of(task.seen))
    open_end = not task.seen.endswith("\n") and not (task.after or "").endswith("\n")
    return "\\ No newline at end of file\n" if reaches_end and open_end else ""


def _blob(text: str | None) -> str:
    if text is None:
        return _NOTHING[:10]
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()[:10]


def _hunk(place: Place, style: Style, draw: random.Random, *, heading: bool) -> str:
    body = "".join(f"{line.sign}{line.text}\n" for line in place.lines)
    if style.numbers == "none":
        return ("@@ ... @@\n" if style.grouping % 2 else "@@ @@\n") + body
    old, new = len(place.old), len(place.new)
    start, new_start = place.start + (old > 0), place.new_start + (new > 0)
    said = f"@@ -{_range(start, old, style, draw)} +{_range(new_start, new, style, draw)} @@"
    return f"{said} {place.heading}".rstrip() + "\n" + body if heading else f"{said}\n{body}"


def _range(start: int, count: int, style: Style, draw: random.Random) -> str:
    if style.numbers == "wrong":
        start, count = _said(start, style, draw), max(0, count + draw.choice((-2, -1, 0, 1, 3)))
    return f"{start}" if count == 1 else f"{start},{count}"


def _said(line: int, style: Style, draw: random.Random) -> int:
    if style.numbers == "wrong":
        return max(1, line + draw.choice((-40, -7, -3, -1, 1, 2, 5, 23)))
    return line


def _whole_hunk(task: Task, style: Style, draw: random.Random) -> str:
    text = task.seen if task.after is None else task.after
    sign = "-" if task.after is None else "+"
    lines = lines_of(text or "")
    body = "".join(f"{sign}{line}\n" for line in lines)
    if not (text or "").endswith("\n"):
        body += "\\ No newline at end of file\n"
    if style.numbers == "none":
        return "@@ ... @@\n" + body
    whole, none = _range(1, len(lines), style, draw), "0,0"
    old, new = (whole, none) if sign == "-" else (none, whole)
    return f"@@ -{old} +{new} @@\n{body}"


# Envelopes


def _envelope(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    reply.edit(_patch(tasks, style, anchored=False))


def _anchored(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    reply.edit(_patch(tasks, style, anchored=True))


def _patch(tasks: Sequence[Task], style: Style, *, anchored: bool) -> str:
    parts = ["*** Begin Patch"]
    for task in tasks:
        if task.seen is None:
            parts += [f"*** Add File: {style.name.format(task.path)}"]
            parts += ["+" + line for line in lines_of(task.after or "")]
        elif task.after is None:
            parts.append(f"*** Delete File: {style.name.format(task.path)}")
        else:
            parts.append(f"*** Update File: {style.name.format(task.path)}")
            if task.path != task.new_path:
                parts.append(f"*** Move to: {task.new_path}")
            for place in task.places:
                parts += [f"@@ {anchor}" for anchor in place.anchors if anchored] or ["@@"]
                parts += [line.sign + line.text for line in place.lines]
    return "\n".join([*parts, "*** End Patch"])


# Whole files and tool calls


def _whole(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    for task in tasks:
        content = task.placeholder or task.after or ""
        fence = fence_for(content)
        reply.add(style.name.format(task.path) + "\n")
        reply.edit(
            f"{fence}{_LANGUAGES.get(task.path.rpartition('.')[2], '')}\n{_text(lines_of(content))}{fence}"
        )
        reply.add("\n")


def _json(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    for task in tasks:
        for call in _calls(task, style):
            reply.add("```json\n")
            reply.edit(json.dumps(call, indent=draw.choice((None, 2)), ensure_ascii=False))
            reply.add("```\n\n")


def _json_array(reply: _Reply, tasks: Sequence[Task], style: Style, draw: random.Random) -> None:
    calls = [call for task in tasks for call in _calls(task, style)]
    reply.add("```json\n")
    reply.edit(json.dumps(calls, indent=2))
    reply.add("```\n")


def _calls(task: Task, style: Style) -> list[dict[str, str]]:
    path = style.name.format(task.path)
    if task.seen is None:
        return [{"file_path": path, "content": task.after or ""}]
    calls = []
    for place in task.places:
        old, new = _text(place.old), _text(place.new)
        if style.grouping % 2 and place.old and place.new and place.new[-1]:
            old, new = old[:-1], new[:-1]
        calls.append({"file_path": path, "old_string": old, "new_string": new})
    return calls


def _text(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)


_WRITERS = {
    "aider": _aider,
    "cline": _cline,
    "roo": _roo,
    "udiff": _udiff,
    "git": _git,
    "envelope": _envelope,
    "anchored": _anchored,
    "whole": _whole,
    "json": _json,
    "json_array": _json_array,
}
