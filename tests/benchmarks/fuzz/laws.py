"""Run the suite's laws of reading with as many examples as the time allows."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module

from hypothesis import HealthCheck, settings

_EXAMPLES = 500
"""Examples of one law before the next has its turn."""

MODULES = ("tests.patches.formats.test_laws", "tests.patches.matching.test_lines")


def run(seconds: int) -> int:
    """Run each law in turn until the time is over; the exit status is 1 when one fell."""
    settings.register_profile(
        "long", deadline=None, max_examples=_EXAMPLES, suppress_health_check=list(HealthCheck)
    )
    settings.load_profile("long")  # before the laws are made
    laws = _laws()
    rounds, fallen, end = 0, set[str](), time.monotonic() + seconds
    while time.monotonic() < end and len(fallen) < len(laws):
        for name, law in laws.items():
            if name not in fallen and time.monotonic() < end and not _holds(name, law):
                fallen.add(name)
        rounds += 1
    sys.stdout.write(f"{len(laws)} laws, {rounds} rounds of {_EXAMPLES} examples\n")
    sys.stdout.write("".join(f"fell: {name}\n" for name in sorted(fallen)))
    return int(bool(fallen))


def _laws() -> dict[str, Callable[[], None]]:
    found: dict[str, Callable[[], None]] = {}
    for module in map(import_module, MODULES):
        for name, law in vars(module).items():
            if name.startswith("test_") and hasattr(law, "hypothesis"):
                found |= _with_parameters(name, law)
    return found


def _with_parameters(name: str, law: Callable[..., None]) -> dict[str, Callable[[], None]]:
    """A law for each value that pytest would give it."""
    for mark in getattr(law, "pytestmark", []):
        if mark.name == "parametrize":
            argument, values = mark.args
            return {f"{name}[{value}]": _bound(law, argument, value) for value in values}
    return {name: law}


def _bound(law: Callable[..., None], argument: str, value: object) -> Callable[[], None]:
    return lambda: law(**{argument: value})


def _holds(name: str, law: Callable[[], None]) -> bool:
    try:
        law()
    except Exception:  # noqa: BLE001 - hypothesis tells the smallest example in it
        sys.stdout.write(f"{name}\n{traceback.format_exc()}\n")
        return False
    return True
