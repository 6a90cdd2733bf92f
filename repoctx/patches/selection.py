"""A change put together again from the hunks that a person accepts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from repoctx.decoding import Text
from repoctx.errors import UsageError
from repoctx.linediff import Block
from repoctx.patches.edits import SYMLINK, EditError, FileChange, FileState
from repoctx.patches.hunks import CONTEXT, Lines, Part, parts_of


def select_hunks(
    change: FileChange, accepted: Collection[int], *, context: int = CONTEXT
) -> FileChange | None:
    """Return the change with only the accepted hunks, None when nothing is left of it.

    All of them give the change itself. Raises UsageError for a number that is no hunk.
    """
    return rebuilt(change, dict.fromkeys(accepted), context=context)


def rebuilt(
    change: FileChange,
    accepted: Mapping[int, str | None],
    *,
    context: int = CONTEXT,
    starts: Collection[int] = (),
) -> FileChange | None:
    """Return the change with the accepted hunks, some with a text of the person's own.

    ``context`` and ``starts`` say which the hunks are: see ``hunks``. A text replaces all of the
    hunk's ``new_lines``. Raises UsageError for a number that is no hunk, EditError where no text
    can stand, ConflictError for a character that the file's encoding does not have.
    """
    parts = parts_of(change, context, starts)
    for number, text in accepted.items():
        _check(change, parts, number, text)
    if not accepted:
        return None
    if len(accepted) == len(parts) and all(text is None for text in accepted.values()):
        return change
    return _with_parts(change, parts, accepted)


def _check(change: FileChange, parts: Sequence[Part], number: int, text: str | None) -> None:
    if not 0 <= number < len(parts):
        raise UsageError(f"{change.path} has no hunk {number}", f"count from 0 to {len(parts) - 1}")
    after = change.after
    if text is not None and (
        parts[number].kind != "text" or after is None or after.mode == SYMLINK
    ):
        raise EditError(f"{change.path}: this part has no text to edit", "accept it or reject it")


def _with_parts(
    change: FileChange, parts: Sequence[Part], accepted: Mapping[int, str | None]
) -> FileChange | None:
    before, after = change.before, change.after
    if after is None:
        return change
    if parts[0].kind == "header" and 0 not in accepted and before is not None:
        change = replace(change, path=change.old_path or change.path, old_path=None)
        after = before
    state = FileState(_content(change, parts, accepted), after.mode)
    return None if state == before and change.old_path is None else replace(change, after=state)


def _content(
    change: FileChange, parts: Sequence[Part], accepted: Mapping[int, str | None]
) -> bytes:
    """Splice the accepted parts into the old content."""
    old_content = change.before.content if change.before else b""
    new_content = change.after.content if change.after else b""
    for number, part in enumerate(parts):
        if part.kind == "bytes":
            return new_content if number in accepted else old_content
    old, new = Lines(old_content), Lines(new_content)
    pieces: list[bytes] = []
    at = 0
    for number in sorted(accepted):
        part, text = parts[number], accepted[number]
        for block in part.blocks if text is None else (part.place,):
            pieces += old.bytes[at : block.old_start]
            if text is None:
                pieces += new.bytes[block.new_start : block.new_end]
            else:
                pieces.append(_encoded(text, new.decoded, block))
            at = block.old_end
    return b"".join(pieces + old.bytes[at:])


def _encoded(text: str, like: Text, place: Block) -> bytes:
    mark = like.bom if place.old_start == 0 else b""
    return Text("", like.encoding, mark, like.errors).encode(text)
