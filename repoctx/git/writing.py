"""Start a git that writes: with care, or as the person would have typed it.

A git that writes is asked to stop and never killed at once, so that it takes its locks away; what
it and the person's hooks say is passed on line by line.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from repoctx.errors import CancelledError
from repoctx.git.process import (
    HARMLESS,
    IMPOSED,
    GitError,
    Manner,
    Settings,
    is_foreign,
    settings_for,
    start,
)

OnLine = Callable[[str], None]
"""Gets each line that git and the hooks write; hostile text."""

_TICK = 0.05
_DRAIN_SECONDS = 0.5
"""How long to read on after git ended while something that a hook started holds its output."""
_GRACE_SECONDS = 5.0
"""Between asking git to stop and stopping it."""
_LONGEST_LINE = 1 << 16
_MOST_LINES = 200
"""Of what is said, kept for the error."""

_IDENTITY = ("GIT_AUTHOR_", "GIT_COMMITTER_")
_CAREFUL = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_EDITOR": "false",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
# `git rev-parse --local-env-vars`, but for configuration that the person gave; and what would
# change the meaning of ":(literal)" before a path.
_ELSEWHERE = frozenset(
    f"GIT_{name}"
    for name in (
        *("ALTERNATE_OBJECT_DIRECTORIES", "COMMON_DIR", "CONFIG", "DIR", "GRAFT_FILE"),
        *("IMPLICIT_WORK_TREE", "INDEX_FILE", "INTERNAL_SUPER_PREFIX", "NAMESPACE"),
        *("OBJECT_DIRECTORY", "PREFIX", "SHALLOW_FILE", "WORK_TREE", "REPLACE_REF_BASE"),
        *("GLOB_PATHSPECS", "ICASE_PATHSPECS", "LITERAL_PATHSPECS", "NOGLOB_PATHSPECS"),
    )
)

# Repository attributes of the person's own are no program, and say how line ends are stored.
_STILL_HARMLESS = tuple(pair for pair in HARMLESS if pair[0] != "core.attributesFile")
_QUIET: Settings = (
    ("commit.gpgSign", "false"),
    ("gc.auto", "0"),
    ("i18n.commitEncoding", "UTF-8"),
    ("maintenance.auto", "false"),
)


def careful() -> Manner:
    """Return the environment in which only the person's identity is the caller's own."""
    return Manner(lambda name: is_foreign(name) and not name.startswith(_IDENTITY), _CAREFUL)


def careful_settings(folder: Path, hooks: Iterable[str] = ()) -> Settings:
    """Return settings with which a commit runs no program; ``hooks`` are those of the settings."""
    drivers = settings_for(folder)[len(HARMLESS) :]
    # Other files that look changed are compared without their filter, which must be no error.
    filters = {name.rpartition(".")[0] for name, _ in drivers if name.startswith("filter.")}
    optional = tuple((f"{name}.required", "false") for name in sorted(filters))
    disabled = tuple((f"hook.{name}.enabled", "false") for name in hooks)
    return _STILL_HARMLESS + _QUIET + drivers + optional + disabled


def as_typed() -> Manner:
    """Return the person's own environment; only what points to another repository is hidden."""
    # GitPython would run hooks in the language of the machine.
    variables = {name: os.environ[name] for name in IMPOSED if name in os.environ}
    unset = frozenset(IMPOSED) - set(variables)
    return Manner(lambda name: name in _ELSEWHERE or name in unset, variables)


AS_TYPED: Settings = (("i18n.commitEncoding", "UTF-8"),)
"""The person's settings; a message of ours is UTF-8 whatever theirs are."""


def write(
    folder: Path,
    arguments: Sequence[str],
    settings: Settings,
    manner: Manner,
    stdin: bytes = b"",
    on_line: OnLine | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Run a git that writes until it ends; there is no limit of time, for hooks may run tests.

    Raises GitError with all that was said when it fails, CancelledError when ``cancelled`` turns
    true.
    """
    guard = start(folder, arguments, settings, subprocess.PIPE, manner)
    process = cast(subprocess.Popen[bytes], guard.proc)
    said = _Said(on_line)
    try:
        _follow(process, stdin, said, cancelled)
    finally:
        _stop(process)
    if process.returncode != 0:
        raise GitError(folder, "\n".join(said.lines))


class _Said:
    """What git and the hooks wrote, in lines."""

    def __init__(self, on_line: OnLine | None) -> None:
        self.lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._on_line = on_line
        self._rest: dict[int, bytes] = {}

    def feed(self, stream: int, piece: bytes) -> None:
        """Take a piece of one of the streams; an empty one is its end."""
        text = self._rest.pop(stream, b"") + piece
        *lines, rest = text.split(b"\n")
        if rest and (not piece or len(rest) > _LONGEST_LINE):
            lines, rest = [*lines, rest], b""
        if rest:
            self._rest[stream] = rest
        for line in lines:
            self._hear(line.decode("utf-8", "replace").rstrip("\r"))

    def _hear(self, line: str) -> None:
        self.lines.append(line)
        if self._on_line is not None:
            self._on_line(line)


def _follow(
    process: subprocess.Popen[bytes],
    stdin: bytes,
    said: _Said,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Feed git and hear it until it ends; a process that a hook leaves behind is not waited for."""
    pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
    ended: float | None = None
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while ended is None or time.monotonic() - ended < _DRAIN_SECONDS:
            if cancelled is not None and cancelled():
                raise CancelledError("the commit was cancelled")
            if process.poll() is not None and ended is None:
                ended = time.monotonic()
            stdin = _exchange(selector, process, stdin, said)
            if ended is not None and not any(pipe in selector.get_map() for pipe in pipes):
                break
    for pipe in pipes:
        said.feed(pipe.fileno(), b"")


def _exchange(
    selector: selectors.BaseSelector, process: subprocess.Popen[bytes], stdin: bytes, said: _Said
) -> bytes:
    """Move what is ready; return what git has not yet read."""
    if not selector.get_map():
        time.sleep(_TICK)
    for key, _ in selector.select(_TICK):
        if key.fileobj is process.stdin:
            stdin = stdin[_written(key.fd, stdin) :]
            if not stdin:
                selector.unregister(key.fileobj)
                with suppress(OSError):
                    process.stdin.close()
        elif piece := os.read(key.fd, _LONGEST_LINE):
            said.feed(key.fd, piece)
        else:
            selector.unregister(key.fileobj)
    return stdin


def _written(descriptor: int, content: bytes) -> int:
    try:
        return os.write(descriptor, content) if content else 0
    except BlockingIOError:
        return 0
    except OSError:  # git ended before it read all
        return len(content)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
