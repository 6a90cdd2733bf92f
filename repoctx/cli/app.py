"""The command surface: every command, in the order in which the help shows them."""

from __future__ import annotations

from typing import Annotated

import typer

from repoctx import __version__
from repoctx.cli import (
    ask,
    changes,
    chat,
    cost,
    doctor,
    evaluating,
    packing,
    searching,
    secrets,
    settings,
    status,
)

app = typer.Typer(
    name="repoctx",
    help="Ask about a whole repository, change it safely, take the change back.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"repoctx {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask about a whole repository, change it safely, take the change back."""


app.command("ask")(ask.ask)
app.command("chat")(chat.chat)
app.command("pack")(packing.pack)
app.command("search")(searching.search)
app.command("secrets")(secrets.secrets)
app.command("apply")(changes.apply)
app.command("undo")(changes.undo)
app.command("redo")(changes.redo)
app.command("log")(changes.log)
app.command("status")(status.status)
app.command("cost")(cost.cost)
app.add_typer(evaluating.evaluations, name="eval")
app.command("config")(settings.config)
app.command("doctor")(doctor.doctor)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors and Ctrl-C are left to the caller.

    Without one it is the application, or the help where there is no terminal.
    """
    arguments = arguments or (["chat"] if chat.is_terminal() else ["--help"])
    command = typer.main.get_command(app)
    with command.make_context("repoctx", arguments) as context:
        return command.invoke(context) or 0
