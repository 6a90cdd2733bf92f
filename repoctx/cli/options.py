"""Options that several commands share, and how they open a session."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from repoctx.project import Project

Directory: TypeAlias = Annotated[
    Path, typer.Option("-C", "--directory", help="The repository, or a folder in it.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Budget: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="The most tokens of repository text; what matters most comes first."),
]
NoRedact: TypeAlias = Annotated[
    bool, typer.Option("--no-redact", help="Leave secrets in the text. They will be sent.")
]


def open_project(directory: Path, **flags: Any) -> Project:
    """Open the project that the folder lies in, with typed flags over the other settings."""
    from repoctx.session import open_session

    return open_session(directory, **flags).project


def print_json(value: object) -> None:
    """Print one JSON value on one line; every character outside ASCII is escaped."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
