"""Name what the model sees of a path, so that two looks can be compared without the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repoctx.packer.facts import fact_key
from repoctx.packer.manifest import Document
from repoctx.packer.select import Level

FULL = f"{Level.FULL} "


def version_of(document: Document) -> str:
    """Return level and content of what is shown, or level and reason where no text is."""
    if document.shown and document.file is not None:
        return f"{document.level} {fact_key(document.file)}"
    return f"{document.level} {document.reason}"


@dataclass(frozen=True, slots=True)
class Changes:
    """How the present differs from what the model has been shown."""

    new: tuple[Document, ...]
    """To be shown, in the order of the pack: new paths, changed ones, higher levels."""
    gone: tuple[str, ...]
    """Paths that are no longer there."""

    @property
    def is_empty(self) -> bool:
        """True when what was shown still holds."""
        return not self.new and not self.gone


def changes(shown: Mapping[str, str], documents: Sequence[Document]) -> Changes:
    """Return what an update must say.

    A text that was shown in full and has not changed stays, whatever level it would have now: to
    take it back costs more than to leave it.
    """
    new = tuple(
        document
        for document in documents
        if shown.get(document.path) != version_of(document)
        and not _holds_more(shown.get(document.path, ""), document)
    )
    present = {document.path for document in documents}
    return Changes(new, tuple(sorted(path for path in shown if path not in present)))


def _holds_more(version: str, document: Document) -> bool:
    """True when the model has the whole present text although the document shows less of it."""
    return document.file is not None and version == FULL + fact_key(document.file)
