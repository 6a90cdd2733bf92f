"""Wait for whoever still writes a file that has lost its name.

A program that opened the file before (a shell's ``>>``, an editor that saves in place) may write
after; nothing but a look once it is done shows that. Linux tells when it is: a read lease is given
only on a file that nobody has open for writing (fcntl(2), F_SETLEASE). No name leads there any
more, so nobody comes after.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from contextlib import suppress

PATIENCE = 0.2
"""Seconds for all files of a change: a program that keeps a file open is not waited for longer."""
_PAUSE = 0.001
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def wait_for_writers(folder: int, name: str, until: float) -> None:
    """Return when nobody has the file open for writing, or at that ``time.monotonic``.

    At once where the system cannot tell: not Linux, a network file system, somebody else's file.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return
    with suppress(OSError):
        descriptor = os.open(name, _READ, dir_fd=folder)
        try:
            # Told of a writer who comes while the lease is held; SIGIO would end this process.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            while not _is_leased(descriptor) and time.monotonic() < until:
                time.sleep(_PAUSE)
        finally:
            os.close(descriptor)


def _is_leased(descriptor: int) -> bool:
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno == errno.EAGAIN:
            return False
        raise
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True
