"""Load the tests of a check as its own command would, whichever kind it is."""

from __future__ import annotations

from .suites import Use


def collect(kind: str, arguments: list[str], use: Use) -> None:
    """Collect the tests as the check's own command would and hand them to ``use``.

    Returns without calling it when they cannot be collected.
    """
    if kind == "pytest":
        from .pytests import collect_pytest

        collect_pytest(arguments, use)
    elif kind == "unittest":
        from .unittests import collect_unittest

        collect_unittest(arguments, use)


def preload(kind: str, modules: list[str]) -> None:
    """Import the test runner and other modules early, so that every fork has them."""
    wanted = {"pytest": ["pytest"], "unittest": ["unittest.main"]}.get(kind, [])
    for name in [*wanted, *modules]:
        try:
            __import__(name)
        except BaseException:  # noqa: BLE001 - whatever a module does at import: not our business
            continue
