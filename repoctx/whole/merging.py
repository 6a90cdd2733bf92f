"""The last call: it sees the findings of all parts and a selection of files, and answers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from repoctx.errors import UsageError
from repoctx.events import Event, FirstToken, Notice, Progress, TextDelta, Usage
from repoctx.prompt import merging_question
from repoctx.sending.estimate import estimated, room_for
from repoctx.sending.shipment import ship_from
from repoctx.sending.stream import packed
from repoctx.whole.asked import Asked
from repoctx.whole.division import Division, Room
from repoctx.whole.findings import Finding, cited, fitted, some

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin
    from repoctx.packer.walk import Snapshot

_TAGS = 24
"""Tokens of the tags around one finding, at most."""
_NAMED = 50
"""Files that could not be read and are named to the model."""


def merged(
    asked: Asked,
    findings: Sequence[Finding],
    division: Division,
    room: Room,
    snapshot: Snapshot,
    index: Index,
) -> Iterator[Event]:
    """Yield the answer's events; what it takes is told by ``asked.account``.

    The files that the call sees are those that question and findings speak of most.
    """
    unread = [path for f in findings if f.failure is not None for path in f.files]
    told, cut = _that_fit(asked, findings, unread, room)
    if cut:
        yield Notice(f"the findings of {cut} parts are cut: together they do not fit the window")
    question = _question(asked, told, len(findings), unread)
    yield Progress("merging", len(findings), len(findings), "parts")
    left = room_for(asked.destination.fitted, asked.settings, asked.count(question)) or room.most
    pack = yield from _selection(asked, told, snapshot, index, (min(room.merging, left), left))
    shipment = yield from ship_from(
        asked.project, division.ledger, pack, division.line, asked.destination, left
    )
    with closing(shipment):
        request = asked.request(question, shipment.context, asked.cancellation)
        expected = estimated(
            asked.settings, asked.destination, shipment.outlook, asked.count(question)
        )
        bill = asked.account.billed(expected)
        for event in asked.backend.stream(request):
            if isinstance(event, FirstToken | TextDelta | Usage):
                shipment.arrived()
            yield from asked.account.take(bill, event)
    if unread:
        failed = sum(finding.failure is not None for finding in findings)
        yield Notice(
            f"{failed} of {len(findings)} parts could not be read: the answer does not know"
            f" {some(unread)}"
        )


def _selection(
    asked: Asked,
    told: Sequence[Finding],
    snapshot: Snapshot,
    index: Index,
    budgets: tuple[int, int],
) -> Generator[Event, None, Pack]:
    """Pack what question and findings speak of; with the second budget if the first is too small.

    The files that findings name come first: a search takes in only so many words.
    """
    texts = [finding.text for finding in told]
    spoken = "\n".join([asked.question, *cited(texts, snapshot.by_path), *texts])
    pins = _lower(asked.pins)
    try:
        return (yield from packed(asked.project, snapshot, index, spoken, budgets[0], pins))
    except UsageError:
        return (yield from packed(asked.project, snapshot, index, spoken, budgets[1], pins))


def _that_fit(
    asked: Asked, findings: Sequence[Finding], unread: Sequence[str], room: Room
) -> tuple[list[Finding], int]:
    told = [finding for finding in findings if not finding.is_empty]
    bare = asked.count(_question(asked, [], len(findings), unread))
    left = room_for(asked.destination.fitted, asked.settings, bare) or room.most
    return fitted(told, max(0, left - room.merging - _TAGS * len(told)), asked.settings["encoding"])


def _question(asked: Asked, told: Sequence[Finding], parts: int, unread: Sequence[str]) -> str:
    named = list(unread[:_NAMED])
    if len(unread) > _NAMED:
        named.append(f"and {len(unread) - _NAMED} more")
    attached = [(f"findings of part {finding.part}", finding.text) for finding in told]
    return merging_question(asked.question, parts, attached, named)


def _lower(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return the pins that show less: every part had what was asked for in full."""
    from repoctx.packer.select import Level

    return tuple(pin for pin in pins if pin.level is not Level.FULL)
