"""Looking into JSON that a stranger made: each value may be missing, or of another type."""

from __future__ import annotations

from typing import Any

_MOST = 1 << 40


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def array(value: Any) -> list[Any]:
    """Return the value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def count(*values: Any) -> int:
    """Return the first of the values that is a sensible count, else 0."""
    counts = (value for value in values if type(value) is int)
    return next((number for number in counts if 0 < number < _MOST), 0)
