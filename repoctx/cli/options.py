"""Options that several commands share, and how they open a session."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from repoctx.packer.pins import Pin
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
Commit: TypeAlias = Annotated[
    bool, typer.Option("--commit", help="Then commit these files with git, and nothing else.")
]
CommitHooks: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Where a commit runs hooks: refuse it, run them, or skip them."),
]
Budget: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="The most tokens of repository text; what matters most comes first."),
]
Pinned: TypeAlias = list[str] | None
Full: TypeAlias = Annotated[
    Pinned, typer.Option("--full", help="Always in full; a .gitignore pattern, may be repeated.")
]
Outlined: TypeAlias = Annotated[
    Pinned, typer.Option("--outline", help="Always as an outline; may be repeated.")
]
Named: TypeAlias = Annotated[
    Pinned, typer.Option("--name", help="Never more than the name; may be repeated.")
]
Left: TypeAlias = Annotated[
    Pinned, typer.Option("--omit", help="Always left out, and listed as that; may be repeated.")
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


def pins(full: Pinned, outline: Pinned, name: Pinned, omit: Pinned) -> tuple[Pin, ...]:
    """Return the levels that were asked for."""
    asked = {"full": full, "outline": outline, "name": name, "omitted": omit}
    if not any(asked.values()):
        return ()
    from repoctx.packer.pins import Pin
    from repoctx.packer.select import Level

    return tuple(Pin(p, Level(level)) for level, given in asked.items() for p in given or ())


def print_json(value: object) -> None:
    """Print one JSON value on one line; every character outside ASCII is escaped."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
