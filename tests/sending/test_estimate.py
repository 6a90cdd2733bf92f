"""An estimate is never too low where its assumptions hold, and a wait is learned from runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.backends.prices import ModelFacts, Rate, billed, estimate, saved
from repoctx.events import Usage
from repoctx.sending.estimate import expected_wait

price = st.floats(0, 100)
tokens = st.integers(0, 1 << 20)


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    base = draw(price)
    tiers = draw(st.lists(tokens, max_size=2, unique=True))
    return Rate(base, tuple((above, base * (n + 2)) for n, above in enumerate(sorted(tiers))))


@st.composite
def models(draw: st.DrawFn) -> ModelFacts:
    read, write = draw(rates()), draw(rates())
    return model(draw(rates()), draw(rates()), read, write, draw(st.none() | rates()))


def model(
    input: Rate, output: Rate, read: Rate, write: Rate, for_long: Rate | None = None
) -> ModelFacts:
    return ModelFacts("m", "p", None, None, input, output, read, write, for_long)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    cached, written, plain = draw(tokens), draw(tokens), draw(tokens)
    return Usage(cached + written + plain, draw(tokens), cached=cached, written=written)


@given(models(), usages())
def test_a_bill_is_never_above_the_estimate_of_the_same_tokens(
    facts: ModelFacts, usage: Usage
) -> None:
    cost = billed(facts, usage)
    assert cost is not None
    expected = estimate(facts, usage.input, usage.cached, usage.output)
    assert cost <= expected * (1 + 1e-9) + 1e-12


@given(models(), usages(), st.integers(0, 1 << 20))
def test_less_cached_and_a_longer_answer_never_cost_less(
    facts: ModelFacts, usage: Usage, more: int
) -> None:
    if facts.cache_read.at(usage.input) > facts.input.at(usage.input):
        return  # nobody sells that
    low = estimate(facts, usage.input, usage.cached, usage.output)
    high = estimate(facts, usage.input, 0, usage.output + more)
    assert low <= high * (1 + 1e-9) + 1e-12


@given(models(), usages())
def test_bill_and_savings_together_are_the_price_without_a_cache(
    facts: ModelFacts, usage: Usage
) -> None:
    cost, less = billed(facts, usage), saved(facts, usage)
    assert cost is not None
    assert less is not None
    without = billed(facts, Usage(usage.input, usage.output))
    assert cost + less == pytest.approx(without, abs=1e-9)


@pytest.mark.parametrize(("length", "rate"), [(272_000, 1), (272_001, 2)])
def test_a_request_above_a_threshold_is_billed_at_the_higher_tier_as_a_whole(
    length: int, rate: int
) -> None:
    def tiered(price: float) -> Rate:
        return Rate(price, ((272_000, price * 2),))

    facts = model(*map(tiered, (2.0, 10.0, 0.1, 2.5)))
    assert estimate(facts, length, 0, 1_000) == pytest.approx(
        rate * (length * 2.5 + 1_000 * 10) / 1e6
    )
    usage = Usage(length, 1_000, cached=length)
    assert billed(facts, usage) == pytest.approx(rate * (length * 0.1 + 1_000 * 10) / 1e6)


def test_what_is_written_for_an_hour_has_its_own_price() -> None:
    facts = model(*map(Rate, (2.0, 10.0, 0.2, 2.5, 4.0)))
    usage = Usage(1_000_000, 0, written=1_000_000, written_1h=400_000)
    assert billed(facts, usage) == pytest.approx(0.6 * 2.5 + 0.4 * 4.0)
    assert estimate(facts, 1_000_000, 0, 0, lifetime=3600) == pytest.approx(4.0)
    assert estimate(facts, 1_000_000, 0, 0, lifetime=300) == pytest.approx(2.5)


def test_an_hours_writing_without_a_price_is_not_guessed() -> None:
    facts = model(*map(Rate, (2.0, 10.0, 0.2, 2.5)))
    assert billed(facts, Usage(10, 1, written=10, written_1h=10)) is None
    assert saved(facts, Usage(10, 1, written=10, written_1h=10)) is None


def test_before_any_run_the_wait_is_not_known() -> None:
    assert expected_wait([], 100_000) is None


def test_the_wait_is_that_of_the_runs_most_alike_whatever_a_single_one_took() -> None:
    short = [(200, 1.0)] * 20
    long = [(100_000, 10.0), (110_000, 11.0), (90_000, 9.0), (120_000, 12.0), (100_000, 600.0)]
    assert expected_wait(short + long, 50_000) == pytest.approx(5.0)
    assert expected_wait(short + long, 0) == pytest.approx(1 / 200)


@given(st.lists(st.tuples(st.integers(1, 10**7), st.floats(0.01, 600)), min_size=1), tokens)
def test_a_wait_lies_between_those_of_the_slowest_and_the_fastest_run(
    runs: list[tuple[int, float]], fresh: int
) -> None:
    wait = expected_wait(runs, fresh)
    assert wait is not None
    speeds = [read / seconds for read, seconds in runs]
    fresh = max(1, fresh)
    assert fresh / max(speeds) <= wait * (1 + 1e-9)
    assert wait <= fresh / min(speeds) * (1 + 1e-9)
