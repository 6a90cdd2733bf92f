"""Know the very file that a git patch was made from, and apply a binary patch to it."""

from __future__ import annotations

from repoctx.files import blob_id
from repoctx.patches.edits import BinaryPatch, EditError, FileState
from repoctx.patches.formats.binary import Room, apply_delta


def patched(path: str, state: FileState, patch: BinaryPatch, room: Room) -> bytes:
    """Return the content that the patch makes of the file; raises EditError."""
    check_blob(path, state.content, patch.old_blob)
    try:
        content = apply_delta(state.content, patch.data, room) if patch.is_delta else patch.data
    except ValueError as error:
        raise EditError(f"the binary patch does not fit {path}: {error}", "") from None
    if patch.new_blob.strip("0") and blob_id(content) != patch.new_blob:
        raise EditError(f"the binary patch of {path} does not give what it says", "")
    return content


def check_blob(path: str, content: bytes, blob: str) -> None:
    """Raise EditError unless the file is the one that a patch was made from."""
    if blob.strip("0") and blob_id(content) != blob:
        raise EditError(f"{path} is not the file that the patch was made from", "")


def is_blob(content: bytes, beginning: str) -> bool:
    """True when the content's blob id begins so, in either of git's object formats."""
    return _begins(_blob_ids(content), beginning) if beginning.strip("0") else False


class Blobs:
    """The blob ids of files as they are, each made once: thousands of edits may ask for them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, tuple[str, ...]]] = {}

    def is_named(self, path: str, state: FileState | None, beginning: str) -> bool:
        """True when the blob id of the file in this state begins so; None is no file."""
        if state is None or not beginning.strip("0"):
            return False
        known = self._known.get(path)
        if known is None or known[0] is not state.content:
            known = self._known[path] = (state.content, _blob_ids(state.content))
        return _begins(known[1], beginning)


def _blob_ids(content: bytes) -> tuple[str, ...]:
    return tuple(blob_id(content, name) for name in ("sha1", "sha256"))


def _begins(blobs: tuple[str, ...], beginning: str) -> bool:
    return any(blob.startswith(beginning) for blob in blobs)
