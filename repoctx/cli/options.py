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
Directories: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-C",
        "--directory",
        help="The repository, or a folder in it; several are read as one. @NAME: a workspace.",
    ),
]
FilesFrom: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Read only the files that this file lists, one a line; - is standard input."),
]
Null: TypeAlias = Annotated[
    bool, typer.Option("-0", "--null", help="NUL ends each name in the list, not a new line.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Budget: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="The most tokens of repository text; what matters most comes first."),
]
NoRedact: TypeAlias = Annotated[
    bool, typer.Option("--no-redact", help="Leave secrets in the text. They will be sent.")
]


def open_project(
    directory: Path | list[str] | None, files: list[str] | None = None, **flags: Any
) -> Project:
    """Open the project that the folders lie in, with typed flags over the other settings.

    ``files`` are all that is read, when there is such a list.
    """
    from repoctx.session import open_session

    if isinstance(directory, Path):
        folders = [directory]
    else:
        folders = [folder for name in directory or ["."] for folder in _folders(name)]
    return open_session(folders, files=files, **flags).project


def _folders(name: str) -> list[Path]:
    if not name.startswith("@"):
        return [Path(name)]
    from repoctx.config import workspace

    return workspace(name[1:])


def print_json(value: object) -> None:
    """Print one JSON value on one line; every character outside ASCII is escaped."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
