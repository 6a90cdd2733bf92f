"""Figures in few cells: tokens in thousands, dollars that are easy to compare."""

from __future__ import annotations

_TO = "\u2013"


def short(tokens: int) -> str:
    """Return a number of tokens: ``812``, ``1.2k``, ``123.4k``, ``1.2M``."""
    if tokens < 1_000:
        return str(tokens)
    if tokens < 999_950:
        return f"{tokens / 1_000:.1f}k"
    return f"{tokens / 1_000_000:.1f}M"


def dollars(low: float, high: float) -> str:
    """Return a range of US dollars, each with two significant digits, between them a dash."""
    first, last = _two_digits(low), _two_digits(high)
    return f"${first}" if first == last else f"${first}{_TO}{last}"


def _two_digits(amount: float) -> str:
    if amount >= 1 or amount < 0.000_001:
        return f"{amount:.2f}"
    places = 2
    while places < 6 and round(amount, places) < 10 ** (1 - places):
        places += 1
    return f"{amount:.{places}f}"
