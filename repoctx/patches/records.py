"""What a journal holds: the steps of a change with every content before and after.

Saved as two files: a manifest (a line of JSON and its SHA-256), and the contents one after the
other. Two files rather than one for each content, because a file costs an fsync: a patch of 100
files needs 2 and not 200.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from repoctx.patches.edits import ChangeKind, FileState
from repoctx.patches.images import Image, Signature

SCHEMA = "repoctx.journal/1"


@dataclass(frozen=True, slots=True)
class Step:
    """One path of the tree, before and after; the two states differ."""

    path: str
    before: Image | None
    after: Image | None
    seen: Signature | None = None
    """What was on disk when the step was planned."""
    old_path: str | None = None
    """The path that this file is renamed from; that path has a step of its own."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the history shows of a change."""

    id: str
    """Eight hex digits."""
    kind: Literal["apply", "undo", "redo"]
    target: str
    """The id of the change that an undo or redo is about; empty for an apply."""
    time: float
    """Seconds since 1970."""
    note: str
    files: tuple[tuple[str, ChangeKind], ...]
    """Path and kind of each change, as a person would list them."""


@dataclass(frozen=True, slots=True)
class Record:
    """A whole change, ready to be written and to be taken back."""

    header: Header
    steps: tuple[Step, ...]
    made: tuple[tuple[str, int | None], ...] = ()
    """Folders to make, outer before inner, with permission bits (None: the system's default)."""
    emptied: tuple[tuple[str, int], ...] = ()
    """Folders to remove if the change leaves them empty, outer before inner."""

    def temporary(self, number: int) -> str:
        """The name, beside its target, of the new file of one step, and then of the old one."""
        return f".repoctx-{self.header.id}-{number}.tmp"

    def restored(self, number: int) -> str:
        """The name, beside its target, of an old file that is made again from the journal."""
        return f".repoctx-{self.header.id}-{number}.old"


class DamagedError(ValueError):
    """A saved record is not whole."""


def save(record: Record) -> tuple[bytes, bytes]:
    """Return the manifest and the contents of a record, as files."""
    contents = _Contents()
    steps = [
        {
            "path": step.path,
            "before": _image_json(step.before, contents),
            "after": _image_json(step.after, contents),
            "seen": step.seen,
            "old_path": step.old_path,
        }
        for step in record.steps
    ]
    manifest = asdict(record.header) | {
        "schema": SCHEMA,
        "steps": steps,
        "made": record.made,
        "emptied": record.emptied,
    }
    line = json.dumps(manifest).encode("ascii")
    return line + b"\n" + _digest(line) + b"\n", b"".join(contents.pieces)


def load(manifest: bytes, contents: bytes) -> Record:
    """Return a saved record with each content checked; DamagedError when one does not fit."""
    saved = _parse(manifest)
    steps = tuple(_step(step, contents) for step in saved["steps"])
    made = tuple((path, mode) for path, mode in saved["made"])
    emptied = tuple((path, mode) for path, mode in saved["emptied"])
    return Record(_header(saved), steps, made, emptied)


def load_header(manifest: bytes) -> Header:
    """Return what the history shows of a saved record; DamagedError when it is not whole."""
    return _header(_parse(manifest))


class _Contents:
    """The contents of a record, each kept once."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._places: dict[str, int] = {}
        self._size = 0

    def place(self, content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self._places:
            self._places[digest] = self._size
            self._size += len(content)
            self.pieces.append(content)
        return {"sha256": digest, "offset": self._places[digest], "size": len(content)}


def _image_json(image: Image | None, contents: _Contents) -> dict[str, Any] | None:
    if image is None:
        return None
    return contents.place(image.state.content) | {
        "mode": image.state.mode,
        "permissions": image.permissions,
        "owner": image.owner,
        "attributes": [(n, base64.b64encode(v).decode("ascii")) for n, v in image.attributes],
    }


def _parse(manifest: bytes) -> dict[str, Any]:
    line, _, digest = manifest.partition(b"\n")
    if digest != _digest(line) + b"\n":
        raise DamagedError("the manifest is not what was written")
    saved: dict[str, Any] = json.loads(line)
    if saved["schema"] != SCHEMA:
        raise DamagedError(f"{saved['schema']} is not {SCHEMA}")
    return saved


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest().encode("ascii")


def _header(saved: dict[str, Any]) -> Header:
    files = tuple((path, kind) for path, kind in saved["files"])
    return Header(saved["id"], saved["kind"], saved["target"], saved["time"], saved["note"], files)


def _step(saved: dict[str, Any], contents: bytes) -> Step:
    before = _image(saved["before"], contents)
    after = _image(saved["after"], contents)
    seen = tuple(saved["seen"]) if saved["seen"] else None
    return Step(saved["path"], before, after, seen, saved["old_path"])


def _image(saved: dict[str, Any] | None, contents: bytes) -> Image | None:
    if saved is None:
        return None
    content = contents[saved["offset"] : saved["offset"] + saved["size"]]
    if hashlib.sha256(content).hexdigest() != saved["sha256"]:
        raise DamagedError("a content is not what it was")
    attributes = tuple((name, base64.b64decode(value)) for name, value in saved["attributes"])
    owner = (saved["owner"][0], saved["owner"][1]) if saved["owner"] else None
    return Image(FileState(content, saved["mode"]), saved["permissions"], owner, attributes)
