"""The repository as one request carries it, and the ledger that will remember it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING

from repoctx.backends.base import Context, Segment
from repoctx.events import Event, Progress
from repoctx.project import Project
from repoctx.sending.destination import Destination
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.ledger import Ledger, Outlook, Prepared
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin


class Shipment:
    """The repository as one request carries it, and the ledger that will remember it."""

    def __init__(
        self,
        context: Context,
        outlook: Outlook,
        prepared: Prepared | None,
        close: Callable[[], None],
        destination: str,
    ) -> None:
        self.context = context
        self.outlook = outlook
        self._prepared = prepared
        self._destination = destination
        self.close = close

    def arrived(self) -> None:
        """Remember, once, that the destination has seen all of it."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            prepared.sent(self._destination)


def ship(
    project: Project, pack: Pack, line: str, destination: Destination, room: int | None
) -> Generator[Event, None, Shipment]:
    """Prepare the context: from the ledger where a prefix is cached, else as it is packed."""
    if not destination.terms.lifetime:
        context = Context(pack.chunks, pack.tokens, pack.encoding)
        return Shipment(context, uncached(pack), None, lambda: None, destination.name)
    from repoctx.packer.ledger import Ledger

    with ExitStack() as opened:
        ledger = opened.enter_context(Ledger(project.state))
        shipment = yield from ship_from(project, ledger, pack, line, destination, room)
        opened.callback(shipment.close)
        shipment.close = opened.pop_all().close
    return shipment


def ship_from(
    project: Project,
    ledger: Ledger,
    pack: Pack,
    line: str,
    destination: Destination,
    room: int | None,
) -> Generator[Event, None, Shipment]:
    """Prepare the context from a line of an open ledger; several threads may read it at once."""

    made: list[Prepared] = []

    def work(report: Report) -> None:
        report(Progress("preparing", 0, None))
        made.append(ledger.prepare(line, pack, destination.economy, destination.name, room=room))

    try:
        yield from staged(work)
    except BaseException:
        for left in made:  # whoever leaves meanwhile gets nothing to close
            left.close()
        raise
    (prepared,) = made
    context = context_of(prepared, pack.encoding, key_of(project, line))
    return Shipment(context, prepared.outlook, prepared, prepared.close, destination.name)


def context_of(prepared: Prepared, encoding: str, key: str) -> Context:
    """Return what the ledger prepared as a backend takes it."""
    segments = tuple(Segment(s.chunks, s.escaped, s.size, s.tokens) for s in prepared.segments)

    def chunks() -> Iterator[str]:
        return chain.from_iterable(segment.chunks() for segment in segments)

    return Context(chunks, prepared.tokens, encoding, segments, key, prepared.cached)


def uncached(pack: Pack) -> Outlook:
    """Return what is sent of a pack where nothing is cached."""
    from repoctx.packer.ledger import Outlook

    return Outlook(pack.tokens, 0, 0, 0, "")


def line_of(project: Project, system: str, pins: Sequence[Pin] = ()) -> str:
    """Return the name of the ledger's line: all that decides how a prompt begins.

    ``system`` are the instructions and the tools, which stand before everything else.
    What a person leaves out by a list or a pin is in no base of that line.
    """
    asked = (f"{pin.level} {pin.pattern}" for pin in pins)
    return _hash(system, project.scope.kind, *(project.listed or ()), *asked)


def key_of(project: Project, line: str) -> str:
    """Return what questions about one project that begin alike have in common."""
    return _hash(line, str(project.state))


def _hash(*said: str) -> str:
    return hashlib.blake2b(os.fsencode("\0".join(said)), digest_size=16).hexdigest()
