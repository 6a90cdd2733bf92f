"""``repoctx chat``, and ``repoctx`` alone: the terminal application."""

from __future__ import annotations

import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repoctx.cli.options import (
    Budget,
    Directories,
    Full,
    Left,
    Named,
    Outlined,
    open_project,
    pins,
)
from repoctx.errors import RefusedError

if TYPE_CHECKING:
    from repoctx.tui import Desk


def chat(
    question: Annotated[str, typer.Argument(help="Asked at once; may be left out.")] = "",
    directory: Directories = None,
    backend: Annotated[str | None, typer.Option(help="Who answers.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's name.")] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible endpoint.")] = None,
    recording: Annotated[str | None, typer.Option(help="scripted: the recorded replies.")] = None,
    check: Annotated[str, typer.Option(help="A command that must succeed.")] = "",
    budget: Budget = None,
    full: Full = None,
    outline: Outlined = None,
    name: Named = None,
    omit: Left = None,
    resume: Annotated[
        bool, typer.Option("--continue", help="Go on with the last conversation.")
    ] = False,
    local_only: Annotated[
        bool, typer.Option("--local-only", help="Refuse every endpoint elsewhere.")
    ] = False,
) -> int:
    """Ask, watch it read, review hunk by hunk, apply and undo, in the terminal."""
    if not is_terminal():
        raise RefusedError("the application needs a terminal", 'try `repoctx ask "…"`')
    flags: dict[str, Any] = {
        **{"backend": backend, "model": model, "base_url": base_url, "recording": recording},
        **{"budget": budget, "local_only": local_only or None},
    }
    project = open_project(directory, **flags)  # a mistake is told before the screen is taken
    from repoctx.tui import Desk, run

    desk = Desk(
        folders=(project.folder, *(r.path for r in project.roots if r.path != project.root)),
        flags=MappingProxyType({key: each for key, each in flags.items() if each is not None}),
        check=check,
        pins=pins(full, outline, name, omit),
    )
    return run(_resumed(desk, project.state) if resume else desk, question)


def is_terminal() -> bool:
    """True when there is a terminal to draw on and to type at."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _resumed(desk: Desk, state: Path) -> Desk:
    from repoctx.conversation import last_conversation, load_conversation

    load_conversation(state)  # raises when there is none
    return desk.begun_anew(last_conversation(state))
