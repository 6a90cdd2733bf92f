"""Amounts in whole cents, so that no cent is ever lost to rounding."""

from __future__ import annotations


def percent_of(cents: int, percent: int) -> int:
    """Return the percentage of an amount, rounded half up to whole cents."""
    return (cents * percent + 50) // 100


def formatted(cents: int) -> str:
    """Return the amount as people write it: 1234 is 12.34."""
    return f"{cents // 100}.{cents % 100:02d}"
