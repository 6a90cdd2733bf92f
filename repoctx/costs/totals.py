"""Sums over many bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Total:
    """What the requests of one repository to one model took together."""

    repositories: tuple[str, ...]
    """The paths of its roots; empty in a sum over several repositories."""
    backend: str
    endpoint: str
    model: str
    requests: int
    input: int
    """Tokens; includes ``cached`` and ``written``."""
    cached: int
    written: int
    output: int
    cost: float
    """US dollars of those requests whose price is known."""
    saved: float
    """US dollars that the cache saved them."""
    unpriced: int
    """Requests whose price is not known; ``cost`` and ``saved`` lack them."""


def added(totals: list[Total]) -> Total:
    """Return the sum of all."""

    def whole(name: str) -> int:
        return sum(getattr(total, name) for total in totals)

    return Total(
        repositories=(),
        backend="",
        endpoint="",
        model="",
        requests=whole("requests"),
        input=whole("input"),
        cached=whole("cached"),
        written=whole("written"),
        output=whole("output"),
        cost=sum(total.cost for total in totals),
        saved=sum(total.saved for total in totals),
        unpriced=whole("unpriced"),
    )


def month_start(now: datetime | None = None) -> float:
    """Return when the calendar month began, in local time, as seconds since the epoch."""
    day = now or datetime.now()
    return day.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
