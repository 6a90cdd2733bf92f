"""Whoever accepts a change without looking at each file has not agreed to those with flags."""

from __future__ import annotations

from repoctx.errors import RefusedError
from repoctx.patches.edits import ChangeSet


def refuse_flagged(changes: ChangeSet, hint: str) -> None:
    """Raise RefusedError for the first file with flags; ``hint`` says how to agree to it."""
    flagged = [change for change in changes.files if change.flags]
    if flagged:
        first = flagged[0]
        more = f" (and {len(flagged) - 1} more such files)" if len(flagged) > 1 else ""
        reasons = ", ".join(first.flags)
        raise RefusedError(f"{first.path}: {reasons}{more}; nothing was written", hint)
