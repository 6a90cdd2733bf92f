"""Learn everything about one file from its bytes: kind, secrets, tokens, imports."""

from __future__ import annotations

import os
from dataclasses import dataclass

from repoctx.packer import render
from repoctx.packer.facts import DocumentFacts, Scope
from repoctx.packer.graph import imports_kind, scan_imports
from repoctx.packer.kinds import HEAD, Kind, is_binary_later, refine_kind
from repoctx.packer.render import Line
from repoctx.packer.secrets import Redaction
from repoctx.packer.select import Level
from repoctx.packer.snapshot import SYMLINK, SourceFile
from repoctx.packer.tokens import tokenizer
from repoctx.packer.views.assets import binary_note
from repoctx.packer.views.data import data_note, data_view, is_data
from repoctx.packer.views.text import text_of
from repoctx.terminal import one_line


@dataclass(frozen=True, slots=True)
class Examined:
    """What one reading of a file tells."""

    file: SourceFile
    facts: DocumentFacts
    imports: bytes | None
    """For ``graph.link``; None when the file has no imports that are understood."""


class Examiner:
    """Computes the facts of one file at a time; any thread may use it."""

    def __init__(self, scope: Scope) -> None:
        self._format = render.format_named(scope.format)
        self._tokenizer = tokenizer(scope.encoding)
        self._redaction = scope.redaction
        self._limit = scope.data_limit

    def examine(self, file: SourceFile, content: bytes) -> Examined:
        """Return the facts of a file with this content."""
        if file.mode == SYMLINK:
            return Examined(file, self._named(file, file.kind, _link_note(content)), None)
        kind = refine_kind(file.kind, content[:HEAD])
        if kind is Kind.BINARY or is_binary_later(content):
            note = binary_note(file.path, content)
            return Examined(file, self._named(file, Kind.BINARY, note), None)
        if 0 < self._limit < len(content) and is_data(file.path, file.kind, content):
            return Examined(file, self._data(file, content), None)
        known = imports_kind(file.path) is not None
        imports = scan_imports(file.path, content) if known else None
        return Examined(file, self._text(file, kind, content), imports)

    def _text(self, file: SourceFile, kind: Kind, content: bytes) -> DocumentFacts:
        text, redacted = readable(file.path, content, self._redaction)
        parts = self._format.parts(file.path, Level.FULL, text)
        tokens = self._tokenizer.count_joined(parts)
        line = self._format.line(budget_line(file.path, Level.NAME, kind, tokens))
        size = sum(map(size_in_utf8, parts))
        return DocumentFacts(kind, tokens, size, self._tokenizer.count(line), redacted)

    def _data(self, file: SourceFile, content: bytes) -> DocumentFacts:
        text, redacted = readable_data(file.path, content, self._redaction)
        document = self._format.document(file.path, Level.OUTLINE, text)
        note = data_note(len(content))
        line = self._format.line(Line(file.path, Level.OUTLINE, note, None))
        tokens, line_tokens = self._tokenizer.count_many((document, line))
        size = size_in_utf8(document)
        return DocumentFacts(Kind.DATA, tokens, size, line_tokens, redacted, note)

    def _named(self, file: SourceFile, kind: Kind, note: str) -> DocumentFacts:
        line = self._format.line(Line(file.path, Level.NAME, note, None))
        return DocumentFacts(kind, 0, 0, self._tokenizer.count(line), 0, note)


def readable(path: str, content: bytes, redaction: Redaction | None) -> tuple[str, int]:
    """Return the file's text without its secrets, and how many those were."""
    return _redacted(path, text_of(path, content), redaction)


def readable_data(path: str, content: bytes, redaction: Redaction | None) -> tuple[str, int]:
    """Return the head and the shape of data as ``readable`` returns a text."""
    return _redacted(path, data_view(path, content), redaction)


def _redacted(path: str, text: str, redaction: Redaction | None) -> tuple[str, int]:
    return (text, 0) if redaction is None else redaction.hide(path, text)


def size_in_utf8(text: str) -> int:
    """Return the bytes that the text takes when it is sent."""
    return len(text) if text.isascii() else len(text.encode())


def budget_line(path: str, level: Level, kind: Kind, tokens: int) -> Line:
    """Return the manifest line of a text that a budget keeps from being full."""
    ordinary = kind in (Kind.SOURCE, Kind.TEST, Kind.DOCS, Kind.DATA)
    return Line(path, level, "budget" if ordinary else f"budget, {kind}", tokens)


def _link_note(target: bytes) -> str:
    return f"symbolic link to {one_line(os.fsdecode(target))}"
