"""One file of the repository as a person reads it: the text whose lines a model cites."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

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
    root = root_with(roots, path)
    if root is None:
        raise MissingError(f"{path} does not exist")
    own = path.removeprefix(root.prefix)
    content = read_beneath(root.path, own, limit=LARGEST + 1)
    if len(content) > LARGEST:
        raise RefusedError(f"{path} is larger than {LARGEST >> 20} MiB", "open it in an editor")
    if is_binary(content) or is_binary_later(content):
        raise RefusedError(f"{path}: {binary_note(own, content)}")
    return text_of(own, content).replace("\r\n", "\n")
