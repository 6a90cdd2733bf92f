"""Sending a base ahead of the first question, where only whole earlier requests are found again.

DeepSeek finds a prefix only if it ends where an earlier request ended. With r = price of a cached
token / price of a new one (about 0.02 to 0.03), n questions about the same A tokens cost, in units
of A: alone 1, then 2 (the second shares no end with the first), then 2 + (n - 2)r; after a request
that ends where A ends, 1 + nr. So sending A ahead loses r when no second question comes, and saves
1 - 2r when one does: it pays when the chance of a second one is above r / (1 - r).

That holds only where no other ends are stored. DeepSeek also stores long inputs at fixed intervals,
and storing takes it some seconds: a question that comes before pays for A again. So this is off
unless the setting ``prime_cache`` asks for it.
"""

from __future__ import annotations

from dataclasses import replace

from repoctx.backends.base import Context, Limits, Request
from repoctx.backends.caching import CacheTerms

STORING_SECONDS = 3.0
"""How long a provider may take to store what it has read."""
_LEAST = 10_000
"""Tokens of a base that is sent ahead; less costs next to nothing to send again."""


def is_worth_priming(terms: CacheTerms, context: Context) -> bool:
    """True when the base is new there, large enough, and found again only by its end."""
    return terms.primes and not context.cached and context.tokens >= _LEAST


def ahead_of(request: Request) -> Request:
    """Return the request that ends where the question begins, for an answer of one token.

    The newline before the question is part of it, so that both end in the same token.
    """
    return replace(request, messages=(), question="", limits=Limits(1, request.limits.seconds))
