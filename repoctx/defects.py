"""A defect of our own: told in one line, with its traceback kept in a file."""

from __future__ import annotations

import os
from contextlib import suppress

from repoctx.errors import RepoctxError


def as_error(defect: BaseException) -> RepoctxError:
    """Return what a person is told, once the traceback is kept in a file of mode 0600."""
    import traceback

    from platformdirs import user_log_path

    said = f"a defect in repoctx: {type(defect).__name__}: {defect}"
    with suppress(OSError):  # a full disk must not hide the defect
        path = user_log_path("repoctx", ensure_exists=True) / "error.log"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.writelines(traceback.format_exception(defect))
        return RepoctxError(said, f"the details are in {path}")
    return RepoctxError(said)
