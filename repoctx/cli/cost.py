"""``repoctx cost``: what was billed, by repository and model."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repoctx.cli.narrator import Narrator
from repoctx.cli.options import Directories, Json, open_project, print_json
from repoctx.errors import UsageError
from repoctx.terminal import counted, one_line

if TYPE_CHECKING:
    from repoctx.costs import Total

SCHEMA = "repoctx.cost/1"
_FORMS = ("%Y-%m-%d", "%Y-%m", "%Y")


def cost(
    directory: Directories = None,
    all_: Annotated[bool, typer.Option("--all", help="Of every repository.")] = False,
    since: Annotated[
        str | None, typer.Option(help="A year, month or day, as 2026-11; otherwise this month's.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Show what requests have cost: tokens, what was billed, what the cache saved."""
    from repoctx.costs import Costs, month_start, repository_key
    from repoctx.costs.totals import added
    from repoctx.folders import user_state_folder

    start = month_start() if since is None else _start(since)
    project = None if all_ else open_project(directory)
    key = None if project is None else repository_key(root.path for root in project.roots)
    costs = Costs(user_state_folder())
    totals = costs.totals(start, key)
    session = costs.conversation(costs.last_conversation(key)) if key is not None else None
    month = added(costs.totals(month_start()))
    if costs.note:
        Narrator().warn(costs.note)
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "since": datetime.fromtimestamp(start).astimezone().isoformat(),
                "totals": [asdict(total) for total in totals],
                "sum": asdict(added(totals)),
                "conversation": session,
                "month": month.cost,
            }
        )
        return 0
    _print(totals, start)
    if session is not None:
        _line(f"last conversation here: ${session:.4f}")
    _line(f"this month in all repositories: ${month.cost:.2f}{_unknown(month)}")
    return 0


def _start(text: str) -> float:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    raise UsageError(f"--since {text!r} is no date", "write a year, month or day: 2026-11")


def _print(totals: list[Total], start: float) -> None:
    from repoctx.costs.totals import added

    day = f"{datetime.fromtimestamp(start):%Y-%m-%d}"
    if not totals:
        _line(f"nothing was sent since {day}")
        return
    _line(f"since {day}:")
    for total in totals:
        _line(f"{' and '.join(map(_name, total.repositories))}, {_model(total)}: {_figures(total)}")
    if len(totals) > 1:
        _line(f"together: {_figures(added(totals))}")


def _name(root: str) -> str:
    return Path(root).name or root


def _model(total: Total) -> str:
    where = f" at {total.endpoint}" if total.endpoint else ""
    return f"{total.model or total.backend}{where}"


def _figures(total: Total) -> str:
    saved = f", the cache saved ${total.saved:.4f}" if total.saved else ""
    return (
        f"{counted(total.requests, 'request')}, {total.input:,} tokens in ({total.cached:,} cached,"
        f" {total.written:,} written), {total.output:,} out, ${total.cost:.4f}"
        f"{saved}{_unknown(total)}"
    )


def _unknown(total: Total) -> str:
    if not total.unpriced:
        return ""
    return f", without {counted(total.unpriced, 'request')} whose price is not known"


def _line(text: str) -> None:
    sys.stdout.write(one_line(text) + "\n")
