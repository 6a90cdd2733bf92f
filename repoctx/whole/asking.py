"""Ask every part of a repository the same question, and let a last call merge what they found."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from repoctx.backends.base import Backend, Cancellation, CheckFailure, Image, Message
from repoctx.errors import RepoctxError
from repoctx.events import Event, Notice
from repoctx.project import Project
from repoctx.prompt import part_question
from repoctx.sending.destination import destination_of
from repoctx.sending.estimate import room_for
from repoctx.sending.purse import Purse
from repoctx.sending.stream import packed, packed_event, send
from repoctx.whole.asked import Asked
from repoctx.whole.cost import Account, estimated_whole
from repoctx.whole.division import Division, Room, divide, room_of
from repoctx.whole.findings import some
from repoctx.whole.merging import merged
from repoctx.whole.reading import read_parts

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin
    from repoctx.packer.walk import Snapshot

_LONGEST_NUMBER = 999


def ask_whole(
    project: Project,
    backend: Backend,
    messages: Sequence[Message],
    question: str,
    failure: CheckFailure | None,
    cancellation: Cancellation,
    pins: tuple[Pin, ...] = (),
    purse: Purse | None = None,
    conversation: str = "",
    images: tuple[Image, ...] = (),
) -> Iterator[Event]:
    """Yield Packed, one Estimated for all calls, the Progress of all parts, the merged answer.

    Raises as ``send`` does, and BackendError when no part could be read. What fits one request is
    asked in one, and the Notice says so.
    """
    destination = destination_of(project.settings)
    asked = Asked(
        *(project, backend, destination, tuple(messages), question, failure, cancellation),
        pins=pins,
        images=images,
        account=Account(project, destination, conversation),
    )
    purse = purse or Purse(project.settings)
    reason = yield from _in_parts(asked, purse)
    if reason:
        yield Notice(reason)
        yield from send(
            *(project, backend, messages, question, failure, cancellation, pins),
            purse=purse,
            conversation=conversation,
            images=images,
        )


def _in_parts(asked: Asked, purse: Purse) -> Generator[Event, None, str]:
    """Ask in parts and return nothing, or return why one request does it."""
    settings = asked.settings
    if settings.answerer == "embedded":
        return "the built-in backend reads every file by itself: --whole changes nothing"
    alone = room_for(asked.destination.fitted, settings, asked.count(asked.question))
    if alone is None:
        return "no window is known for this model, so all of it goes in one request"
    with asked.project.opened() as (snapshot, index):
        pack = yield from packed(
            asked.project, snapshot, index, asked.question, sys.maxsize, asked.pins
        )
        if pack.tokens <= alone:
            return "everything fits one request: this is an ordinary question"
        yield packed_event(pack)
        yield from _fan_out(asked, purse, pack, snapshot, index)
    return ""


def _fan_out(
    asked: Asked, purse: Purse, pack: Pack, snapshot: Snapshot, index: Index
) -> Iterator[Event]:
    spoken = asked.count(part_question(asked.question, _LONGEST_NUMBER, _LONGEST_NUMBER))
    room = room_of(asked.project, asked.destination, spoken)
    assert room is not None  # ``alone`` was known
    division = yield from divide(asked.project, pack, asked.line, asked.destination, room)
    with closing(division):
        yield from _told(asked, division, room)
        expected = estimated_whole(asked.project, asked.destination, division.parts, spoken, room)
        yield expected
        reserved = purse.reserve(expected)
        division.keep()
        try:
            findings = yield from read_parts(asked, division.parts, spoken)
            yield from merged(asked, findings, division, room, snapshot, index)
        except RepoctxError:
            yield from asked.account.told()  # what is billed is told, whatever came of it
            raise
        finally:
            purse.settle(reserved, asked.account.cost)
        yield from asked.account.told()


def _told(asked: Asked, division: Division, room: Room) -> Iterator[Event]:
    """Say what will be asked, before the first call."""
    count = len(division.parts)
    at_once = min(count, max(1, asked.settings["concurrency"]))
    yield Notice(
        f"too large for one request: {count} parts of at most {room.most:,} tokens,"
        f" {at_once} at a time, and one call that merges"
    )
    if division.too_large:
        yield Notice(f"too large for any request, so not in full: {some(division.too_large)}")
