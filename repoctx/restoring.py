"""What a pack shows in place of bytes that are not text and of secrets, put back in an edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from repoctx.packer.render import unshown
from repoctx.packer.secrets import Redaction, Restorer
from repoctx.patches.edits import EditConflict, FileChange

_PLACEHOLDER = "[REDACTED:"


def restorer(redaction: Callable[[], Redaction]) -> Callable[[str, str, str], str]:
    """Return a function of a path, a text for it, and the file's text: the text as it was meant.

    Only the secrets of this very file come back. ``redaction`` is asked when there are any: it
    reads the person's key.
    """

    @cache
    def secrets() -> Restorer:
        return Restorer(redaction())

    def restore(path: str, text: str, file_text: str) -> str:
        text = unshown(text)
        return secrets().restore(text, path, file_text) if _PLACEHOLDER in text else text

    return restore


def left_placeholders(changes: Iterable[FileChange]) -> Iterator[EditConflict]:
    """Yield a conflict for each file that would gain a placeholder that stands for nothing."""
    for change in changes:
        before = change.before.content if change.before else b""
        after = change.after.content if change.after else b""
        if after.count(_PLACEHOLDER.encode()) > before.count(_PLACEHOLDER.encode()):
            yield EditConflict(
                change.path,
                "the new text holds a [REDACTED:…] placeholder that stands for no secret of this"
                " file",
                "write the value yourself, or leave that line as it is",
            )
