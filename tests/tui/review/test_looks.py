"""How the review looks, as pictures whose differences are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from textual.pilot import Pilot

from repoctx.patches.edits import EXECUTABLE, ChangeSet, EditConflict, FileChange
from repoctx.project import Project
from repoctx.tui.review import ReviewScreen
from tests.tui.conftest import until
from tests.tui.review.conftest import Reviewing, change, keys, state

Compare: TypeAlias = Callable[..., bool]

OLD = '''"""Prices and discounts."""

import math


def total(items, rate):
    """Sum of all items."""
    result = 0
    for item in items:
        result += item.price * item.count
    return result


def discount(amount):
    if amount > 100:
        return amount * 0.9
    return amount


def shipping(weight, country):
    table = {"de": 4.9, "fr": 6.5}
    return table.get(country, 12.0) * math.ceil(weight)


def label(order):
\treturn "order " + order.number
'''
NEW = (
    OLD.replace("(items, rate)", "(items, rate=1.0)")
    .replace("    return result\n", "    return result * rate  \n")
    .replace("amount > 100", "amount >= 100")
    .replace('"order " + order.number\n', 'f"order {order.number} 订单"')
)
FILES = (
    change("shop/prices.py", OLD, NEW),
    change("shop/regions/with_a_long_name/rules.py", None, "RULES = {}\n"),
    change(".github/workflows/ci.yml", "on: push\n", "on: [push]\n", "continuous integration"),
    FileChange(
        "run.sh", state("echo\n"), state("echo\n", EXECUTABLE), flags=("becomes executable",)
    ),
    change("docs/old.md", "# Old\n", None),
    FileChange("lib/b.py", state("x = 1\n"), state("x = 2\n"), old_path="lib/a.py"),
    change("logo.png", b"\x89PNG\0\0", b"\x89PNG\0\1"),
    change("[red]\x1b[31m.py", "a = 1\n", "a = '\x1b]0;x\x07 [bold]\u202e'\r\n"),
)
CONFLICTS = (
    EditConflict(
        "shop/orders.py",
        "the SEARCH text is not in the file",
        "copy the lines from the file as they are",
        "-    return order.sum()\n+    return order.total()\nnearest, line 14:\n     return order.sum\n",
    ),
)


def _pictured(
    compare: Compare,
    project: Project,
    size: tuple[int, int],
    *pressed: str,
    theme: str = "textual-dark",
) -> bool:
    app = Reviewing(ReviewScreen(ChangeSet(FILES, CONFLICTS), project), theme)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.review.is_ready)
        await keys(pilot, *pressed)
        await pilot.pause(0.1)

    return compare(app, terminal_size=size, run_before=before)


def test_unified_dark(snap_compare: Compare, project: Project) -> None:
    assert _pictured(snap_compare, project, (100, 30), "y")


def test_side_by_side(snap_compare: Compare, project: Project) -> None:
    assert _pictured(snap_compare, project, (140, 40), "v", "y")


def test_a_conflict_in_the_light_at_80_columns(snap_compare: Compare, project: Project) -> None:
    assert _pictured(snap_compare, project, (80, 24), *"JJJJJJJJ", theme="textual-light")


def test_a_flag_is_consented_to_in_the_light(snap_compare: Compare, project: Project) -> None:
    assert _pictured(snap_compare, project, (80, 24), *"JJy", theme="textual-light")
