"""One request body on its way over one connection that another thread can cut."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from repoctx.backends.body import Part, literal
from repoctx.backends.waiting import Put

_ABORT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""For SO_LINGER: closing discards what is unsent and resets the connection."""

PIECE = 64 << 10
"""Bytes that are sent, and reported as sent, at a time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """So many bytes of the body are on their way."""

    done: int


class Body:
    """The JSON body: fields first, so that they can change between tries, then the messages."""

    def __init__(self, fields: dict[str, Any], messages: Sequence[Part]) -> None:
        head = json.dumps(fields)[:-1] + ', "messages": '
        self._parts = (literal(head), *messages, literal("}"))
        self.size = sum(part.size for part in self._parts)

    def pieces(self, put: Put[Sent | bytes]) -> Iterator[bytes]:
        """Yield the body in pieces of at most PIECE bytes, and report what has been taken."""
        done = 0
        for part in self._parts:
            for large in part.pieces():
                for at in range(0, len(large), PIECE):
                    piece = large[at : at + PIECE]
                    yield piece
                    done += len(piece)
                    put(Sent(done))


class Line:
    """The connection of one try, on which another thread can hang up.

    Closing a socket does not wake the thread that reads it; shutting it down does, and tells the
    server at once. But a server whose answer has filled the window writes nothing, and so does not
    learn that nobody reads; the reset that zero lingering makes of the close (RFC 9293, ABORT) is
    what ends its wait.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._hung_up = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Learn each new connection from httpx's ``trace`` extension."""
        extra = getattr(info.get("return_value"), "get_extra_info", None)
        found = extra("socket") if extra else None
        if isinstance(found, socket.socket):
            with self._lock:
                self._socket = found
                if self._hung_up:
                    self.hang_up()

    def hang_up(self) -> None:
        """End the connection, now or as soon as there is one."""
        with self._lock:
            self._hung_up = True
            if self._socket is not None:
                with suppress(OSError):  # closed already
                    self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
                    # Not SSLSocket's own: it drops the TLS state that the reader still uses.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                self._socket = None
