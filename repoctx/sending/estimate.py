"""What a question will take of the window and of money, and whether that is too much."""

from __future__ import annotations

from repoctx.backends.prices import ModelFacts, estimate
from repoctx.config import Settings
from repoctx.errors import RefusedError
from repoctx.events import Estimated
from repoctx.sending.shipment import Shipment

ANSWER_TOKENS = 4_000
"""The answer that an estimate assumes when no limit is set: a few files' worth of edits."""

ANSWER_SHARE = 8
"""Of the window, an eighth is left for the answer when no limit is set: models with windows of a
million tokens take 0.87 to 0.92 of it as input."""


def room_for(facts: ModelFacts | None, settings: Settings, spoken: int) -> int | None:
    """Tokens that the repository may take: what the person set, and what the window leaves."""
    budget: int | None = settings["budget"]
    if facts is None or facts.window is None:
        return budget
    left = facts.window - spoken - (settings["output_tokens"] or facts.window // ANSWER_SHARE)
    if left <= 0:
        raise RefusedError(
            f"the question alone ({spoken:,} tokens) fills the window of {settings['model']}"
            f" ({facts.window:,})",
            "attach less, or start anew without --continue",
        )
    return left if budget is None else min(budget, left)


def estimated(
    settings: Settings, facts: ModelFacts | None, shipment: Shipment, spoken: int
) -> Estimated:
    """Return what sending the shipment and ``spoken`` further tokens costs."""
    tokens, cached = shipment.context.tokens + spoken, shipment.cached
    low = high = None
    note = ""
    if settings.stays_here:
        low = high = 0.0
        note = "nothing leaves this machine"
    elif facts is None:
        note = f"the price of {settings['model'] or settings.backend!r} is not known"
    else:
        answer = settings["output_tokens"] or ANSWER_TOKENS
        low = estimate(facts, tokens, cached, 0)
        high = estimate(facts, tokens, 0, answer)
        note = f"to nothing cached and an answer of {answer:,} tokens"
    return Estimated(
        backend=settings.backend,
        model=settings["model"],
        endpoint=settings.endpoint,
        input_tokens=tokens,
        window=facts.window if facts else None,
        cost_low=low,
        cost_high=high,
        note=note,
        cached_tokens=cached,
    )


def refuse(settings: Settings, expected: Estimated) -> None:
    """Raise RefusedError when the question is dearer than ``max_cost``, or nobody can tell."""
    limit = settings["max_cost"]
    if limit is None:
        return
    if expected.cost_high is None:
        raise RefusedError(
            f"max_cost is set, but {expected.note}",
            "add the model to [models] in the user configuration, or take max_cost back",
        )
    if expected.cost_high > limit:
        raise RefusedError(
            f"the question may cost ${expected.cost_high:.2f}, more than the ${limit:.2f} allowed",
            "raise --max-cost, or send less with --budget",
        )
