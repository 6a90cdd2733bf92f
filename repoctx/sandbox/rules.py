"""Landlock: the kernel's own rules on which files a process and its children may touch.

Version 6 of the interface (Linux 6.12) is the first that also keeps signals and abstract sockets
inside; an older one is not enough without namespaces.

landlock(7), Documentation/userspace-api/landlock.rst
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

NEEDED_VERSION = 6
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every machine
_GET_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1, 2, 4, 8, 1 << 14
_MAKE_DEVICES = 1 << 6 | 1 << 11  # character and block
_ALL_FILES = (1 << 16) - 1
_ALL_NETWORK = 3  # bind and connect, TCP
_ALL_SCOPES = 3  # abstract sockets and signals
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE


def version() -> int:
    """Return the kernel's Landlock version; 0 where there is none."""
    size, flags = ctypes.c_size_t(0), ctypes.c_uint(_GET_VERSION)
    answer: int = _libc().syscall(_CREATE, None, size, flags)
    return max(0, answer)


def restrict(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> None:
    """Allow this process and its children only these paths; needs no_new_privs. For good.

    Raises ``OSError``. No TCP, no signal and no abstract socket reaches a process outside.
    """
    attributes = struct.pack("QQQ", _ALL_FILES, _ALL_NETWORK, _ALL_SCOPES)
    ruleset = _call(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    for paths, access in (
        (readable, _READ),
        (writable, _ALL_FILES & ~_MAKE_DEVICES),
        (devices, _DEVICE),
    ):
        for path in paths:
            _allow(ruleset, path, access)
    _call(_RESTRICT, ruleset, ctypes.c_uint(0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):  # then it stays closed
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _ON_FILES
        rule = struct.pack("=Qi", access, descriptor)
        _call(_ADD, ruleset, ctypes.c_uint(_PATH_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    answer: int = _libc().syscall(number, *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "Landlock: " + os.strerror(ctypes.get_errno()))
    return answer


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
