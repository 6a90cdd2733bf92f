"""Which programs of the person's or the repository's own a commit would run, without running any.

Our git runs none of them. A commit that leaves out a hook, a signature or a filter in silence
would not be the person's, so they are found first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repoctx.git.process import HARMLESS, run
from repoctx.git.writing import careful, careful_settings

HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-index-change",
    "reference-transaction",
)
"""What `git commit` runs, in the order in which a person would name them."""

Configuration = Mapping[str, str | None]
"""The value in force of each setting; None for one without a value, which means true."""

# Where the hooks lie is asked with the person's own core.hooksPath in force.
_HOOKS_AS_SET = tuple(pair for pair in HARMLESS if pair[0] != "core.hooksPath")


@dataclass(frozen=True, slots=True)
class Programs:
    """What a commit of some files would run."""

    hooks: tuple[str, ...] = ()
    """Names of git's hooks that are active."""
    signs: bool = False
    filters: tuple[tuple[str, str], ...] = ()
    """Path and driver of each file whose content a program changes before it is stored."""

    def __bool__(self) -> bool:
        return bool(self.hooks or self.signs or self.filters)


def configuration(root: Path) -> Configuration:
    """Return every setting of git's that is in force there."""
    listing = os.fsdecode(run(root, ("config", "--list", "-z"), ()))
    values: dict[str, str | None] = {}
    for entry in filter(None, listing.split("\0")):
        name, newline, value = entry.partition("\n")
        values[name] = value if newline else None
    return values


def is_true(configured: Configuration, name: str, default: bool = False) -> bool:
    """Return a setting as git reads a truth value."""
    if name not in configured:
        return default
    value = configured[name]
    if value is None or value.lower() in ("true", "yes", "on"):
        return True
    return value.isdigit() and int(value) != 0


def programs(root: Path, configured: Configuration, paths: Iterable[str]) -> Programs:
    """Return what a commit of these paths would run."""
    hooks = tuple(dict.fromkeys((*_hooks_on_disk(root), *_configured_events(configured))))
    filters = tuple(_filters(root, configured, list(paths)))
    return Programs(hooks, is_true(configured, "commit.gpgsign"), filters)


def configured_hooks(configured: Configuration) -> list[str]:
    """Return the names of hooks that the settings define, as git 2.54 and later run them."""
    return [
        name.removeprefix("hook.").removesuffix(".event")
        for name in configured
        if name.startswith("hook.") and name.endswith(".event")
    ]


def _configured_events(configured: Configuration) -> Iterator[str]:
    for name in configured_hooks(configured):
        event = configured[f"hook.{name}.event"] or ""
        if event in HOOKS and is_true(configured, f"hook.{name}.enabled", default=True):
            yield event


def _hooks_on_disk(root: Path) -> list[str]:
    asked = [part for name in HOOKS for part in ("--git-path", f"hooks/{name}")]
    answer = os.fsdecode(run(root, ("rev-parse", *asked), _HOOKS_AS_SET))
    files = answer.removesuffix("\n").split("\n")
    if len(files) != len(HOOKS):
        return ["core.hooksPath"]  # its name has a newline: nobody can say what lies there
    pairs = zip(HOOKS, files, strict=True)
    return [name for name, file in pairs if os.access(root / file, os.X_OK)]


def _filters(root: Path, configured: Configuration, paths: list[str]) -> Iterator[tuple[str, str]]:
    drivers = {
        name.removeprefix("filter.").rpartition(".")[0]
        for name, value in configured.items()
        if name.startswith("filter.") and name.endswith((".clean", ".process")) and value
    }
    if not drivers:
        return
    asked = os.fsencode("".join(f"{path}\0" for path in paths))
    command = ("check-attr", "-z", "--stdin", "filter")
    answer = os.fsdecode(run(root, command, careful_settings(root), asked, careful()))
    fields = answer.split("\0")[:-1]
    for path, value in zip(fields[::3], fields[2::3], strict=True):
        if value in drivers:
            yield path, value
