"""A connection on which another thread can hang up."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from repoctx.backends.transfer import Line
from tests.waiting import PATIENCE


class Stream:
    """A network stream as httpx's trace hands it over."""

    def __init__(self, own: socket.socket) -> None:
        self._own = own

    def get_extra_info(self, name: str) -> Any:
        return self._own if name == "socket" else None


def test_a_connection_made_after_hanging_up_is_ended_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line()
        line.hang_up()
        line.trace("connection.connect_tcp.complete", {"return_value": Stream(ours)})
        assert theirs.recv(1) == b""


def test_hanging_up_wakes_the_reader_and_can_be_repeated() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line()
        line.trace("connection.connect_tcp.started", {"host": "here"})
        line.trace("connection.connect_tcp.complete", {"return_value": Stream(ours)})
        line.hang_up()
        line.hang_up()
        assert ours.recv(1) == theirs.recv(1) == b""


def test_hanging_up_ends_a_server_that_waits_for_room() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
    line = Line()
    line.trace("connection.connect_tcp.complete", {"return_value": Stream(ours)})
    with theirs:
        theirs.settimeout(0.5)
        with pytest.raises(TimeoutError):
            theirs.sendall(bytes(64 << 20))
        line.hang_up()
        while ours.recv(1 << 20):  # the window stays closed, though there is room again
            pass
        ours.close()
        theirs.settimeout(PATIENCE / 2)  # less than the minute after which the system gives up
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            theirs.sendall(bytes(64 << 20))
