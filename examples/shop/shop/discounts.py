"""Who pays less, and how much."""

from __future__ import annotations

from shop.money import percent_of

LARGE_ORDER = 100_00
"""An order of at least this many cents is a large one."""

LARGE_ORDER_PERCENT = 10
MEMBER_PERCENT = 5


def discount(subtotal: int, member: bool) -> int:
    """Return the discount in cents; the better of the two counts, they do not add up."""
    percent = 0
    if member:
        percent = MEMBER_PERCENT
    if subtotal > LARGE_ORDER:
        percent = LARGE_ORDER_PERCENT
    return percent_of(subtotal, percent)
