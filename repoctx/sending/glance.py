"""The context at a glance: what the next question would send, of which files, at what cost."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from repoctx.backends.base import Image, Message
from repoctx.events import Estimated, Event, Progress
from repoctx.project import Project
from repoctx.prompt import guide
from repoctx.sending.destination import Destination, destination_of
from repoctx.sending.estimate import estimated, room_for
from repoctx.sending.shipment import line_of, uncached
from repoctx.sending.stream import Spoken, Words, packed
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.ledger import Outlook, Standing
    from repoctx.packer.manifest import Document, Folder
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin
    from repoctx.packer.snapshot import Omission, Snapshot, SourceFile


@dataclass(frozen=True, slots=True)
class Source:
    """All that decides what a glance sees but the ledger and the clock."""

    project: Project
    files: tuple[SourceFile, ...]
    omitted: tuple[Omission, ...]
    head: str | None
    """The commit, on which relevance and liveliness depend."""
    words: Words
    pins: tuple[Pin, ...]


@dataclass(frozen=True)
class Glance:
    """What the next question would send; of what stays on this machine, what it would read."""

    documents: tuple[Document, ...]
    """Every file with its level, in the order of the pack."""
    levels: Mapping[str, int]
    """The number of files at each level."""
    redacted: int
    """Secrets replaced by placeholders."""
    spoken: Spoken
    expected: Estimated
    """The whole request; its costs are zero for what stays on this machine."""
    sends: bool
    """False when nothing leaves this machine."""
    budget: int | None
    """The most tokens of the repository, when the person set one."""
    standing: Standing | None
    """The ledger's base and updates; None when nothing was sent, or nothing can be cached."""
    outlook: Outlook
    destination: Destination
    idle: tuple[Pin, ...]
    """Pins that match no file: a question would be refused for them, here they count for nothing.
    """
    source: Source

    @cached_property
    def tree(self) -> Folder:
        """Every file in its folder, with sums."""
        from repoctx.packer.manifest import token_tree

        return token_tree(self.documents)

    @cached_property
    def dearest(self) -> tuple[tuple[str, Document], ...]:
        """Every file behind its path in lower case, those with most tokens first."""
        by_tokens = sorted(self.documents, key=lambda each: (-each.tokens, each.path))
        return tuple((document.path.lower(), document) for document in by_tokens)

    @property
    def limit(self) -> int | None:
        """Tokens that the whole request may have: by the budget or the window; None for any."""
        window = self.expected.window
        if self.budget is None:
            return window
        allowed = self.budget + self.spoken.total
        return allowed if window is None else min(window, allowed)


@dataclass(frozen=True, slots=True)
class Changed:
    """Files that are new, gone, or have another content or mode."""

    paths: tuple[str, ...] = ()
    tokens: int = 0
    """Of what the pack shows of them now."""


def glance(
    project: Project,
    pins: tuple[Pin, ...] = (),
    question: str = "",
    messages: Sequence[Message] = (),
    images: tuple[Image, ...] = (),
    before: Glance | None = None,
) -> Generator[Event, None, Glance]:
    """Return what a question would send; yields Progress while files that changed are read.

    ``question`` is the text with its attachments, ``messages`` are the conversation. ``before`` is
    returned when it still holds, which spares the packing; so does one that differs in words alone
    when nothing had to be chosen. Raises RefusedError when words or pins leave no room.
    """
    settings = project.settings
    destination = destination_of(settings)
    words = Words(guide(settings.reply_format), tuple(messages), question, images)
    spoken = words.counted(settings["encoding"])
    room = room_for(destination.fitted, settings, spoken.total)
    with project.opened() as (snapshot, index):
        lively, idle = _divided(pins, snapshot)
        line = line_of(project, words.guide.text, lively) if destination.terms.lifetime else ""
        source = _source(project, snapshot, words, pins)
        standing = _standing(project, line)
        if before is not None and _holds(before, source, standing, destination):
            return before
        pack_room = destination.pack_room(room)
        if before is not None and _differs_in_words(
            before, source, standing, destination, pack_room
        ):
            expected = estimated(settings, destination, before.outlook, spoken.total)
            return replace(before, spoken=spoken, expected=expected, source=source)
        pack = yield from packed(project, snapshot, index, question, pack_room, lively)
        outlook = yield from _outlook(project, pack, line, destination, room)
    return Glance(
        documents=pack.documents,
        levels=pack.levels,
        redacted=pack.redacted,
        spoken=spoken,
        expected=estimated(settings, destination, outlook, spoken.total),
        sends=not settings.stays_here,
        budget=settings["budget"],
        standing=standing,
        outlook=outlook,
        destination=destination,
        idle=idle,
        source=source,
    )


def changed(before: Glance, after: Glance) -> Changed:
    """Return what differs between the files of two glances."""
    old = {file.path: file for file in before.source.files}
    new = {file.path: file for file in after.source.files}
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    if not paths:
        return Changed()
    tokens = {document.path: document.tokens for document in after.documents}
    return Changed(tuple(paths), sum(tokens.get(path, 0) for path in paths))


def _source(project: Project, snapshot: Snapshot, words: Words, pins: tuple[Pin, ...]) -> Source:
    head = snapshot.repository.head() if snapshot.repository else None
    return Source(project, snapshot.files, snapshot.omitted, head, words, pins)


def _divided(pins: tuple[Pin, ...], snapshot: Snapshot) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
    """Return the pins that match a file, and those that do not."""
    if not pins:
        return (), ()
    from repoctx.packer.pins import idle_pins

    idle = idle_pins(pins, [file.path for file in snapshot.files])
    return tuple(pin for pin in pins if pin not in idle), idle


def _standing(project: Project, line: str) -> Standing | None:
    """Return what stands of a line; an empty one is that of a destination that caches nothing."""
    if not line:
        return None
    from repoctx.packer.ledger import Ledger

    with Ledger(project.state) as ledger:
        return ledger.standing(line)


def _holds(
    before: Glance, source: Source, standing: Standing | None, destination: Destination
) -> bool:
    """True when nothing differs from what an earlier glance saw, and its cache is as warm."""
    _, at = (standing.destinations if standing else {}).get(destination.name, (0, 0.0))
    is_warm = 0 <= time.time() - at <= destination.terms.lifetime
    return (
        (before.destination, before.standing) == (destination, standing)
        and before.source == source
        and (before.outlook.cached > 0) == is_warm
    )


def _differs_in_words(
    before: Glance,
    source: Source,
    standing: Standing | None,
    destination: Destination,
    room: int | None,
) -> bool:
    """True when another question finds the same pack: all files have room, whatever it says."""
    alike = replace(source, words=before.source.words)
    has_room = room is None or before.outlook.tokens <= room
    is_chosen = any(document.worth is not None for document in before.documents)
    return has_room and not is_chosen and _holds(before, alike, standing, destination)


def _outlook(
    project: Project, pack: Pack, line: str, destination: Destination, room: int | None
) -> Generator[Event, None, Outlook]:
    if not line:
        return uncached(pack)
    from repoctx.packer.ledger import Ledger

    def work(report: Report) -> Outlook:
        report(Progress("comparing", 0, None))
        with Ledger(project.state) as ledger:
            return ledger.outlook(line, pack, destination.economy, destination.name, room=room)

    return (yield from staged(work))
