"""Root only: let a stranger reach folders in private ones, in a view of the files of its own.

An interpreter under ``/root`` (mode 0700), or an environment that ``mktemp -d`` made, is closed to
the user that a confined command becomes. Here the private folder is covered by an empty one in a
new mount namespace, and only the folders that are to be read are put back into it.

mount(2), unshare(2), mount_namespaces(7)
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_NEW_NAMESPACE = 0x00020000
_NO_SUID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_ENTER = 1
_READ_AND_ENTER = 5


def open_way(paths: Iterable[str], uid: int) -> None:
    """Make every path reachable for the user ``uid``, in this process and its children alone.

    Does nothing where all are, or where root has lost the right to mount (some containers): what
    cannot be reached then stays closed.
    """
    needed = [path for path in paths if os.path.exists(path)]
    gates = sorted({gate for path in needed if (gate := _gate(path, uid))}, key=len)
    if not gates or _libc().unshare(_NEW_NAMESPACE) != 0:
        return
    os.umask(0o022)
    _mount(None, "/", _RECURSIVE | _PRIVATE)
    for gate in gates:
        if (
            os.path.exists(gate) and _gate(gate, uid) is not None
        ):  # no outer one has opened it already
            _reopen(gate, [path for path in needed if _within(path, gate)])


def _gate(path: str, uid: int) -> str | None:
    """Return the outermost folder on the way that the user cannot pass, if there is one."""
    for folder in [*reversed(Path(path).parents), Path(path)]:
        wanted = _READ_AND_ENTER if str(folder) == path else _ENTER
        if folder.is_dir() and _rights(folder.stat(), uid) & wanted != wanted:
            return str(folder)
    return None


def _rights(status: os.stat_result, uid: int) -> int:
    """The user's own three bits of the mode; the user is in no group."""
    return status.st_mode >> 6 if status.st_uid == uid else status.st_mode


def _reopen(gate: str, paths: list[str]) -> None:
    """Cover the gate and put back, beneath it, what is to be read."""
    parts = [part for path in paths for part in ([path] if path != gate else _inside(gate))]
    sources = [(part, os.open(part, os.O_PATH)) for part in sorted(set(parts), key=len)]
    _mount("tmpfs", gate, _NO_SUID | _NO_DEVICES, "tmpfs", "mode=0755,size=1m")
    for part, descriptor in sources:
        if not os.path.exists(part):
            _make(part, os.path.isdir(f"/proc/self/fd/{descriptor}"))
            _mount(f"/proc/self/fd/{descriptor}", part, _BIND | _RECURSIVE)
        os.close(descriptor)


def _inside(folder: str) -> list[str]:
    return [os.path.join(folder, name) for name in os.listdir(folder)]


def _make(path: str, is_folder: bool) -> None:
    os.makedirs(path if is_folder else os.path.dirname(path), mode=0o755, exist_ok=True)
    if not is_folder:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))


def _mount(
    source: str | None, target: str, flags: int, kind: str | None = None, data: str | None = None
) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    options = None if data is None else data.encode()
    if _libc().mount(*encoded, ctypes.c_ulong(flags), options) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}: {os.strerror(ctypes.get_errno())}")


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
