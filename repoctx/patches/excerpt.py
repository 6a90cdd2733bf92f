"""Tell the whole new content of a file from an excerpt that was quoted to show something."""

from __future__ import annotations

from collections.abc import Sequence

from repoctx.patches.edits import EditError, FileEdit
from repoctx.patches.formats.whole_file import NAME as WHOLE_FILE
from repoctx.patches.matching.lines import Lines
from repoctx.patches.matching.rewrite import refuse_placeholder

_LARGE = 20
"""Lines from which a file that would lose half of them in a rewrite is looked at twice."""


def flags_of_rewrite(
    path: str, edit: FileEdit, lines: Lines, texts: Sequence[str]
) -> tuple[str, ...]:
    """Return what to look at twice when the texts become all of the file.

    Raises EditError, or MisfitError, when they can hardly be all of it.
    """
    if not any(map(str.strip, texts)) and any(map(str.strip, lines.texts)):
        raise EditError(f"the new content of {path} is empty", "delete the file instead")
    refuse_placeholder(lines, texts, removes=True)
    if len(lines) < _LARGE or 2 * len(texts) >= len(lines):
        return ()
    shrinks = f"{len(texts)} lines in place of {len(lines)}"
    if edit.format == WHOLE_FILE:
        raise EditError(
            f"the block does not look like all of {path}: {shrinks}",
            "give the whole file, or use another edit format to delete most of it",
        )
    return (f"rewritten shorter: {shrinks}",)
