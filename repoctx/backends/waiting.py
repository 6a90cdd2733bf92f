"""Waiting that always ends: the work is done, the person cancels, or the time is over.

What may block (name lookup, connect, read, another program) runs in a thread of its own. The
generator that waits for it can be woken at any moment, whatever the thread hangs on.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeAlias, TypeVar

from repoctx.backends.base import BackendError, Cancellation
from repoctx.errors import CancelledError

T = TypeVar("T")
Put: TypeAlias = Callable[[T], None]

_WAITING = 64
"""Items that may wait for the reader: enough not to stutter, too few to fill the memory."""


class Patience:
    """How long one request may take: until it is cancelled, or its seconds are over."""

    def __init__(self, cancellation: Cancellation, seconds: float | None = None) -> None:
        self.cancellation = cancellation
        self._seconds = seconds
        self._end = math.inf if seconds is None else time.monotonic() + seconds
        self._thrown = threading.Event()
        cancellation.on_throw(self._thrown.set)

    def check(self) -> None:
        """Raise CancelledError or BackendError when the request must end now."""
        if self.cancellation.thrown:
            raise CancelledError("cancelled")
        if time.monotonic() >= self._end:
            raise BackendError(
                f"no complete answer within {self._seconds:g} seconds",
                "allow more time, or ask for less",
            )

    def left(self, most: float = math.inf) -> float | None:
        """Return the seconds left, at most ``most``; None for no bound."""
        left = min(most, max(0.0, self._end - time.monotonic()))
        return None if left == math.inf else left

    def hurry(self, seconds: float) -> None:
        """Allow no more than so many seconds from now on."""
        if self._seconds is None:
            self._seconds = seconds
        self._end = min(self._end, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Wait; raise as ``check`` does when the request must end meanwhile."""
        self._thrown.wait(self.left(seconds))
        self.check()


def threaded(
    work: Callable[[Put[T]], None], stop: Callable[[], None], patience: Patience, silence: float
) -> Generator[T, None, None]:
    """Run ``work`` in a thread and yield what it puts; what it raises is raised here.

    ``stop`` must make ``work`` return soon; it is called on cancellation, in the cancelling thread,
    and again at the end in any case. Raises CancelledError, BackendError when the time is over or
    nothing came for ``silence`` seconds. Close the iterator to free the thread.
    """
    patience.check()
    channel: _Channel[T] = _Channel()

    def run() -> None:
        try:
            work(channel.put)
        except BaseException as failure:  # noqa: BLE001 - it is raised again in the reader's thread
            channel.end(failure)
        else:
            channel.end(None)

    patience.cancellation.on_throw(stop)
    patience.cancellation.on_throw(channel.wake)
    thread = threading.Thread(target=run, name="repoctx-backend", daemon=True)
    thread.start()
    try:
        yield from channel.items(patience, silence)
    finally:
        channel.leave()
        stop()
        thread.join(1)  # longer only in a name lookup, which nothing can interrupt


class _Channel(Generic[T]):
    """A short queue between a worker and the reader, either of whom may leave."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[T] = deque()
        self._reader_left = False
        self._ended = False
        self._failure: BaseException | None = None

    def put(self, item: T) -> None:
        """Hand an item over; waits while the queue is full, raises when the reader has left."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < _WAITING or self._reader_left)
            if self._reader_left:
                raise CancelledError("cancelled")
            self._items.append(item)
            self._changed.notify_all()

    def end(self, failure: BaseException | None) -> None:
        """Say that nothing more comes, and why."""
        with self._changed:
            self._ended, self._failure = True, failure
            self._changed.notify_all()

    def wake(self) -> None:
        """Make the reader look at its patience again."""
        with self._changed:
            self._changed.notify_all()

    def leave(self) -> None:
        """Say that nobody reads any more."""
        with self._changed:
            self._reader_left = True
            self._items.clear()
            self._changed.notify_all()

    def items(self, patience: Patience, silence: float) -> Iterator[T]:
        while self._wait(patience, silence):
            with self._changed:
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._failure is not None:
            raise self._failure

    def _wait(self, patience: Patience, silence: float) -> bool:
        """Wait for an item; False when there will be none."""
        end = time.monotonic() + silence
        with self._changed:
            while True:
                patience.check()
                if self._items or self._ended:
                    return bool(self._items)
                if time.monotonic() >= end:
                    raise BackendError(
                        f"nothing came for {silence:g} seconds",
                        "try again, or raise `timeout` in the user configuration",
                    )
                self._changed.wait(patience.left(end - time.monotonic()))
