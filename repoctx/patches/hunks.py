"""A change in pieces that a person can accept one by one.

A hunk is a stretch of changed lines with a little context, as in a unified diff; what is not text
(a rename, a mode, a binary file) is a hunk of its own. Lines end at ``\\n`` only, as git sees them,
and content is put together again from the files' own bytes, so nothing is lost to decoding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from repoctx.decoding import Text, decode, is_binary
from repoctx.linediff import (
    Block,
    changed_blocks,
    grouped,
    line_range,
    marked,
    split_lines,
)
from repoctx.patches.edits import SYMLINK, FileChange, FileState

CONTEXT = 3
"""Unchanged lines shown on each side, as git does."""

Mark: TypeAlias = Literal[" ", "-", "+"]

_NOWHERE = Block(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Hunk:
    """One piece of a change. Its text is raw: escape it before a terminal sees it."""

    old_start: int
    """The first old line, from 1; the line before the hunk when it has no old lines."""
    new_start: int
    lines: tuple[tuple[Mark, str], ...]
    """Every line with its newline; empty when the hunk is not text."""
    title: str = ""
    """What a hunk without lines does: ``rename from a to b``, ``mode 100644 to 100755``."""

    @property
    def old_lines(self) -> tuple[str, ...]:
        """The lines before, context included."""
        return tuple(line for mark, line in self.lines if mark != "+")

    @property
    def new_lines(self) -> tuple[str, ...]:
        """The lines after, context included."""
        return tuple(line for mark, line in self.lines if mark != "-")

    @property
    def header(self) -> str:
        """The ``@@`` line, or the title."""
        if not self.lines:
            return self.title
        old = line_range(self.old_start, len(self.old_lines))
        return f"@@ -{old} +{line_range(self.new_start, len(self.new_lines))} @@"

    def __str__(self) -> str:
        return self.header + "\n" + "".join(marked(mark, line) for mark, line in self.lines)


def hunks(
    change: FileChange, *, context: int = CONTEXT, starts: Collection[int] = ()
) -> tuple[Hunk, ...]:
    """Return the change's hunks in order; a hunk's index is what ``select_hunks`` accepts.

    A file that appears, goes, is or becomes a symbolic link is one hunk. Otherwise a rename or a
    new mode comes first, then the text; changes at most ``2 * context`` lines apart are one hunk,
    unless ``starts`` holds the number, among all stretches of changed lines, of the second. Hunks
    share no line: what stands between two is dealt out.
    """
    return tuple(part.hunk for part in parts_of(change, context, starts))


@dataclass(frozen=True, slots=True)
class Part:
    """A hunk and what it stands for."""

    hunk: Hunk
    kind: Literal["header", "bytes", "text"]
    """Path and mode; the whole content as bytes; or the lines of ``place``."""
    place: Block = _NOWHERE
    """The hunk's lines on both sides, context included, counted from 0."""
    blocks: tuple[Block, ...] = ()
    """The changed lines among them."""


class Lines:
    """A content in lines, as bytes and as text."""

    def __init__(self, content: bytes) -> None:
        self.decoded: Text = decode(content)
        if self.is_wide:  # a newline's byte may be half of another character
            lines = _split_text(self.decoded.text) or [""]
            self.bytes = [line.encode(self.decoded.encoding) for line in lines]
            self.bytes[0] = self.decoded.bom + self.bytes[0]
        else:
            self.bytes = split_lines(content)

    @property
    def is_wide(self) -> bool:
        """True when a character takes several bytes of which one may look like a newline."""
        return self.decoded.encoding.startswith(("utf-16", "utf-32"))

    def text(self, number: int) -> str:
        """Return one line as text, without the byte order mark."""
        line = self.bytes[number].removeprefix(self.decoded.bom if number == 0 else b"")
        return line.decode(self.decoded.encoding, self.decoded.errors)


def parts_of(change: FileChange, context: int, starts: Collection[int] = ()) -> tuple[Part, ...]:
    """Return the change's hunks with what selecting them needs.

    The last few are kept, because a person decides about one file many times.
    """
    return _kept_parts(change, context, frozenset(starts))


@lru_cache(maxsize=4)
def _kept_parts(change: FileChange, context: int, starts: frozenset[int]) -> tuple[Part, ...]:
    return tuple(_parts_of(change, context, starts))


def _parts_of(change: FileChange, context: int, starts: frozenset[int]) -> list[Part]:
    before, after = change.before, change.after
    if before is None or after is None or SYMLINK in (before.mode, after.mode):
        return [_whole(before, after, _in_words(change))]
    parts = []
    if change.old_path is not None or before.mode != after.mode:
        parts.append(Part(Hunk(0, 0, (), _in_words(change)), "header"))
    if before.content == after.content:
        return parts
    if is_binary(before.content) or is_binary(after.content):
        return [*parts, _whole(before, after, "other content")]
    old, new = Lines(before.content), Lines(after.content)
    if old.decoded.encoding != new.decoded.encoding and (old.is_wide or new.is_wide):
        return [*parts, _whole(before, after, "other encoding")]
    return [*parts, *_text_parts(old, new, context, starts)]


def _in_words(change: FileChange) -> str:
    """What happens to the file beside its text, in words."""
    before, after = change.before, change.after
    if before is None:
        return f"new file {change.path}"
    if after is None:
        return f"delete {change.path}"
    said = [f"rename from {change.old_path} to {change.path}"] if change.old_path else []
    if before.mode != after.mode:
        said.append(f"mode {before.mode:06o} to {after.mode:06o}")
    return ", ".join(said)


def _whole(before: FileState | None, after: FileState | None, title: str) -> Part:
    contents = [state.content if state else b"" for state in (before, after)]
    if any(is_binary(content) for content in contents):
        return Part(Hunk(0, 0, (), f"{title} (binary)"), "bytes")
    old, new = Lines(contents[0]), Lines(contents[1])
    block = Block(0, len(old.bytes), 0, len(new.bytes))
    return Part(_hunk(old, new, block, [block], title), "text", block, (block,))


def _text_parts(old: Lines, new: Lines, context: int, starts: Collection[int]) -> Iterator[Part]:
    groups = list(_parted(grouped(changed_blocks(old.bytes, new.bytes), context), starts))
    for number, group in enumerate(groups):
        first, last = group[0], group[-1]
        above, below = first.old_start, len(old.bytes) - last.old_end
        if number > 0:
            above = (above - groups[number - 1][-1].old_end) // 2
        if number + 1 < len(groups):
            below = (groups[number + 1][0].old_start - last.old_end + 1) // 2
        above, below = min(context, above), min(context, below)
        place = Block(
            *(first.old_start - above, last.old_end + below),
            *(first.new_start - above, last.new_end + below),
        )
        yield Part(_hunk(old, new, place, group), "text", place, tuple(group))


def _parted(groups: Iterator[list[Block]], starts: Collection[int]) -> Iterator[list[Block]]:
    """Yield the groups, each cut before the blocks whose numbers are in ``starts``."""
    number = 0
    for group in groups:
        cuts = [at for at in range(1, len(group)) if number + at in starts]
        number += len(group)
        for begin, end in zip([0, *cuts], [*cuts, len(group)], strict=True):
            yield group[begin:end]


def _hunk(old: Lines, new: Lines, place: Block, blocks: Sequence[Block], title: str = "") -> Hunk:
    lines: list[tuple[Mark, str]] = []
    at = place.old_start
    for block in blocks:
        lines.extend((" ", old.text(number)) for number in range(at, block.old_start))
        lines.extend(("-", old.text(number)) for number in range(block.old_start, block.old_end))
        lines.extend(("+", new.text(number)) for number in range(block.new_start, block.new_end))
        at = block.old_end
    lines.extend((" ", old.text(number)) for number in range(at, place.old_end))
    old_start = place.old_start + (place.old_end > place.old_start)
    new_start = place.new_start + (place.new_end > place.new_start)
    return Hunk(old_start, new_start, tuple(lines), title)


def _split_text(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])
