"""Make the text of a pack's documents while it is read, so that memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repoctx.errors import RepoctxError
from repoctx.packer.examine import readable, size_in_utf8
from repoctx.packer.facts import Scope, fact_key
from repoctx.packer.index import Index
from repoctx.packer.manifest import Document
from repoctx.packer.outlines import Outliner
from repoctx.packer.render import format_named
from repoctx.packer.select import Level
from repoctx.packer.snapshot import Snapshot
from repoctx.packer.views.text import remarks

_SLICE = 1 << 20  # characters


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text of documents comes from."""

    snapshot: Snapshot
    index: Index
    scope: Scope
    outliner: Outliner

    def chunks(self, documents: Sequence[Document]) -> Iterator[str]:
        """Yield the text of the documents that are shown, in pieces; none is empty.

        Raises RepoctxError when a file has changed since the snapshot.
        """
        for _, parts in self.rendered(documents):
            for part in parts:
                yield from _slices(part)

    def rendered(self, documents: Sequence[Document]) -> Iterator[tuple[Document, tuple[str, ...]]]:
        """Yield the documents that are shown with their parts: a full text stands between two."""
        full = (d.file for d in documents if d.level is Level.FULL and d.file is not None)
        contents = self.snapshot.read_all(full)
        for document in documents:
            if document.level is Level.FULL:
                yield document, self._full(document, next(contents)[1])
            elif document.level is Level.OUTLINE and document.file is not None:
                yield document, (self.outliner.document(document.file),)

    def remarks(self, document: Document) -> Iterator[str]:
        """Yield what a person should know of a text besides its level; reads the file."""
        if document.shown and document.file is not None:
            yield from remarks(document.path, self.snapshot.read(document.file))

    def _full(self, document: Document, content: bytes) -> tuple[str, ...]:
        redaction = self.scope.redaction if document.redacted else None
        text, _ = readable(document.path, content, redaction)
        parts = format_named(self.scope.format).parts(document.path, Level.FULL, text)
        if sum(map(size_in_utf8, parts)) != document.bytes and document.file is not None:
            self.index.remember(self.scope.kind, {fact_key(document.file): b""})  # count it anew
            raise RepoctxError(f"{document.path} is not as it was counted", "try again")
        return parts


def _slices(text: str) -> Iterator[str]:
    """Yield the text in pieces whose encoded copies are small; most texts are one."""
    for start in range(0, len(text), _SLICE):
        yield text[start : start + _SLICE]
