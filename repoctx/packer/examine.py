"""Learn everything about one file from its bytes: kind, secrets, tokens, imports."""

from __future__ import annotations

import os
from dataclasses import dataclass

from repoctx.files import decode
from repoctx.packer import render
from repoctx.packer.facts import DocumentFacts, Scope
from repoctx.packer.graph import imports_kind, scan_imports
from repoctx.packer.kinds import HEAD, Kind, refine_kind
from repoctx.packer.render import Line
from repoctx.packer.secrets import Redaction
from repoctx.packer.select import Level
from repoctx.packer.snapshot import SYMLINK, SourceFile
from repoctx.packer.tokens import tokenizer
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

    def examine(self, file: SourceFile, content: bytes) -> Examined:
        """Return the facts of a file with this content."""
        if file.mode == SYMLINK:
            return Examined(file, self._named(file, file.kind, _link_note(content)), None)
        kind = refine_kind(file.kind, content[:HEAD])
        if kind is Kind.BINARY:
            return Examined(file, self._named(file, kind, _binary_note(content)), None)
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

    def _named(self, file: SourceFile, kind: Kind, note: str) -> DocumentFacts:
        line = self._format.line(Line(file.path, Level.NAME, note, None))
        return DocumentFacts(kind, 0, 0, self._tokenizer.count(line), 0, note)


def readable(path: str, content: bytes, redaction: Redaction | None) -> tuple[str, int]:
    """Return the file's text without its secrets, and how many those were."""
    text = decode(content).text
    return (text, 0) if redaction is None else redaction.hide(path, text)


def size_in_utf8(text: str) -> int:
    """Return the bytes that the text takes when it is sent."""
    return len(text) if text.isascii() else len(text.encode())


def budget_line(path: str, level: Level, kind: Kind, tokens: int) -> Line:
    """Return the manifest line of a text that a budget keeps from being full."""
    ordinary = kind in (Kind.SOURCE, Kind.TEST, Kind.DOCS, Kind.DATA)
    return Line(path, level, "budget" if ordinary else f"budget, {kind}", tokens)


_MAGIC = (
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"RIFF", "RIFF media"),
    (b"\0\0\1\0", "icon"),
    (b"%PDF", "PDF"),
    (b"PK\3\4", "zip archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"\x7fELF", "ELF object"),
    (b"SQLite format 3", "SQLite database"),
    (b"\0asm", "WebAssembly"),
    (b"wOF", "web font"),
    (b"\xca\xfe\xba\xbe", "Java class"),
)


def _binary_note(content: bytes) -> str:
    kind = next((f", {name}" for magic, name in _MAGIC if content.startswith(magic)), "")
    return f"binary{kind}, {len(content)} bytes"


def _link_note(target: bytes) -> str:
    return f"symbolic link to {one_line(os.fsdecode(target))}"
