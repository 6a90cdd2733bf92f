"""Notes every call of a process that changes files. Reads /proc, so for Linux only."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from repoctx.patches import exchange

Call: TypeAlias = tuple[str, tuple[str, ...], Any]
"""A recorded call: its name, the absolute paths it is about, and bytes or mode."""


class Recorder:
    """Does every call, and notes those that change files."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._real = {name: getattr(os, name) for name in self.HANDLERS}
        for name in self.HANDLERS:
            setattr(os, name, self._wrapped(name))
        setattr(exchange, "swap", self._swap(exchange.swap))  # noqa: B010 - mypy minds the other

    def _wrapped(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            noted = self.HANDLERS[name](self, *arguments, **named)
            result = self._real[name](*arguments, **named)
            if name == "write":
                noted = (noted[0], noted[1], noted[2][:result])
            if noted:
                self.calls.append(noted)
            return result

        return call

    def _swap(self, real: Callable[[int, str, str], bool]) -> Callable[[int, str, str], bool]:
        def call(folder: int, one: str, other: str) -> bool:
            done = real(folder, one, other)
            if done:
                paths = (self._path(one, folder), self._path(other, folder))
                self.calls.append(("swap", paths, None))
            return done

        return call

    def _path(self, path: Any, folder: int | None = None) -> str:
        base = os.getcwd() if folder is None else self._open_path(folder)
        return os.path.join(base, os.fspath(path))

    def _open_path(self, descriptor: int) -> str:
        return os.readlink(f"/proc/self/fd/{descriptor}")

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> Any:
        return ("create", (self._path(path, dir_fd),), mode) if flags & os.O_EXCL else None

    def _mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> Call:
        return "mkdir", (self._path(path, dir_fd),), mode

    def _write(self, descriptor: int, data: Any) -> Call:
        return "write", (self._open_path(descriptor),), bytes(data)

    def _chmod(self, descriptor: int, mode: int) -> Call:
        return "chmod", (self._open_path(descriptor),), mode

    def _fsync(self, descriptor: int) -> Call:
        return "fsync", (self._open_path(descriptor),), None

    def _remove(self, path: Any, *, dir_fd: int | None = None) -> Call | None:
        target = self._path(path, dir_fd)
        return ("unlink", (target,), None) if os.path.lexists(target) else None

    def _rmdir(self, path: Any, *, dir_fd: int | None = None) -> Call | None:
        target = self._path(path, dir_fd)
        gone = os.path.isdir(target) and not os.listdir(target)
        return ("unlink", (target,), None) if gone else None

    def _rename(
        self, old: Any, new: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
    ) -> Call:
        return "rename", (self._path(old, src_dir_fd), self._path(new, dst_dir_fd)), None

    def _symlink(self, target: Any, path: Any, *, dir_fd: int | None = None) -> Call:
        return "symlink", (self._path(path, dir_fd),), os.fsencode(target)

    def _link(
        self,
        old: Any,
        new: Any,
        *,
        src_dir_fd: int | None = None,
        dst_dir_fd: int | None = None,
        follow_symlinks: bool = True,
    ) -> Call:
        return "link", (self._path(old, src_dir_fd), self._path(new, dst_dir_fd)), None

    HANDLERS: dict[str, Callable[..., Any]] = {  # noqa: RUF012 - built once, never changed
        "open": _open,
        "mkdir": _mkdir,
        "write": _write,
        "fchmod": _chmod,
        "fsync": _fsync,
        "unlink": _remove,
        "rmdir": _rmdir,
        "rename": _rename,
        "link": _link,
        "symlink": _symlink,
    }


def recorded(work: Callable[[], object], note: Path) -> list[Call]:
    """Run the work in a process of its own and return its calls."""
    child = os.fork()
    if child == 0:
        recorder = Recorder()
        work()
        with open(note, "wb") as file:
            pickle.dump(recorder.calls, file)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the recorded run failed")
    calls: list[Call] = pickle.loads(note.read_bytes())
    return calls
