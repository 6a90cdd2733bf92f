"""``repoctx secrets``: what is hidden from every model, and what to allow."""

from __future__ import annotations

import shlex
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
    from repoctx.packer.findings import Finding

SCHEMA = "repoctx.secrets/1"


def secrets(
    directory: Directory = Path("."),
    rev: Annotated[str | None, typer.Option(help="Look at this commit, not the tree.")] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Add to your own allow-list instead: password:1a2b3c4d, kind:jwt, path:tests/**."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """List the secrets that are replaced by placeholders: where they are, never what they are."""
    if allow:
        return _allow(allow)
    project = open_project(directory)
    narrator = Narrator()
    bar = Bar(narrator)
    found = project.secrets(
        rev, lambda done, total: bar.show(Progress("searching", done, total, "files"))
    )
    bar.hide()
    for warning in project.settings.warnings:
        narrator.warn(warning)
    if as_json:
        print_json({"schema": SCHEMA, "rev": rev, "secrets": [_as_json(one) for one in found]})
    for one in [] if as_json else found:
        place = f"{one.path}:{one.line}"
        sys.stdout.write(one_line(f"{place}  {one.kind}  {one.placeholder}  {one.preview}") + "\n")
    narrator.note(f"secrets: {len(found)}, in files: {len({one.path for one in found})}")
    if not project.settings["redact"]:
        narrator.warn("redact is false: these are sent as they are")
    return 0


def _allow(entries: list[str]) -> int:
    """Add to the allow-list in the person's own configuration file."""
    from repoctx.config import read_file
    from repoctx.config.known import checked
    from repoctx.config.store import store_setting
    from repoctx.folders import user_config_file
    from repoctx.packer.secrets.allowed import parse_allowed

    path = user_config_file()
    kept = checked("allow_secrets", read_file(path).get("allow_secrets", ()), str(path))
    entries = [text.removeprefix("[REDACTED:").removesuffix("]") for text in entries]
    together = tuple(dict.fromkeys((*kept, *entries)))
    parse_allowed(together)
    store_setting("allow_secrets", shlex.join(together))
    Narrator().note(f"allow_secrets has {len(together)} entries in {path}")
    return 0


def _as_json(one: Finding) -> dict[str, object]:
    return {
        "path": one.path,
        "line": one.line,
        "kind": one.kind,
        "id": one.name,
        "placeholder": one.placeholder,
        "length": one.length,
        "preview": one.preview,
    }
