"""What a model costs and how much it holds: the one door to ``genai_prices``.

Its prices are a snapshot inside the package: nothing is looked up. A model that it does not know,
or at an endpoint that it does not know (a server of your own), has no facts, for a guessed price
is worse than none. Prices are US dollars per million tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from repoctx.errors import UsageError
from repoctx.events import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

_MILLION = 1_000_000
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Rate:
    """A price that may rise with the length of the prompt, for all its tokens."""

    base: float
    tiers: tuple[tuple[int, float], ...] = ()
    """(input tokens above which it holds, price), ascending."""

    def at(self, input_tokens: int) -> float:
        """Return the price for a prompt of so many tokens."""
        prices = [price for above, price in self.tiers if input_tokens > above]
        return prices[-1] if prices else self.base


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Window and prices of one model at one provider."""

    model: str
    provider: str
    window: int | None
    """Tokens of prompt and answer together; None when it is not known."""
    max_output: int | None
    """Tokens of an answer; the snapshot does not say, so only your own entries have it."""
    input: Rate
    output: Rate
    cache_read: Rate
    """For the part of the prompt that was cached; the input's where caching is not priced."""
    cache_write: Rate
    """For the part of the prompt that was put into the cache; the input's where it is free."""
    cache_write_1h: Rate | None = None
    """The same where it is kept for an hour; None when that has no price."""
    cache_lifetime: float | None = None
    """Seconds that a prompt stays cached; the snapshot does not say, so only your entries do."""


def model_facts(
    model: str,
    base_url: str = "",
    own: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> ModelFacts | None:
    """Return what is known about a model at an endpoint (empty for OpenAI's own); else None.

    ``own`` holds the user's entries by model name, which come first: numbers ``input`` and
    ``output``, and if wanted ``cache_read``, ``cache_write``, ``cache_write_1h`` (prices),
    ``window``, ``max_output`` (tokens) and ``cache_lifetime`` (seconds). What an entry says of the
    model's replies is no fact of its price. ``at`` is the moment whose prices are wanted, with its
    time zone; None is now.
    Raises UsageError for an entry that makes no sense.
    """
    entry = _priced(own[model]) if own and model in own else None
    if entry is not None:
        return _own_facts(model, entry)
    if not model:
        return None
    from genai_prices.data_snapshot import get_snapshot

    try:
        provider, info = get_snapshot().find_provider_model(
            model, None, None, base_url or "https://api.openai.com/v1"
        )
    except LookupError:
        return None
    return _facts(provider.id, info, at)


def listed_models(providers: Sequence[str], at: datetime | None = None) -> Iterator[ModelFacts]:
    """Yield the models that these providers sell by the token, in the providers' order.

    Without those marked as deprecated. ``at`` is as for ``model_facts``.
    """
    from genai_prices.data_snapshot import get_snapshot

    known = {provider.id: provider for provider in get_snapshot().providers}
    for name in providers:
        for info in known[name].models if name in known else ():
            if not info.deprecated and (facts := _facts(name, info, at)) is not None:
                yield facts


def prices_version() -> str:
    """Return the version of the snapshot: the prices carry no date of their own."""
    from importlib.metadata import version

    return version("genai-prices")


def prices_date(today: date | None = None) -> date | None:
    """Return the last day of the past that the snapshot names: it is no older than that."""
    from genai_prices.data_snapshot import get_snapshot

    last = today or date.today()
    models = (model for provider in get_snapshot().providers for model in provider.models)
    return max((day for model in models for day in _days(model) if day <= last), default=None)


def estimate(
    facts: ModelFacts,
    input_tokens: int,
    cached_tokens: int,
    output_tokens: int,
    lifetime: float = 0.0,
) -> float:
    """Return US dollars for a request of which ``cached_tokens`` are read from the cache.

    The rest is priced as written to the cache, for ``lifetime`` seconds, where that is dearer: so
    this is never too low.
    """
    fresh = max(facts.input.at(input_tokens), write_rate(facts, lifetime).at(input_tokens))
    cost = (input_tokens - cached_tokens) * fresh
    cost += cached_tokens * facts.cache_read.at(input_tokens)
    return (cost + output_tokens * facts.output.at(input_tokens)) / _MILLION


def write_rate(facts: ModelFacts, lifetime: float) -> Rate:
    """Return the price of text that is written to the cache for so many seconds."""
    if lifetime >= _HOUR and facts.cache_write_1h is not None:
        return facts.cache_write_1h
    return facts.cache_write


def billed(facts: ModelFacts, usage: Usage) -> float | None:
    """Return US dollars for what the backend reports.

    None when it reported nothing, or something that has no price.
    """
    if not usage.reported or (usage.written_1h and facts.cache_write_1h is None):
        return None
    plain = max(0, usage.input - usage.cached - usage.written)
    cost = plain * facts.input.at(usage.input)
    cost += usage.cached * facts.cache_read.at(usage.input) + _writing(facts, usage)
    return (cost + usage.output * facts.output.at(usage.input)) / _MILLION


def saved(facts: ModelFacts, usage: Usage) -> float | None:
    """Return US dollars less than without any cache; below zero while it was only written.

    None where ``billed`` is.
    """
    cost = billed(facts, usage)
    if cost is None:
        return None
    without = usage.input * facts.input.at(usage.input)
    without += usage.output * facts.output.at(usage.input)
    return without / _MILLION - cost


def _writing(facts: ModelFacts, usage: Usage) -> float:
    for_long = min(usage.written, usage.written_1h)
    cost = (usage.written - for_long) * facts.cache_write.at(usage.input)
    if for_long and facts.cache_write_1h is not None:
        cost += for_long * facts.cache_write_1h.at(usage.input)
    return cost


def _days(model: ModelInfo) -> Iterator[date]:
    """Yield the days from which on some price of the model holds."""
    prices = model.prices if isinstance(model.prices, list) else ()
    for each in (*prices, *(model.price_variants or ())):
        day = getattr(each.constraint, "start_date", None)
        if isinstance(day, date):
            yield day


def _facts(provider: str, info: ModelInfo, at: datetime | None) -> ModelFacts | None:
    if not info.prices:
        return None
    prices: ModelPrice = info.get_prices(at or datetime.now(tz=UTC))
    if prices.input_mtok is None or prices.output_mtok is None:
        return None
    paid, for_long = _rate(prices.input_mtok), prices.cache_write_1h_mtok
    return ModelFacts(
        model=info.id,
        provider=provider,
        window=info.context_window,
        max_output=None,
        input=paid,
        output=_rate(prices.output_mtok),
        cache_read=_rate(prices.cache_read_mtok) if prices.cache_read_mtok is not None else paid,
        cache_write=_rate(prices.cache_write_mtok) if prices.cache_write_mtok is not None else paid,
        cache_write_1h=_rate(for_long) if for_long is not None else None,
    )


def _rate(price: Decimal | TieredPrices) -> Rate:
    if isinstance(price, Decimal):
        return Rate(float(price))
    return Rate(float(price.base), tuple((tier.start, float(tier.price)) for tier in price.tiers))


def _priced(entry: Any) -> Any:
    """An entry without what is no price or window; None when nothing else is in it."""
    if not isinstance(entry, Mapping) or _REPLIES not in entry:
        return entry
    return {name: value for name, value in entry.items() if name != _REPLIES} or None


def _own_facts(model: str, entry: Any) -> ModelFacts:
    if not _is_sensible(entry):
        raise UsageError(
            f"[models] {model!r}: the entry makes no sense",
            f"it needs input and output; {', '.join(_OPTIONAL)} may follow, {_REPLIES} also alone",
        )

    def rate(name: str) -> Rate | None:
        return Rate(float(entry[name])) if name in entry else None

    paid = Rate(float(entry["input"]))
    return ModelFacts(
        model=model,
        provider="your configuration",
        window=int(entry["window"]) if "window" in entry else None,
        max_output=int(entry["max_output"]) if "max_output" in entry else None,
        input=paid,
        output=Rate(float(entry["output"])),
        cache_read=rate("cache_read") or paid,
        cache_write=rate("cache_write") or paid,
        cache_write_1h=rate("cache_write_1h"),
        cache_lifetime=float(entry["cache_lifetime"]) if "cache_lifetime" in entry else None,
    )


_REPLIES = "reply_format"
_OPTIONAL = (
    *("window", "max_output", "cache_read", "cache_write", "cache_write_1h"),
    "cache_lifetime",
)


def _is_sensible(entry: Any) -> bool:
    return (
        isinstance(entry, Mapping)
        and {"input", "output"} <= set(entry)
        and set(entry) <= {"input", "output", *_OPTIONAL}
        and all(type(number) in (int, float) and 0 <= number < 1e12 for number in entry.values())
    )
