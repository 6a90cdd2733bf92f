"""The command line: flags -> session calls -> text. Standard output is data, error narration."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

from repoctx.errors import CancelledError, RepoctxError
from repoctx.terminal import one_line


def main() -> NoReturn:
    """Run the command line; the one place that turns errors into text and an exit code."""
    try:
        from repoctx.cli.app import run

        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        code = _reader_left()
    except KeyboardInterrupt:
        code = _tell(CancelledError("cancelled; nothing more is written"))
    except RepoctxError as error:
        code = _tell(error)
    except OSError as error:
        code = _tell(_disk_error(error))
    except ImportError as error:
        code = _tell(_not_loaded(error))
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback reaches a person
        code = _unexpected(error)
    raise SystemExit(code)


def _tell(error: RepoctxError) -> int:
    try:
        from repoctx.cli.narrator import Narrator

        Narrator().error(error.message, error.hint)
    except (ImportError, OSError):  # no file can be opened any more, not even our own
        hint = f"  hint: {one_line(error.hint)}\n" if error.hint else ""
        sys.stderr.write(f"repoctx: {one_line(error.message)}\n{hint}")
    return error.exit_code


def _reader_left() -> int:
    """The reader of our output closed it, like ``head`` does; say nothing more to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _disk_error(error: OSError) -> RepoctxError:
    where = f"{error.filename!s}: " if error.filename else ""
    hints = {
        errno.ENOSPC: "free some space and try again",
        errno.EMFILE: "too many files are open; look at `ulimit -n`",
    }
    return RepoctxError(f"{where}{error.strerror or error}", hints.get(error.errno or 0, ""))


def _not_loaded(error: ImportError) -> RepoctxError:
    """Python says that a module is missing also where its file cannot be opened."""
    return RepoctxError(
        f"a part of repoctx cannot be loaded: {error}",
        "look at `ulimit -n` and at the disk; if that is not it, install repoctx again",
    )


def _unexpected(error: Exception) -> int:
    """Click's own errors in one line; anything else is a defect: keep its traceback in a file."""
    from repoctx.cli.narrator import Narrator
    from repoctx.cli.usage import usage_error

    if (told := usage_error(error)) is not None:
        if told.message:
            Narrator().error(told.message, told.hint)
        return told.exit_code
    from repoctx.defects import as_error

    defect = as_error(error)
    Narrator().error(defect.message, defect.hint)
    return 1
