"""Read edits written as JSON: old_string and new_string, path and content, delete, rename_to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from repoctx.patches.edits import Action, EditConflict, FileEdit, Replacement
from repoctx.patches.formats.block import Opening, Outcome, Step, nameless, problem, truncated
from repoctx.patches.formats.names import is_surely_path
from repoctx.patches.formats.patch_envelope import PatchEnvelope

NAME = "json_edits"

_START = re.compile(r"\s*(?:\{\s*(?:[\"}]|$)|\[\s*(?:[{\[]|$))")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]]|[^"{}\[\]]+|"')
_PLAIN = re.compile(r"[\s:,0-9+\-.eEtrufalsn]*$")
_PARTNER = {"}": "{", "]": "["}

_PATH = ("file_path", "filePath", "path", "filename", "file", "target_file")
_OLD = ("old_string", "oldString", "old_str", "old_text", "oldText", "search")
_NEW = ("new_string", "newString", "new_str", "new_text", "newText", "replace")
_CONTENT = ("content", "contents", "file_text")
_WHOLE = ("delete", "rename_to")
"""What is done to a file as a whole; only beside ``file_path``, for other JSON has such keys."""
_EVERY = ("replace_all", "replaceAll", "allow_multiple")
_WRAPPERS = ("arguments", "input", "parameters", "args", "params")
_PATCHES = ("patch", "patchText", "patch_text", "input", "diff", "command", "cmd")
_REMARKS = "instruction instructions description explanation reason command name type id tool"
_TELLING = (*_OLD[:-1], *_NEW[:-1], "file_text", "patchText", "patch_text")
_UNREAD = ("tool_call", "problem")
"""The keys of a tool call that could not be read: its name, and what is wrong with it."""
_TELLING_KEY = re.compile(r'"(?:' + "|".join(_TELLING) + r')"\s*:')
"""A key that only an edit has: then broken JSON is a problem, not prose."""
_BEGIN_PATCH = re.compile(r"^\*\*\* Begin Patch *$", re.M)

_HINT = "write one JSON object with file_path, old_string and new_string"
_HINT_WHOLE = 'write {"file_path": …, "delete": true} or {"file_path": …, "rename_to": …}'


def opens(line: str) -> bool:
    """True for a line that may begin an object, or an array of objects."""
    return line.lstrip()[:1] in ("{", "[") and _START.match(line) is not None


class JsonEdits:
    """The lines of one JSON value. Anything but edits turns out to be prose."""

    def __init__(self, opening: Opening, first: str) -> None:
        self._opening = opening
        self._lines: list[str] = []
        self._open: list[str] = []
        self._names_edit = False
        self._first: Step = self._scan(first)

    def take(self, line: str) -> Step:
        """Take lines while they can be JSON, until every bracket is closed."""
        if self._first is not Step.MORE:  # the first line was the whole of it
            return Step.LEFT
        return self._scan(line)

    def outcomes(self) -> list[Outcome]:
        """Return the edits; a problem when the value names edits but cannot be read."""
        text = "\n".join(self._lines)
        try:
            value = json.loads(text, strict=False)
            return list(_edits(value, self._opening, ""))
        except (ValueError, RecursionError):
            if not self._names_edit:
                return []
            return [problem(self._opening, "the JSON of this edit cannot be read", _HINT)]

    def cut_off(self) -> list[Outcome]:
        """Return a problem when an edit was begun."""
        if self._first is not Step.MORE:
            return self.outcomes()
        return [truncated(self._opening)] if self._names_edit else []

    def _scan(self, line: str) -> Step:
        """Follow the brackets; a raw character that JSON has no use for ends the block."""
        names_edit = _TELLING_KEY.search(line) is not None
        for match in _TOKEN.finditer(line):
            token = match[0]
            if token in ("{", "["):
                self._open.append(token)
            elif token in ("}", "]"):
                if not self._open or self._open.pop() != _PARTNER[token]:
                    return self._broken(line, names_edit)
            elif token == '"' or (token[0] != '"' and not _PLAIN.match(token)):
                return self._broken(line, names_edit)
        self._lines.append(line)
        self._names_edit = self._names_edit or names_edit
        return Step.MORE if self._open else Step.DONE

    def _broken(self, line: str, names_edit: bool) -> Step:
        """Not JSON. A line that names an edit is taken along, so that the problem is told."""
        self._names_edit = self._names_edit or names_edit
        if names_edit or not self._lines:
            self._lines.append(line)
            return Step.DONE
        return Step.LEFT


def _edits(value: Any, opening: Opening, path: str) -> Iterator[Outcome]:
    """Yield the edits of a value; wrappers such as a tool call's arguments are looked into."""
    if isinstance(value, list):
        for item in value:
            yield from _edits(item, opening, path)
    if not isinstance(value, dict):
        return
    if all(isinstance(value.get(key), str) for key in _UNREAD):
        yield _unread(value, opening)
        return
    path = _text(value, _PATH) or path
    wrapped = next((value[key] for key in _WRAPPERS if key in value), None)
    if isinstance(wrapped, str):
        wrapped = _parsed(wrapped)
    if isinstance(wrapped, dict | list):
        yield from _edits(wrapped, opening, path)
    elif isinstance(value.get("edits"), list):
        yield from _edits(value["edits"], opening, path)
    elif isinstance(value.get("function"), dict):
        yield from _edits(value["function"], opening, path)
    elif (outcome := _edit(value, opening, path)) is not None:
        yield outcome
    else:
        yield from _patch(value, opening)


def _edit(value: dict[str, Any], opening: Opening, path: str) -> Outcome | None:
    if any(key in value for key in _PATH[:2]) and any(key in value for key in _WHOLE):
        return _whole_file(value, opening, path)
    old, new, content = _text(value, _OLD), _text(value, _NEW), _text(value, _CONTENT)
    command = value.get("command")
    if command == "insert":
        return problem(opening, "an insertion by line number cannot be checked", _HINT, path)
    if isinstance(command, str) and command not in ("str_replace", "create"):
        return None
    if old is None and content is not None and (command == "create" or _is_file(value)):
        return _placed(opening, path, content=content)
    if old is None and new is None:
        return None
    if old is None or new is None:
        return problem(opening, "one of old_string and new_string is missing", _HINT, path)
    every = any(value.get(key) is True for key in _EVERY)
    change = Replacement(old, new, inline=True, every=every)
    return _placed(opening, path, changes=(change,))


def _whole_file(value: dict[str, Any], opening: Opening, path: str) -> Outcome | None:
    """Return the edit of an object that deletes or renames; nothing else may be in it."""
    deletes, new_path = value.get("delete"), value.get("rename_to")
    if deletes in (False, None) and new_path is None:
        rest = {key: each for key, each in value.items() if key not in _WHOLE}
        return _edit(rest, opening, path)
    known = {*_PATH, *_WHOLE, *_REMARKS.split()}
    is_one = isinstance(deletes, bool | None) and (deletes is True) is (new_path is None)
    if not is_one or not set(value) <= known or not (new_path is None or _is_name(new_path)):
        reason = "a file is deleted with true, or renamed to a path, and nothing else"
        return problem(opening, reason, _HINT_WHOLE, path)
    if not path:
        return nameless(opening)
    if deletes is True:
        return FileEdit(path, "delete", NAME, opening.line)
    return FileEdit(path, "rename", NAME, opening.line, new_path=str(new_path))


def _unread(value: dict[str, Any], opening: Opening) -> Outcome:
    """Return the problem of a tool call whose arguments came broken."""
    name, reason = (" ".join(value[key].split())[:200] for key in _UNREAD)
    path = _text(value, _PATH) or ""
    return EditConflict(path, f"the call of {name}: {reason}", "repeat the whole call")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _placed(
    opening: Opening, path: str, content: str | None = None, changes: tuple[Replacement, ...] = ()
) -> Outcome:
    path = path or opening.path
    if not path:
        return nameless(opening)
    action: Action = "edit" if content is None else "write"
    return FileEdit(path, action, NAME, opening.line, replacements=changes, content=content)


def _patch(value: dict[str, Any], opening: Opening) -> list[Outcome]:
    """Return the edits of a tool call that holds a patch envelope, perhaps in a command."""
    said = [text for key in _PATCHES for text in _as_list(value.get(key)) if isinstance(text, str)]
    found = ((text, _BEGIN_PATCH.search(text)) for text in said)
    patch = next((text[begin.start() :] for text, begin in found if begin), None)
    if patch is None:
        return []
    first, *rest = patch.strip().split("\n")
    envelope = PatchEnvelope(Opening(opening.line), first, in_one_line=True)
    complete = any(envelope.take(line) is Step.DONE for line in rest)
    return envelope.outcomes() if complete else envelope.cut_off()


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_file(value: dict[str, Any]) -> bool:
    """True when the object says nothing but a file's path, its content and remarks."""
    known = {*_PATH, *_CONTENT, *_REMARKS.split()}
    path = _text(value, _PATH) or ""
    is_named = any(key in value for key in _PATH[:2]) or is_surely_path(path)
    return bool(path) and is_named and set(value) <= known


def _text(value: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((value[key] for key in keys if isinstance(value.get(key), str)), None)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
