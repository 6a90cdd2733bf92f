"""Choose the models whose prices a reader wants to see, and what the pack costs at each.

Names and prices come from the snapshot behind ``backends.prices``; the choice is a rule, so that a
newer snapshot brings newer models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from repoctx.backends.prices import ModelFacts, listed_models, model_facts

VENDORS = (
    "anthropic",
    "openai",
    "google",
    "x-ai",
    "meta",
    "mistral",
    "deepseek",
    "moonshotai",
    "zai",
    "minimax",
)
"""Who sells models of their own, by the snapshot's names; nothing that only resells."""

LONG = 500_000
"""Tokens of window from which a model is worth listing: a whole repository is the question."""

_GENERATIONS = 2  # of a vendor that count as current; prices of older ones outlive their use
_MILLION = 1_000_000
_NUMBER = re.compile(r"(\d+)(?:[.-](\d{1,2})(?!\d))?")


@dataclass(frozen=True, slots=True)
class Cost:
    """What sending the pack once costs at one model, in US dollars; None is not known."""

    model: str
    provider: str
    window: int | None
    """Tokens of prompt and answer together."""
    uncached: float | None
    read: float | None
    """With all of it read from the provider's cache."""
    write: float | None
    """With all of it written to the provider's cache."""
    own: bool
    """True for the model in the settings and for the person's own entries."""


def costs(
    tokens: int, model: str, base_url: str, own: Mapping[str, Any], today: datetime | None = None
) -> list[Cost]:
    """Return what so many tokens cost: the configured model first, the person's own, then others.

    Raises UsageError for an entry of ``own`` that makes no sense.
    """
    hours = _hours(today or datetime.now(tz=UTC))
    names = list(dict.fromkeys(filter(None, (model, *own))))
    mine = [_cost(name, _dearest(name, base_url, own, hours), tokens, own=True) for name in names]
    taken = {(cost.model, cost.provider) for cost in mine}
    others = [_cost(facts.model, facts, tokens, own=False) for facts in current(hours)]
    return mine + [cost for cost in others if (cost.model, cost.provider) not in taken]


def current(hours: Sequence[datetime]) -> list[ModelFacts]:
    """Return the long-context models of the vendors' current generations, dearest first at each.

    Of a family (a name without its version) the newest one, at the dearest of the hours' prices.
    """
    dearest: dict[tuple[str, str], ModelFacts] = {}
    for hour in hours:
        for facts in listed_models(VENDORS, hour):
            key = facts.provider, facts.model
            dearest[key] = max(facts, dearest.get(key, facts), key=_price)
    chosen = _newest_of_each_family(f for f in dearest.values() if (f.window or 0) >= LONG)
    newest: dict[str, int] = {}
    for facts in chosen:
        newest[facts.provider] = max(newest.get(facts.provider, 0), _version(facts.model)[0])
    kept = [f for f in chosen if _version(f.model)[0] > newest[f.provider] - _GENERATIONS]
    return sorted(kept, key=lambda f: (VENDORS.index(f.provider), -_price(f), f.model))


def _hours(day: datetime) -> list[datetime]:
    """Every hour of the day: some prices depend on it, and the page must not."""
    return [day.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in range(24)]


def _newest_of_each_family(models: Iterable[ModelFacts]) -> list[ModelFacts]:
    """Return the newest of each family; the vendors' order decides between equal names."""
    newest: dict[str, ModelFacts] = {}
    for facts in models:
        if not (family := _family(facts.model)):
            continue
        known = newest.setdefault(family, facts)
        if _version(facts.model) > _version(known.model):
            newest[family] = facts
    return list(newest.values())


def _family(model: str) -> str:
    """Return the name without its version; empty without one (an alias) and for pictures."""
    name, found = _NUMBER.subn("#", model.lower(), count=1)
    return name.replace("-preview", "") if found and "image" not in name else ""


def _version(model: str) -> tuple[int, str]:
    """Return the generation and what follows its point, as a fraction: 4.20 lies before 4.3."""
    found = _NUMBER.search(model)
    return (int(found[1]), found[2] or "") if found else (0, "")


def _price(facts: ModelFacts) -> float:
    return facts.input.at(LONG)


def _dearest(
    model: str, base_url: str, own: Mapping[str, Any], hours: Sequence[datetime]
) -> ModelFacts | None:
    found = (model_facts(model, base_url, own, hour) for hour in hours)
    return max(filter(None, found), key=_price, default=None)


def _cost(model: str, facts: ModelFacts | None, tokens: int, *, own: bool) -> Cost:
    if facts is None:
        return Cost(model, "", None, None, None, None, own)
    prices = (rate.at(tokens) for rate in (facts.input, facts.cache_read, facts.cache_write))
    uncached, read, write = (tokens * price / _MILLION for price in prices)
    return Cost(model, facts.provider, facts.window, uncached, read, write, own)
