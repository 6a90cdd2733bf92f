"""The person's own editor on a text that is nowhere else: private, outside the repository, gone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from repoctx.errors import RepoctxError


def edited(text: str, name: str) -> str:
    """Return the text as the person saves it in ``$VISUAL`` or ``$EDITOR``.

    Bytes that are not text come back as they were. UsageError when neither is set, RepoctxError
    when the editor ends with a failure.
    """
    from repoctx.sandbox import edit, editor

    command = editor()
    with tempfile.TemporaryDirectory(prefix="repoctx-") as folder:  # mode 0700
        file = Path(folder, name)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as written:
            written.write(text.encode("utf-8", "surrogateescape"))
        code = edit(command, file)
        if code != 0:
            raise RepoctxError(f"the editor ended with {code}; nothing is changed")
        try:
            return file.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            raise RepoctxError("the editor left no file; nothing is changed") from None
