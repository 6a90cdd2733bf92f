r"""Write documents so that a model can tell them apart and a program can read them back exactly.

Three formats share these rules, which the pack's manifest repeats for the model:

- The text stands as it is, so that an edit can quote it. If it holds the end tag of its own
  document, both tags get the first free number: ``<document_content_2>``. A Markdown fence is
  longer than any run of backticks inside.
- A path with control, invisible or quoting characters is written as a JSON string.
- ``\ufffd<80>`` stands for the byte 0x80 where a file is not text in any known encoding. (U+FFFD
  before ``<`` in the file itself is ``\ufffd<fffd>``, so that reading back is exact.)

Every part ends with a newline and starts with a visible ASCII character other than ``/``. No token
of o200k_base or cl100k_base reaches over such a place, so the pack's count is the sum of its parts'
(see ``tokens._BOUNDARY``), and one document's count can be cached.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from repoctx.errors import UsageError
from repoctx.packer.select import Level
from repoctx.terminal import one_line

VERSION = 1
"""Part of the key of cached counts: raise it when a format writes anything differently."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the manifest: a file, or a folder (its path ends in ``/``), and why."""

    path: str
    level: Level
    reason: str
    tokens: int | None
    """What it would cost in full; None when it has no text."""
    files: int = 1


class Format(ABC):
    """How a pack is written; everything comes as whole lines."""

    opening: str
    closing: str
    manifest_closing: str

    def document(self, path: str, level: Level, text: str) -> str:
        """Return a document at the level ``full`` or ``outline``."""
        return "".join(self.parts(path, level, text))

    @abstractmethod
    def parts(self, path: str, level: Level, text: str) -> tuple[str, ...]:
        """Return the document in parts, so that a long text need not be copied."""

    @abstractmethod
    def manifest_opening(self, summary: str) -> str:
        """Return the start of the manifest; ``summary`` has no newline at its end."""

    @abstractmethod
    def line(self, line: Line) -> str:
        """Return one entry of the manifest."""


class Xml(Format):
    """``<document>`` elements, the form that model makers recommend for many documents."""

    opening = "<documents>\n"
    closing = "</documents>\n"
    manifest_closing = "</manifest>\n"

    def parts(self, path: str, level: Level, text: str) -> tuple[str, ...]:
        """Return the document between tags that its text does not hold."""
        text = shown(text)
        tag = free_tag("document_outline" if level is Level.OUTLINE else "document_content", text)
        head = f"<document>\n<source>{quoted(path)}</source>\n<{tag}>\n"
        return head, text, f"\n</{tag}>\n</document>\n"

    def manifest_opening(self, summary: str) -> str:
        """Return the tag and the summary."""
        return f"<manifest>\n{summary}\n"

    def line(self, line: Line) -> str:
        """Return a list item."""
        return _list_item(line)


class Markdown(Format):
    """A heading and a fenced block a document."""

    opening = "# Documents\n\n"
    closing = ""
    manifest_closing = ""

    def parts(self, path: str, level: Level, text: str) -> tuple[str, ...]:
        """Return the document in a fence that its text does not hold."""
        text = shown(text)
        outline = " (outline)" if level is Level.OUTLINE else ""
        fence = "`" * max(3, _longest_run(text) + 1)
        head = f"## `{quoted(path, '`')}`{outline}\n\n{fence}{_info_string(path)}\n"
        return head, text, f"\n{fence}\n\n"

    def manifest_opening(self, summary: str) -> str:
        """Return the heading and the summary."""
        return f"# Manifest\n\n{summary}\n\n"

    def line(self, line: Line) -> str:
        """Return a list item."""
        return _list_item(line)


class JsonLines(Format):
    """One JSON object a line: documents, then the manifest's summary, then its entries."""

    opening = ""
    closing = ""
    manifest_closing = ""

    def parts(self, path: str, level: Level, text: str) -> tuple[str, ...]:
        """Return ``{"path", "level", "text"}``; undecodable bytes are escaped surrogates."""
        return (_json_line({"path": path, "level": level.value, "text": text}),)

    def manifest_opening(self, summary: str) -> str:
        """Return ``{"manifest"}``."""
        return _json_line({"manifest": summary})

    def line(self, line: Line) -> str:
        """Return ``{"path", "level", "reason"}``, and ``tokens`` and ``files`` if they say more."""
        fields: dict[str, object] = {"path": line.path, "level": line.level.value}
        if line.files != 1:
            fields["files"] = line.files
        fields["reason"] = line.reason
        if line.tokens is not None:
            fields["tokens"] = line.tokens
        return _json_line(fields)


_FORMATS: dict[str, Format] = {"xml": Xml(), "markdown": Markdown(), "jsonl": JsonLines()}


def format_named(name: str) -> Format:
    """Return ``xml``, ``markdown`` or ``jsonl``; raises UsageError for another name."""
    if name not in _FORMATS:
        raise UsageError(f"there is no format called {name!r}", f"use one of {', '.join(_FORMATS)}")
    return _FORMATS[name]


def quoted(path: str, also: str = "<") -> str:
    """Return the path for one line: as it is, or a JSON string when that would mislead.

    ``also`` is a further character that needs quoting.
    """
    plain = one_line(path) == path == path.strip() and not path.startswith('"')
    if plain and also not in path and ": " not in path:
        return path
    return json.dumps(path).replace(also, f"\\u{ord(also):04x}")


def unquoted(text: str) -> str:
    """Return the path that ``quoted`` wrote."""
    return str(json.loads(text)) if text.startswith('"') else text


_UNSENDABLE = re.compile("[\ud800-\udfff]|\ufffd(?=<)")
_SHOWN = re.compile("\ufffd<([0-9a-f]{2,4})>")


def shown(text: str) -> str:
    """Return the text with lone surrogates (bytes that are no text) made visible and sendable."""
    return text if is_sendable(text) and "\ufffd<" not in text else _UNSENDABLE.sub(_show, text)


def is_sendable(text: str) -> bool:
    """True when the text can be encoded; twenty times as fast as searching for surrogates."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def unshown(text: str) -> str:
    """Return the text that ``shown`` was given."""
    return _SHOWN.sub(lambda match: chr(_code_point(match[1])), text)


def _show(match: re.Match[str]) -> str:
    code = ord(match.group())
    byte = 0xDC80 <= code <= 0xDCFF  # surrogateescape's stand-in for the byte code - 0xDC00
    return f"\ufffd<{code - 0xDC00 if byte else code:x}>"


def _code_point(digits: str) -> int:
    return int(digits, 16) + (0xDC00 if len(digits) == 2 else 0)


def free_tag(name: str, text: str) -> str:
    """Return the tag's name, numbered when the text holds an end tag that looks like it."""
    if f"</{name}" not in text:
        return name
    taken = {int(number) for number in re.findall(rf"</{name}_([0-9]{{1,9}})", text)}
    free = next(number for number in range(2, len(taken) + 3) if number not in taken)
    return f"{name}_{free}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0) if "`" in text else 0


def _info_string(path: str) -> str:
    """The extension: highlighters know nearly all of them."""
    extension = path.rpartition("/")[2].rpartition(".")[2]
    return extension if re.fullmatch("[A-Za-z0-9]{1,12}", extension) else ""


def _list_item(line: Line) -> str:
    level = f"{line.files} files {line.level}" if line.path.endswith("/") else line.level.value
    cost = "" if line.tokens is None else f"; {line.tokens} tokens in full"
    return f"- {quoted(line.path)}: {level}; {one_line(line.reason)}{cost}\n"


def _json_line(fields: dict[str, object]) -> str:
    text = json.dumps(fields, ensure_ascii=False)
    if not is_sendable(text):
        text = re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", text)
    return text + "\n"
