"""``repoctx eval``: what a choice is worth, measured on the person's own repository."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repoctx.cli.narrator import Narrator
from repoctx.cli.options import Directory, Json, open_project, print_json
from repoctx.cli.progress import Bar
from repoctx.events import Progress
from repoctx.terminal import one_line

if TYPE_CHECKING:
    from repoctx.evals.cache import CacheReport

evaluations = typer.Typer(
    help="Measure what a choice is worth on a repository of your own; nothing is sent.",
    rich_markup_mode=None,
)


@evaluations.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    """Measure what a choice is worth on a repository of your own; nothing is sent."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@evaluations.command("cache")
def cache(
    directory: Directory = Path("."),
    commits: Annotated[int, typer.Option(min=1, help="How many, up to HEAD.")] = 200,
    model: Annotated[str, typer.Option(help="Whose prices; default claude-sonnet-5.")] = "",
    plot: Annotated[
        Path | None, typer.Option(help="Draw the cost of every question into this SVG file.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Replay the history, one question a commit: what would a cache keep in each layout?"""
    from repoctx.evals.cache import evaluate_cache
    from repoctx.evals.models import DEFAULT_MODEL, priced_model

    project = open_project(directory)
    facts = priced_model(model or DEFAULT_MODEL, project.settings)
    bar = Bar(narrator := Narrator())
    report = evaluate_cache(
        project,
        facts,
        commits,
        lambda done, total: bar.show(Progress("replaying", done, total, "commits")),
    )
    bar.hide()
    if plot is not None:
        _draw(report, plot)
    if as_json:
        print_json(report.as_json())
    else:
        for line in _table(report):
            sys.stdout.write(one_line(line) + "\n")
    narrator.note(
        f"{report.repo}: {report.commits} commits at the prices of {report.model};"
        " cost 1 is everything sent without a cache"
    )
    return 0


def _draw(report: CacheReport, path: Path) -> None:
    from repoctx.evals.plot import plot
    from repoctx.files import atomic_write

    atomic_write(path, plot(report).encode("utf-8", "replace"), 0o644)


def _table(report: CacheReport) -> list[str]:
    lines = [f"{'layout':<22}{'prefix hit':>12}{'cost':>8}{'new bases':>12}"]
    for name, series in report.layouts.items():
        cost, hit = series.means()
        bases = "" if series.rebases is None else f"{series.rebases:>12}"
        lines.append(f"{name:<22}{hit:>12.1%}{cost:>8.3f}{bases}")
    return lines
