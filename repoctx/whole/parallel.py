"""Several works at once, at most so many, as one stream of what they report and how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from repoctx.errors import CancelledError, RepoctxError
from repoctx.events import Event
from repoctx.stages import Report

T = TypeVar("T")
Work: TypeAlias = Callable[[Report], T]


@dataclass(frozen=True, slots=True)
class Ended(Generic[T]):
    """How a work ended: exactly one of the two is set."""

    result: T | None = None
    failure: RepoctxError | None = None


def parallel(
    works: Sequence[Work[T]], at_once: int, stop: Callable[[], None]
) -> Generator[tuple[int, Event | Ended[T]], None, None]:
    """Yield what each work reports, with its place, as it comes; the last of each is its end.

    A RepoctxError ends one work, anything else raises here and ends all, and so does closing the
    iterator: ``stop`` is called, the next report of each work raises CancelledError, and the ends
    of all threads are awaited.
    """
    crew = _Crew(works)
    threads = [
        threading.Thread(target=crew.run, name=f"repoctx-part-{number}", daemon=True)
        for number in range(min(max(1, at_once), len(works)))
    ]
    for thread in threads:
        thread.start()
    try:
        yield from crew.news(len(threads))
    except BaseException:
        crew.stopped.set()
        stop()
        raise
    finally:
        for thread in threads:
            thread.join()


class _Crew(Generic[T]):
    """Threads that take the next work until there is none."""

    def __init__(self, works: Sequence[Work[T]]) -> None:
        self.stopped = threading.Event()
        self._works = list(enumerate(works))[::-1]
        self._news: SimpleQueue[tuple[int, Event | Ended[T]] | BaseException | None] = SimpleQueue()

    def run(self) -> None:
        """Work in one thread; None is its last word."""
        try:
            while not self.stopped.is_set():
                try:
                    number, work = self._works.pop()
                except IndexError:
                    return
                self._news.put((number, self._end(number, work)))
        except BaseException as failure:  # noqa: BLE001 - it is raised again in the reader's thread
            self._news.put(failure)
        finally:
            self._news.put(None)

    def news(self, running: int) -> Iterator[tuple[int, Event | Ended[T]]]:
        """Yield what the threads say until all have ended."""
        while running:
            said = self._news.get()
            if said is None:
                running -= 1
            elif isinstance(said, BaseException):
                raise said
            else:
                yield said

    def _end(self, number: int, work: Work[T]) -> Ended[T]:
        def report(event: Event) -> None:
            if self.stopped.is_set():
                raise CancelledError("cancelled")
            self._news.put((number, event))

        try:
            return Ended(work(report))
        except RepoctxError as failure:
            return Ended(failure=failure)
