"""Slow work as a stream: a function runs in a thread, its reports come out as events.

The core is synchronous generators, and a generator cannot yield from inside a callback. This is the
one place that bridges the two, and it makes every stage cancellable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

from repoctx.errors import CancelledError
from repoctx.events import Event

Report: TypeAlias = Callable[[Event], None]
T = TypeVar("T")


def staged(
    work: Callable[[Report], T], stop: Callable[[], None] = lambda: None
) -> Generator[Event, None, T]:
    """Run ``work`` in a thread, yield what it reports, and return its result.

    Whatever ``work`` raises is raised here. When the generator is closed or interrupted, ``stop``
    is called, the next report raises CancelledError inside ``work``, and its end is awaited.
    """
    reports: SimpleQueue[Event | None] = SimpleQueue()
    stopped = threading.Event()
    results: list[T] = []
    failures: list[BaseException] = []

    def report(event: Event) -> None:
        if stopped.is_set():
            raise CancelledError("cancelled")
        reports.put(event)

    def run() -> None:
        try:
            results.append(work(report))
        except BaseException as failure:  # noqa: BLE001 - it is raised again in the caller's thread
            failures.append(failure)
        finally:
            reports.put(None)

    thread = threading.Thread(target=run, name="repoctx-stage", daemon=True)
    thread.start()
    try:
        while (event := reports.get()) is not None:
            yield event
    except BaseException:
        stopped.set()
        stop()
        raise
    finally:
        thread.join()
    if failures:
        raise failures[0]
    return results[0]
