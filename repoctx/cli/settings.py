"""``repoctx config``: every setting, its value, and where it came from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from repoctx.cli.narrator import Narrator
from repoctx.cli.options import Directory, Json, print_json
from repoctx.errors import UsageError
from repoctx.terminal import one_line

SCHEMA = "repoctx.config/1"
_SECRET = "api_key"


def config(
    name: Annotated[str | None, typer.Argument(help="A setting to show or to set.")] = None,
    value: Annotated[str | None, typer.Argument(help="Its new value, in your own file.")] = None,
    directory: Directory = Path("."),
    unset: Annotated[bool, typer.Option("--unset", help="Take the setting out again.")] = False,
    as_json: Json = False,
) -> int:
    """Show the settings and their origin, or change one in your own configuration file."""
    from repoctx.config import DEFAULTS, load_settings
    from repoctx.folders import root_of

    if name is not None and name not in DEFAULTS:
        raise UsageError(f"there is no setting {name!r}", "`repoctx config` lists them")
    if name is not None and (value is not None or unset):
        return _store(name, None if unset else value)
    settings = load_settings(root_of(directory))
    for warning in settings.warnings:
        Narrator().warn(warning)
    names = [name] if name else list(DEFAULTS)
    if as_json:
        shown = {n: {"value": _shown(n, settings[n]), "origin": settings.origins[n]} for n in names}
        print_json({"schema": SCHEMA, "backend": settings.backend, "settings": shown})
        return 0
    for each in names:
        text = f"{each:14} {_shown(each, settings[each])!s:24} {settings.origins[each]}"
        sys.stdout.write(one_line(text) + "\n")
    return 0


def _store(name: str, value: str | None) -> int:
    from repoctx.config.store import store_setting

    path = store_setting(name, value)
    Narrator().note(f"{'removed' if value is None else 'set'} {name} in {path}")
    return 0


def _shown(name: str, value: Any) -> Any:
    if name == _SECRET and value:
        return "(set)"
    return list(value) if isinstance(value, tuple) else value
