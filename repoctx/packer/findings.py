"""List the secrets of a snapshot: what a pack of it would hide, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repoctx.packer.facts import Scope
from repoctx.packer.index import Index
from repoctx.packer.secrets import Secret, name_of, public_beginning
from repoctx.packer.snapshot import Snapshot
from repoctx.packer.survey import survey
from repoctx.packer.views.data import data_view
from repoctx.packer.views.text import text_of


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret and its place; the secret itself is not in here."""

    path: str
    line: int
    """From 1, of the text that a pack shows; where the secret begins."""
    kind: str
    name: str
    """``kind:digits``: goes into the placeholder, and into an allow-list."""
    length: int
    """Characters of the secret."""
    beginning: str
    """What every secret of its kind begins with, as the vendor published; mostly empty."""

    @property
    def placeholder(self) -> str:
        """What a pack shows instead."""
        return f"[REDACTED:{self.name}]"

    @property
    def preview(self) -> str:
        """What may be shown of the secret."""
        return f"{self.beginning}… ({self.length} characters)"


def list_secrets(
    snapshot: Snapshot,
    index: Index,
    scope: Scope,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Finding]:
    """Yield the secrets by path and line; reads only files that are new or known to hold some.

    Raises UsageError when the allow-list makes no sense.
    """
    assert scope.redaction is not None
    facts = survey(snapshot, index, scope, progress).documents
    holding = (file for file in snapshot.files if facts[file.path].redacted)
    for file, content in snapshot.read_all(holding):
        shown = data_view if facts[file.path].is_view else text_of
        text = shown(file.path, content)
        position, line = 0, 1
        for secret in scope.redaction.find(file.path, text):
            line += text.count("\n", position, secret.start)
            position = secret.start
            yield _finding(file.path, line, text, secret, scope.redaction.key)


def _finding(path: str, line: int, text: str, secret: Secret, key: bytes) -> Finding:
    value = text[secret.start : secret.end]
    beginning = public_beginning(secret.kind, value)
    return Finding(path, line, secret.kind, name_of(text, secret, key), len(value), beginning)
