"""The repository as one request carries it, and the ledger that will remember it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from repoctx.backends.base import Context, Segment
from repoctx.events import Event, Progress
from repoctx.project import Project
from repoctx.sending.destination import Destination
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.ledger import Prepared
    from repoctx.packer.pack import Pack


class Shipment:
    """The repository as one request carries it, and the ledger that will remember it."""

    def __init__(
        self,
        context: Context,
        prepared: Prepared | None,
        close: Callable[[], None],
        destination: str,
    ) -> None:
        self.context = context
        self.cached = prepared.cached if prepared else 0
        """Tokens that are probably cached where it goes."""
        self._prepared = prepared
        self._destination = destination
        self.close = close

    def arrived(self) -> None:
        """Remember, once, that the destination has seen all of it."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            prepared.sent(self._destination)


def ship(
    project: Project, pack: Pack, system: str, destination: Destination, room: int | None
) -> Generator[Event, None, Shipment]:
    """Prepare the context: from the ledger where a prefix is cached, else as it is packed."""
    if not destination.terms.lifetime:
        context = Context(pack.chunks, pack.tokens, pack.encoding)
        return Shipment(context, None, lambda: None, destination.name)
    from repoctx.packer.ledger import Ledger

    line = line_of(project, pack, system)
    ledger = Ledger(project.state)

    def work(report: Report) -> Prepared:
        report(Progress("preparing", 0, None))
        return ledger.prepare(line, pack, destination.economy, destination.name, room=room)

    try:
        prepared = yield from staged(work)
    except BaseException:
        ledger.close()
        raise

    def close() -> None:
        prepared.close()
        ledger.close()

    segments = tuple(Segment(s.chunks, s.escaped, s.size, s.tokens) for s in prepared.segments)

    def chunks() -> Iterator[str]:
        return chain.from_iterable(segment.chunks() for segment in segments)

    context = Context(chunks, prepared.tokens, pack.encoding, segments, line)
    return Shipment(context, prepared, close, destination.name)


def line_of(project: Project, pack: Pack, system: str) -> str:
    """Return the name of the ledger's line: all that decides how a prompt begins."""
    said = (system, pack.source.scope.kind, *(project.listed or ()))
    return hashlib.blake2b(os.fsencode("\0".join(said)), digest_size=16).hexdigest()
