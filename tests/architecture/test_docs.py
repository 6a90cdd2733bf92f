"""The README tells the truth: every command and option in it exists, and none is missing."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from repoctx.cli.app import app
from repoctx.config import DEFAULTS

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def commands() -> dict[str, set[str]]:
    """Every command with its options."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in group.commands.items()
    }


def test_every_command_is_in_the_readme() -> None:
    for name in commands():
        assert re.search(rf"`(repoctx )?{name}\b", README), name


def test_every_command_and_option_of_the_readme_exists() -> None:
    known = commands()
    for line in re.findall(
        r"repoctx (?:ask|pack|search|secrets|apply|undo|status|cost|config|doctor)\b.*", README
    ):
        name = line.split()[1].strip("`")
        for option in re.findall(r"(?<=\s)--[a-z-]+(?=[\s`=]|$)", line.split("|")[0]):
            assert option in known[name], line


def test_every_setting_that_the_readme_sets_exists() -> None:
    for name in re.findall(r"repoctx config (\w+)", README):
        assert name in DEFAULTS, name
