"""Errors of the command line itself, in the same one-line form as every other error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """What to tell the person, and the exit code."""

    message: str
    hint: str
    exit_code: int


def usage_error(error: Exception) -> Told | None:
    """Return what to say of an error that the option parser raised; None for any other."""
    from typer import Abort, Exit

    if isinstance(error, Exit):
        return Told("", "", error.exit_code)
    if isinstance(error, Abort):
        return Told("cancelled", "", 130)
    describe = getattr(error, "format_message", None)
    if describe is None:
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "repoctx"
    return Told(describe(), f"see `{command} --help`", 2)
