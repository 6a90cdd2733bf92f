"""Several works as one stream: their events and ends, failures, and stopping."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from repoctx.errors import CancelledError, RepoctxError
from repoctx.events import Event, Progress
from repoctx.stages import Report
from repoctx.whole.parallel import Ended, Work, parallel
from tests.waiting import PATIENCE


def nothing() -> None:
    """Stops nothing."""


def counting(number: int) -> Work[int]:
    def work(report: Report) -> int:
        for step in range(3):
            report(Progress("step", step, 3))
        return number

    return work


@pytest.mark.parametrize("at_once", [1, 2, 5, 50])
def test_each_work_tells_its_events_in_order_and_its_end_last(at_once: int) -> None:
    told: dict[int, list[Event | Ended[int]]] = {}
    for place, said in parallel([counting(n) for n in range(5)], at_once, nothing):
        told.setdefault(place, []).append(said)
    for place in range(5):
        steps = [Progress("step", step, 3) for step in range(3)]
        assert told[place] == [*steps, Ended(place)]


def test_works_begin_in_order() -> None:
    began: list[int] = []

    def work(number: int) -> Work[None]:
        return lambda report: began.append(number)

    list(parallel([work(n) for n in range(6)], 1, nothing))
    assert began == list(range(6))


def test_a_failure_for_people_ends_one_work_only() -> None:
    failure = RepoctxError("no", "try")

    def fail(report: Report) -> int:
        raise failure

    said = dict(parallel([counting(0), fail, counting(2)], 2, nothing))
    assert said == {0: Ended(0), 1: Ended(failure=failure), 2: Ended(2)}


def waiting(released: threading.Event, ended: list[int]) -> Callable[[Report], int]:
    def work(report: Report) -> int:
        report(Progress("waiting", 0, None))
        try:
            assert released.wait(PATIENCE)
            report(Progress("released", 0, None))
        finally:
            ended.append(1)
        return 0

    return work


def test_a_defect_ends_all_and_is_raised_here() -> None:
    released, ended = threading.Event(), list[int]()

    def broken(report: Report) -> int:
        raise ZeroDivisionError

    works = [waiting(released, ended), broken, waiting(released, ended)]
    with pytest.raises(ZeroDivisionError):
        list(parallel(works, 3, released.set))
    assert len(ended) == 2


def test_closing_stops_all_and_begins_no_other() -> None:
    released, ended = threading.Event(), list[int]()
    news = parallel([waiting(released, ended) for _ in range(9)], 3, released.set)
    next(news)
    news.close()
    assert 1 <= len(ended) <= 3


def test_a_report_after_the_stop_is_a_cancellation() -> None:
    released, raised = threading.Event(), list[BaseException]()

    def work(report: Report) -> int:
        report(Progress("waiting", 0, None))
        released.wait(PATIENCE)
        try:
            report(Progress("late", 0, None))
        except CancelledError as error:
            raised.append(error)
            raise
        return 0

    news = parallel([work], 1, released.set)
    next(news)
    news.close()
    assert len(raised) == 1
