"""Any command as a backend: it reads the prompt on standard input and writes the reply.

The command is started without a shell, with the person's own environment, in the current folder.
The prompt is UTF-8 text in the layout of ``messages.plain_prompt``; it comes as a file, so that a
command may read it slowly, in part or not at all. Standard output, as it comes, is the answer. An
exit status other than 0 fails the question with the end of standard error.
"""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import IO

from repoctx.backends.answer import Answer
from repoctx.backends.base import Backend, BackendError, BackendSettings, Request
from repoctx.backends.body import spooled
from repoctx.backends.messages import plain_prompt
from repoctx.backends.waiting import Patience, Put, threaded
from repoctx.errors import UsageError
from repoctx.events import Event, Progress

_PIECE = 64 << 10
_TAIL = 4_000
_SHOWN = 300
_GRACE_SECONDS = 1.0
"""Of silence, after which the output of a command that is over is over too."""


def create(settings: BackendSettings) -> Backend:
    """Return the backend. Raises UsageError when no command is set."""
    if not settings.command or not settings.command[0]:
        raise UsageError(
            "the exec backend has no command", 'set command = ["program", "argument"] for it'
        )
    return ExecBackend(settings)


class ExecBackend:
    """One command, started anew for each question."""

    def __init__(self, settings: BackendSettings) -> None:
        self._settings = settings

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield what the command writes; see ``Backend.stream``."""
        patience = Patience(request.cancellation, request.limits.seconds)
        with spooled(plain_prompt(request), patience.check) as prompt:
            command = _Command(self._settings.command, prompt)
        try:
            yield Progress("waiting", 0, None, detail=f"for {self._settings.command[0]}")
            yield from self._answer(command, Answer(request), patience)
        finally:
            command.close()

    def _answer(self, command: _Command, answer: Answer, patience: Patience) -> Iterator[Event]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        silence = self._settings.timeout
        with closing(threaded(command.read, command.terminate, patience, silence)) as pieces:
            for piece in pieces:
                yield from answer.write(decoder.decode(piece))
                if answer.full:
                    break
            else:
                yield from answer.write(decoder.decode(b"", final=True))
                command.check()
        yield from answer.end()


class _Command:
    """A running command that leads a process group, so that its children end with it."""

    def __init__(self, arguments: tuple[str, ...], prompt: IO[bytes]) -> None:
        self._name = arguments[0]
        self._tail = b""
        self._ended = False
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=prompt,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise BackendError(
                f"{self._name}: cannot be started: {reason}",
                "check `command` in the user configuration, and PATH",
            ) from None

    def read(self, put: Put[bytes]) -> None:
        """Put standard output as it comes until the command ends; keep the end of its errors."""
        output, errors = self._process.stdout, self._process.stderr
        with selectors.DefaultSelector() as selector:
            for pipe in (output, errors):
                if pipe is not None:
                    selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(_GRACE_SECONDS)
                for key, _ in ready:
                    piece = os.read(key.fd, _PIECE)
                    if not piece:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is output:
                        put(piece)
                    else:
                        self._tail = (self._tail + piece)[-_TAIL:]
                # A child that the command left behind may hold the pipes open for ever.
                if not ready and self._process.poll() is not None:
                    break
        self._process.wait()
        self._ended = True

    def check(self) -> None:
        """Raise BackendError when the command failed."""
        status = self._process.returncode
        if status:
            how = f"exited with {status}" if status > 0 else f"was killed by signal {-status}"
            last = " ".join(self._tail.decode("utf-8", "replace").split())
            shown = last if len(last) <= _SHOWN else "…" + last[1 - _SHOWN :]
            raise BackendError(
                f"{self._name} {how}: {shown or 'it wrote no error'}",
                "run the command by hand to see more",
            )

    def terminate(self) -> None:
        """Ask the command and its children to end."""
        self._signal(signal.SIGTERM)

    def close(self) -> None:
        """Free everything; what has not ended by itself is killed."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _signal(self, number: signal.Signals) -> None:
        if not self._ended:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
