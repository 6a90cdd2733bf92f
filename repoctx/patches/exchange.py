"""Swap two names in one step, where the system can.

``rename`` throws away whatever has the name at that moment, even what somebody saved a microsecond
ago. A swap throws away nothing: what came out can be looked at, and put back. Python has no call
for it, so this is the one place that asks the C library (Linux renameat2, macOS renameatx_np).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import cache
from typing import Any

_SWAP = 2
"""RENAME_EXCHANGE on Linux and RENAME_SWAP on macOS."""

_CANNOT = {errno.EINVAL, errno.EXDEV, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
"""What a file system, an old kernel or a container without the call answers."""


def swap(folder: int, one: str, other: str) -> bool:
    """Swap two names of an open folder; False, and nothing done, where that cannot be.

    Raises FileNotFoundError when one of them is gone.
    """
    call = _call()
    if call is None:
        return False
    number = call(folder, os.fsencode(one), folder, os.fsencode(other))
    if number and number not in _CANNOT:
        raise OSError(number, os.strerror(number), other)
    return number == 0


@cache
def _call() -> Callable[[int, bytes, int, bytes], int] | None:
    """Return a function that swaps and gives the errno, None where the C library has none.

    Also where it cannot be loaded, because no file can be opened any more: a change under way must
    end in this process, not in a traceback.
    """
    try:
        import ctypes  # 5 ms, and only a change on disk needs it

        library: Any = ctypes.CDLL(None, use_errno=True)
    except (ImportError, OSError):
        return None
    for name in ("renameat2", "renameatx_np"):
        function = getattr(library, name, None)
        if function is not None:
            break
    else:
        return None
    function.argtypes = [
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    ]

    def call(old_folder: int, old: bytes, new_folder: int, new: bytes) -> int:
        failed = function(old_folder, old, new_folder, new, _SWAP)
        return ctypes.get_errno() if failed else 0

    return call
