"""What a person typed behind ``--attach``: a file or the address of a web page."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from repoctx.attachments.attachment import Attachment
from repoctx.attachments.content import attachment_of, check_size
from repoctx.attachments.fetching import Fetcher
from repoctx.attachments.pages import attachment_of_page
from repoctx.errors import RefusedError, UsageError

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def attach(
    source: str, limit: int, *, local_only: bool = False, fetcher: Fetcher | None = None
) -> Attachment:
    """Return what a source holds: the path of a file, or an http or https address.

    ``limit`` is the setting ``attach_limit``, in bytes. Raises UsageError when the source makes no
    sense, RefusedError for a page with ``local_only`` or at an address that is not public,
    RepoctxError when a page cannot be had.
    """
    scheme = _ADDRESS.match(source)
    if scheme is None:
        return attachment_of(_name(source), _read(source, limit), limit)
    if scheme[1].lower() not in ("http", "https"):
        raise UsageError(
            f"cannot attach {source}: only http and https are fetched", "attach a file instead"
        )
    if local_only:
        raise RefusedError(
            f"{source} is not on this machine, and local_only is set",
            "save the page as text or PDF and attach that, or take local_only back",
        )
    return attachment_of_page((fetcher or Fetcher()).fetch(source), limit)


def _name(source: str) -> str:
    """The path as typed when it tells nothing about this machine, else the file's name."""
    path = Path(source)
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()


def _read(source: str, limit: int) -> bytes:
    """Read a file or a pipe, and no more of it than may be attached."""
    try:
        # A pipe is fine (``<(command)``); a device could answer for ever.
        mode = os.stat(source).st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(
                f"cannot attach {source}: it is a folder",
                "-C DIR reads a folder as part of the question, --files-from FILE the files listed",
            )
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise UsageError(f"cannot attach {source}: it is no file", "name a file")
        with open(source, "rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from None
    check_size(source, len(content), limit)
    return content


def _unreadable(source: str, error: OSError | ValueError) -> UsageError:
    if source == "-":
        return UsageError("- cannot be attached", "what is piped in goes along without being named")
    if isinstance(error, FileNotFoundError) and re.search(r"[*?\[]", source):
        return UsageError(
            f"cannot attach {source}: --attach takes one file at a time",
            "repeat --attach, or list many files for --files-from",
        )
    reason = error.strerror if isinstance(error, OSError) else "no file can have that name"
    return UsageError(f"cannot attach {source}: {reason}", "name a file, or an http address")
