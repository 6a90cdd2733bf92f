"""The price table: your models first, then each vendor's current ones; no price is guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from repoctx.backends.prices import listed_models, model_facts
from repoctx.errors import UsageError
from repoctx.report.models import LONG, VENDORS, costs

DAY = datetime(2026, 11, 3, tzinfo=UTC)
OWN = {"input": 2.0, "output": 8.0, "cache_read": 0.5, "cache_write": 2.5, "window": 300_000}


def test_the_configured_model_comes_first_then_your_own_then_the_vendors() -> None:
    table = costs(1000, "gpt-4.1", "", {"mine": OWN}, DAY)
    assert [cost.model for cost in table[:2]] == ["gpt-4.1", "mine"]
    assert [cost.own for cost in table[:3]] == [True, True, False]
    providers = [cost.provider for cost in table[2:]]
    assert providers == sorted(providers, key=VENDORS.index)


def test_your_own_prices_are_taken_as_they_are() -> None:
    mine = costs(500_000, "mine", "http://127.0.0.1:8000/v1", {"mine": OWN}, DAY)[0]
    assert (mine.uncached, mine.read, mine.write) == (1.0, 0.25, 1.25)
    assert mine.window == 300_000


def test_an_unknown_model_is_listed_without_a_price() -> None:
    unknown = costs(1000, "mystery", "http://127.0.0.1:8000/v1", {}, DAY)[0]
    assert (unknown.model, unknown.window, unknown.uncached) == ("mystery", None, None)


def test_a_senseless_entry_is_refused() -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        costs(1000, "", "", {"mine": {"input": "cheap"}}, DAY)


def test_the_vendors_models_are_long_named_once_and_one_of_each_family() -> None:
    table = costs(1000, "", "", {}, DAY)
    assert {"anthropic", "google", "openai"} <= {cost.provider for cost in table}
    assert all((cost.window or 0) >= LONG for cost in table)
    families = [re.sub(r"\d+([.-]\d{1,2}(?!\d))?", "#", c.model.lower(), count=1) for c in table]
    assert len(set(families)) == len(families)


def test_a_model_of_the_table_is_never_older_than_another_of_its_family() -> None:
    chosen = {cost.model for cost in costs(1000, "", "", {}, DAY)}
    opus = [
        tuple(map(int, re.findall(r"\d+", facts.model)))
        for facts in listed_models(["anthropic"], DAY)
        if facts.model.startswith("claude-opus-") and (facts.window or 0) >= LONG
    ]
    assert "claude-opus-" + "-".join(map(str, max(opus))) in chosen


def test_a_listed_model_costs_what_its_facts_say() -> None:
    openai = next(cost for cost in costs(400_000, "", "", {}, DAY) if cost.provider == "openai")
    facts = model_facts(openai.model, at=DAY)
    assert facts is not None
    assert openai.uncached == pytest.approx(0.4 * facts.input.at(400_000))
    assert openai.read == pytest.approx(0.4 * facts.cache_read.at(400_000))


def test_the_hour_of_the_day_changes_nothing() -> None:
    assert costs(1000, "", "", {}, DAY) == costs(1000, "", "", {}, DAY + timedelta(hours=8))


def test_a_price_that_depends_on_the_hour_is_the_dearest() -> None:
    by_hour: dict[str, set[float]] = {}
    for hour in range(24):
        for facts in listed_models(["deepseek"], DAY.replace(hour=hour)):
            by_hour.setdefault(facts.model, set()).add(facts.input.at(1000))
    varying = {model: max(prices) for model, prices in by_hour.items() if len(prices) > 1}
    shown = {cost.model: cost.uncached for cost in costs(1_000_000, "", "", {}, DAY)}
    checked = varying.keys() & shown.keys()
    assert checked, "the snapshot prices some model by the hour"
    assert all(shown[model] == pytest.approx(varying[model]) for model in checked)
