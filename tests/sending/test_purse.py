"""What a question may cost is held over all its requests, and a person is asked in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.config import Settings, load_settings
from repoctx.errors import CancelledError, RefusedError
from repoctx.events import Estimated
from repoctx.folders import user_config_file
from repoctx.sending import Purse


@pytest.fixture
def limits(tmp_path: Path) -> Callable[..., Settings]:
    return lambda **flags: load_settings(tmp_path, flags)


def expected(most: float | None, note: str = "the price of 'm' is not known") -> Estimated:
    return Estimated("openai", "m", "https://x", 10, None, most, most, note)


def test_the_sum_of_all_requests_stays_below_the_limit(limits: Any) -> None:
    purse = Purse(limits(max_cost=1.0))
    purse.settle(purse.reserve(expected(0.9)), 0.3)
    purse.settle(purse.reserve(expected(0.6)), 0.2)
    with pytest.raises(RefusedError, match=r"has cost \$0.50 and may cost \$0.60 more"):
        purse.reserve(expected(0.6))
    purse.reserve(expected(0.5))


def test_what_runs_counts_with_the_most_that_it_may_cost(limits: Any) -> None:
    purse = Purse(limits(max_cost=1.0))
    purse.reserve(expected(0.6))
    with pytest.raises(RefusedError):
        purse.reserve(expected(0.6))


def test_a_request_whose_cost_stays_unknown_counts_with_the_most(limits: Any) -> None:
    purse = Purse(limits(max_cost=1.0))
    purse.settle(purse.reserve(expected(0.6)), None)
    with pytest.raises(RefusedError):
        purse.reserve(expected(0.6))


def test_an_unknown_price_is_refused_under_a_limit(limits: Any) -> None:
    with pytest.raises(RefusedError, match="the price of 'm' is not known"):
        Purse(limits(max_cost=1.0)).reserve(expected(None))


@pytest.mark.parametrize("most", [0.6, None])
def test_above_the_threshold_the_person_decides(limits: Any, most: float | None) -> None:
    asked: list[Estimated] = []

    def say(answer: bool) -> Purse:
        def confirm(shown: Estimated) -> bool:
            asked.append(shown)
            return answer

        return Purse(limits(ask_above=0.5), confirm)

    say(True).reserve(expected(most))
    with pytest.raises(CancelledError, match="not sent"):
        say(False).reserve(expected(most))
    assert asked == [expected(most)] * 2


def test_up_to_the_threshold_nobody_is_asked(limits: Any) -> None:
    Purse(limits(ask_above=0.5)).reserve(expected(0.5))


def test_where_nobody_can_be_asked_it_is_refused_with_a_way_on(limits: Any) -> None:
    with pytest.raises(RefusedError, match=r"it may cost \$0.60") as refused:
        Purse(limits(ask_above=0.5)).reserve(expected(0.6))
    assert "--yes" in refused.value.hint


def test_a_repository_cannot_change_the_threshold(tmp_path: Path) -> None:
    user_config_file().parent.mkdir(parents=True)
    user_config_file().write_text("ask_above = 0.5\n")
    (tmp_path / ".repoctx.toml").write_text("ask_above = 100.0\n")
    assert load_settings(tmp_path)["ask_above"] == 0.5
