"""Try candidates in a worker, several at a time, until one passes and a little longer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from repoctx.backends.embedded.candidates import Candidate
from repoctx.backends.embedded.worker import Worker
from repoctx.events import Progress

STAGE = "searching for a repair"

_MORE_AFTER_FIRST = 150
"""Candidates to try after the first that passes, at least: rivals show how weak the tests are."""
_MORE_SECONDS = 3.0
"""And for no longer than this, whatever their number."""
_REPORT_SECONDS = 0.25


@dataclass(slots=True)
class Tally:
    """What a search has found; the phases of one repair share it."""

    deadline: float
    """On the monotonic clock."""
    tried: int = 0
    plausible: list[Candidate] = field(default_factory=list)
    """With these the worker saw all tests pass."""
    unfit: list[Candidate] = field(default_factory=list)
    """The worker could not try these."""
    slow: list[Candidate] = field(default_factory=list)
    """These took too long, at the time that they were given."""
    stop_at: int | None = None
    """The number of tries at which to stop, once something has passed."""
    stop_after: float = float("inf")
    _reported: float = 0.0

    @property
    def over(self) -> bool:
        """True when there is nothing more to do."""
        now = time.monotonic()
        enough = self.stop_at is not None and self.tried >= self.stop_at
        return enough or now >= min(self.deadline, self.stop_after)

    def note(self, candidate: Candidate, outcome: str) -> None:
        """Count a candidate that was tried, and keep it if it says something."""
        self.tried += 1
        if outcome == "pass":
            self.found(candidate)
        elif outcome == "unfit":
            self.tried -= 1
            self.unfit.append(candidate)
        elif outcome == "timeout":
            self.slow.append(candidate)

    def found(self, candidate: Candidate) -> None:
        """Keep a candidate that passes; the first one sets the end of the search."""
        self.plausible.append(candidate)
        if self.stop_at is None:
            self.stop_at = self.tried + max(_MORE_AFTER_FIRST, self.tried // 2)
            self.stop_after = time.monotonic() + _MORE_SECONDS

    def progress(self) -> Iterator[Progress]:
        """Yield the state of the search, but not too often."""
        now = time.monotonic()
        if now - self._reported >= _REPORT_SECONDS:
            self._reported = now
            detail = f"{len(self.plausible)} pass" if self.plausible else ""
            yield Progress(STAGE, self.tried, None, "candidates", detail)


def distinct(found: Iterable[Candidate], seen: set[tuple[str, int, str]]) -> Iterator[Candidate]:
    """Yield candidates whose result is new, and is a change at all."""
    for candidate in found:
        first, last, text = candidate.unit()
        start, stop = candidate.source.line_span(first, last)
        key = (candidate.source.path, first, text)
        if key not in seen and text != candidate.source.text[start:stop]:
            seen.add(key)
            yield candidate


def search(
    worker: Worker,
    queue: Iterator[Candidate],
    tally: Tally,
    seconds: float,
    until: float,
    jobs: int,
) -> Iterator[Progress]:
    """Try the queue in order, until it is empty, ``until`` comes or the tally says stop.

    ``seconds`` of processor time are for the failing tests of each try. Outcomes are noted in the
    order of the queue, not as they arrive, so that the same search finds the same repairs.
    """
    asked: deque[tuple[int, Candidate]] = deque()
    outcomes: dict[int, str] = {}
    while not tally.over and time.monotonic() < until:
        while len(asked) < 2 * jobs + 2 and (candidate := next(queue, None)) is not None:
            asked.append((worker.ask(candidate, seconds), candidate))
        if not asked:
            return
        reports = worker.reports(_REPORT_SECONDS)
        if reports is None:
            return
        for report in reports:
            number, outcome = report.get("id"), report.get("outcome")
            if isinstance(number, int) and isinstance(outcome, str):
                outcomes[number] = outcome
        while asked and asked[0][0] in outcomes and not tally.over:
            answered, candidate = asked.popleft()
            tally.note(candidate, outcomes.pop(answered))
        yield from tally.progress()
