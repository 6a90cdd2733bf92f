"""Slow work becomes a stream of events, and can be stopped."""

from __future__ import annotations

import threading

import pytest

from repoctx.errors import CancelledError, UsageError
from repoctx.events import Notice
from repoctx.stages import Report, staged


def test_reports_come_out_in_order_and_the_result_last() -> None:
    def work(report: Report) -> int:
        report(Notice("one"))
        report(Notice("two"))
        return 3

    stage = staged(work)
    assert [next(stage), next(stage)] == [Notice("one"), Notice("two")]
    with pytest.raises(StopIteration) as ended:
        next(stage)
    assert ended.value.value == 3


def test_what_the_work_raises_is_raised_to_the_caller() -> None:
    def work(report: Report) -> None:
        raise UsageError("no", "do")

    with pytest.raises(UsageError, match="no"):
        list(staged(work))


def test_closing_the_stream_stops_the_work_before_it_returns() -> None:
    stopped, ended = threading.Event(), threading.Event()

    def work(report: Report) -> None:
        try:
            while True:
                report(Notice("still"))
                stopped.wait(0.001)
        except CancelledError:
            ended.set()
            raise

    stage = staged(work, stopped.set)
    next(stage)
    stage.close()
    assert stopped.is_set()
    assert ended.is_set()
