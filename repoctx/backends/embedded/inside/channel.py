"""The worker's line to repoctx: JSON lines on the standard input and output it was started with."""

from __future__ import annotations

import json
import os
from typing import Any


class Channel:
    """Requests in, reports out; the tests get an empty input and a discarded output."""

    def __init__(self) -> None:
        self.requests = os.dup(0)
        """The descriptor to wait on."""
        self._reports = os.dup(1)
        self._buffer = b""
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.close(null)

    def send(self, report: dict[str, Any]) -> None:
        """Write one report."""
        data = memoryview(json.dumps(report).encode() + b"\n")
        while data:
            data = data[os.write(self._reports, data) :]

    def receive(self) -> list[dict[str, Any]] | None:
        """Read what has arrived: whole requests, possibly none; None at the end."""
        chunk = os.read(self.requests, 1 << 16)
        if not chunk:
            return None
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        return [json.loads(line) for line in lines]

    def leave(self) -> None:
        """Close the line in a child, whose reports go through its parent."""
        os.close(self.requests)
        os.close(self._reports)
