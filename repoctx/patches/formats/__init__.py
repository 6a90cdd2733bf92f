"""The edit formats: a parser each, with the instructions that teach a model to write it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from repoctx.errors import UsageError

NAMES = ("search_replace", "patch_envelope", "unified_diff", "whole_file", "json_edits")
"""Every format in which a reply may give its edits; all of them are understood in any reply."""

TOOL_CALLS = "tool_calls"
"""Edits as calls of tools, which a backend writes into the reply as JSON edits."""

CHOICES = (*NAMES, TOOL_CALLS)
"""Every format that can be asked for."""


@cache
def instructions(name: str) -> str:
    """Return what tells a model to write its edits in this format; raises UsageError."""
    if name not in CHOICES:
        raise UsageError(f"there is no edit format {name}", f"choose one of {', '.join(CHOICES)}")
    return files(__name__).joinpath(f"{name}.md").read_text("utf-8")
