"""What a question will take of the window, of money and of time, said before it is sent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING

from repoctx.backends.prices import estimate
from repoctx.config import Settings
from repoctx.costs import Costs
from repoctx.errors import RefusedError, RepoctxError
from repoctx.events import Estimated
from repoctx.folders import user_state_folder
from repoctx.sending.destination import Destination

if TYPE_CHECKING:
    from repoctx.packer.ledger import Outlook

ANSWER_TOKENS = 4_000
"""The answer that an estimate assumes when no limit is set: a few files' worth of edits."""

ANSWER_SHARE = 8
"""Of the window, an eighth is left for the answer when no limit is set: models with windows of a
million tokens take 0.87 to 0.92 of it as input."""

_LIKE_RUNS = 5
"""Runs of the most similar size, whose median speed counts: short prompts wait for other things."""


def room_for(window: int | None, settings: Settings, spoken: int) -> int | None:
    """Tokens that the repository may take: what the person set, and what the window leaves."""
    budget: int | None = settings["budget"]
    if window is None:
        return budget
    left = window - spoken - (settings["output_tokens"] or window // ANSWER_SHARE)
    if left <= 0:
        raise RefusedError(
            f"the question alone ({spoken:,} tokens) fills the window of {settings['model']}"
            f" ({window:,})",
            "attach less, or start anew without --continue",
        )
    return left if budget is None else min(budget, left)


def estimated(
    settings: Settings,
    destination: Destination,
    outlook: Outlook,
    spoken: int,
    answer: int | None = None,
) -> Estimated:
    """Return what a question costs that sends this of the repository and ``spoken`` more tokens.

    ``answer`` are the most tokens of the answer; None for what the settings allow.
    """
    facts, lifetime = destination.facts, destination.terms.lifetime
    tokens = outlook.tokens + spoken
    cached = outlook.cached if outlook.cached >= destination.terms.least else 0
    answer = answer or settings["output_tokens"] or ANSWER_TOKENS
    low = high = for_answer = None
    note = ""
    if settings.stays_here:
        low = high = for_answer = 0.0
        note = "nothing leaves this machine"
    elif facts is None:
        note = f"the price of {settings['model'] or settings.backend!r} is not known"
    else:
        low = estimate(facts, tokens, cached, 0, lifetime)
        high = estimate(facts, tokens, 0, answer, lifetime)
        for_answer = high - estimate(facts, tokens, 0, 0, lifetime)
        if settings["prime_cache"] and destination.terms.primes and not cached:
            high += estimate(facts, outlook.tokens, 0, 1, lifetime)  # it is sent ahead as well
        note = f"to nothing cached and an answer of {answer:,} tokens"
    return Estimated(
        backend=settings.backend,
        model=settings["model"],
        endpoint=settings.endpoint,
        input_tokens=tokens,
        window=destination.window,
        cost_low=low,
        cost_high=high,
        note=note,
        cached_tokens=cached,
        base_tokens=outlook.base,
        update_tokens=outlook.update_tokens,
        updates=outlook.updates,
        question_tokens=spoken,
        rebased=outlook.reason,
        answer_tokens=answer,
        answer_cost=for_answer,
        first_token_seconds=_learned_wait(settings, destination, tokens - cached),
    )


def _learned_wait(settings: Settings, destination: Destination, fresh: int) -> float | None:
    if settings.stays_here or destination.backend == "exec":  # one name for any command
        return None
    costs = Costs(user_state_folder())
    try:
        runs = costs.runs(destination.backend, destination.endpoint, destination.model)
    except RepoctxError:  # it is said when the bill of this question cannot be kept
        return None
    return expected_wait(runs, fresh)


def expected_wait(runs: Iterable[tuple[int, float]], fresh: int) -> float | None:
    """Return the seconds until the first token when ``fresh`` tokens must be read anew.

    ``runs`` are (tokens read anew, seconds) of earlier requests; None when there are none.
    """
    wanted = math.log(max(1, fresh))
    nearest = sorted(runs, key=lambda run: abs(math.log(run[0]) - wanted))[:_LIKE_RUNS]
    if not nearest:
        return None
    speed = median(tokens / seconds for tokens, seconds in nearest)
    return max(1, fresh) / speed
