"""One file of the repository as a person reads it: the text whose lines a model cites."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from repoctx.decoding import is_binary
from repoctx.errors import RefusedError
from repoctx.files import MissingError, read_beneath
from repoctx.packer.kinds import is_binary_later
from repoctx.packer.views.assets import binary_note
from repoctx.packer.views.text import text_of
from repoctx.roots import Root, root_with

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is shown."""


def holds(roots: Sequence[Root], path: str) -> bool:
    """True when there is a regular file of this path beneath its root; reads nothing."""
    root = root_with(roots, path)
    if root is None:
        return False
    try:
        status = os.lstat(root.path / path.removeprefix(root.prefix))
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode)


def shown(roots: Sequence[Root], path: str) -> str:
    """Return the file's text as it is now: a notebook's cells, any other file's own lines.

    Line endings are ``\\n``. Raises MissingError, RefusedError for what is not text, is no file
    beneath the root, or is larger than ``LARGEST``, and RepoctxError when it cannot be read.
    """
    root, own = _place(roots, path)
    content = read_beneath(root.path, own, limit=LARGEST + 1)
    if len(content) > LARGEST:
        raise RefusedError(f"{path} is larger than {LARGEST >> 20} MiB", "open it in an editor")
    _check_text(path, own, content)
    return text_of(own, content).replace("\r\n", "\n")


def editable(roots: Sequence[Root], path: str) -> Path:
    """Return where the file lies, for the person's own editor; its size does not matter.

    Raises MissingError, RefusedError for what is not text or is no file beneath the root.
    """
    root, own = _place(roots, path)
    _check_text(path, own, read_beneath(root.path, own, limit=LARGEST))
    return root.path.absolute() / own


def _place(roots: Sequence[Root], path: str) -> tuple[Root, str]:
    """Return the root whose file it is, and the path beneath it."""
    root = root_with(roots, path)
    if root is None:
        raise MissingError(f"{path} does not exist")
    return root, path.removeprefix(root.prefix)


def _check_text(path: str, own: str, content: bytes) -> None:
    if is_binary(content) or is_binary_later(content):
        raise RefusedError(f"{path}: {binary_note(own, content)}")
