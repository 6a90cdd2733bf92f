"""What packing knows of a file without reading it again, and how the index keeps it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from repoctx.packer import render
from repoctx.packer.kinds import Kind
from repoctx.packer.secrets import Redaction
from repoctx.packer.snapshot import SourceFile
from repoctx.packer.views import data, notebook

VERSION = 3
"""Part of the key of cached facts: raise it when they are computed differently."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a document's facts depend on besides the file."""

    format: str
    encoding: str
    redaction: Redaction | None
    """None shows secrets as they are."""
    data_limit: int = 0
    """Bytes beyond which data is shown as head and shape; 0 for never."""

    @property
    def kind(self) -> str:
        """The kind of these facts in the index."""
        redaction = "shown" if self.redaction is None else self.redaction.fingerprint
        versions = f"{VERSION}.{render.VERSION}"
        views = f"{notebook.VERSION}.{data.VERSION}.{self.data_limit}"
        return f"document:{versions}:{views}:{self.format}:{self.encoding}:{redaction}"


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A file's kind and the size of its document."""

    kind: Kind
    tokens: int
    """Of its document; 0 when it has no text to show."""
    bytes: int
    """Of its document, in UTF-8."""
    line: int
    """Tokens of its line in the manifest when it is not shown in full."""
    redacted: int
    """Secrets replaced in its text."""
    note: str = ""
    """Why it is not shown in full: it has no text (binary, symbolic link), or it is large data
    and its document is no more than its head and shape. Empty for any other text."""

    @property
    def is_view(self) -> bool:
        """True when the document is the head and shape of data."""
        return bool(self.note) and self.tokens > 0


def fact_key(file: SourceFile) -> str:
    """Return the key of a document's facts: its content, and its path, which is part of it."""
    where = f"{file.kind} {file.mode:o} {file.path}"
    return file.blob + hashlib.blake2b(os.fsencode(where), digest_size=8).hexdigest()


def to_bytes(facts: DocumentFacts) -> bytes:
    """Return the value that the index keeps."""
    numbers = f"{facts.tokens} {facts.bytes} {facts.line} {facts.redacted}"
    return f"{facts.kind} {numbers} {facts.note}".encode()


def from_bytes(value: bytes) -> DocumentFacts | None:
    """Return the facts that ``to_bytes`` wrote; None for anything else."""
    try:
        kind, tokens, size, line, redacted, note = value.decode().split(" ", 5)
        return DocumentFacts(Kind(kind), int(tokens), int(size), int(line), int(redacted), note)
    except ValueError:
        return None
