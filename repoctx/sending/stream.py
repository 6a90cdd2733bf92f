"""Send one question: pack, prepare, estimate, refuse, and stream what the backend answers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.attachments.images import image_tokens
from repoctx.backends.base import (
    Backend,
    Cancellation,
    CheckFailure,
    Context,
    Image,
    Limits,
    Message,
    Request,
    Workspace,
)
from repoctx.config import Settings
from repoctx.events import Event, FirstToken, Packed, Progress, TextDelta, Usage
from repoctx.packer.tokens import tokenizer
from repoctx.project import Project
from repoctx.prompt import Guide, guide
from repoctx.sending.billing import Billing
from repoctx.sending.destination import Destination, destination_of
from repoctx.sending.estimate import estimated, room_for
from repoctx.sending.purse import Purse
from repoctx.sending.shipment import Shipment, line_of, ship
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin
    from repoctx.packer.walk import Snapshot


@dataclass(frozen=True, slots=True)
class Spoken:
    """Tokens of all that is not the repository."""

    instructions: int
    conversation: int
    """Earlier turns, with their images."""
    question: int
    """With what is attached to it."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.instructions + self.conversation + self.question


@dataclass(frozen=True, slots=True)
class Words:
    """Everything of a request but the repository."""

    guide: Guide
    messages: tuple[Message, ...]
    question: str
    images: tuple[Image, ...] = ()

    def counted(self, encoding: str) -> Spoken:
        """Return the tokens of its parts."""
        count = tokenizer(encoding).count
        return Spoken(
            instructions=count(self.guide.text),
            conversation=sum(
                count(turn.content) + image_tokens(turn.images) for turn in self.messages
            ),
            question=count(self.question) + image_tokens(self.images),
        )

    def request(
        self, context: Context, settings: Settings, workspace: Workspace, cancellation: Cancellation
    ) -> Request:
        """Return the request that asks this over the context."""
        return Request(
            instructions=self.guide.instructions,
            context=context,
            messages=self.messages,
            question=self.question,
            limits=Limits(settings["output_tokens"], settings["answer_timeout"]),
            workspace=workspace,
            cancellation=cancellation,
            images=self.images,
            tools=self.guide.tools,
        )


def send(
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
    """Yield Packed, Estimated, then the backend's events and what all has cost.

    ``purse`` is shared by all requests of one question, ``conversation`` by those of several.
    Raises RefusedError before anything is sent when the request would pass the window or
    ``max_cost``, BackendError when the answer cannot be had.
    """
    settings = project.settings
    purse = purse or Purse(settings)
    destination = destination_of(settings)
    words = Words(guide(settings.reply_format), tuple(messages), question, images)
    spoken = words.counted(settings["encoding"]).total
    with project.opened() as (snapshot, index):
        shipment = yield from loaded(project, snapshot, index, destination, words, pins, spoken)
        with closing(shipment):
            expected = estimated(settings, destination, shipment.outlook, spoken)
            yield expected
            workspace = Workspace(
                project.root, project.cache, failure, project.roots, project.listed
            )
            request = words.request(shipment.context, settings, workspace, cancellation)
            billing = Billing(project, destination, expected, conversation)
            reserved = purse.reserve(expected)
            try:
                for event in backend.stream(request):
                    if isinstance(event, FirstToken | TextDelta | Usage):
                        shipment.arrived()  # the server answers, so it has all of it
                    yield from billing.take(event)
            finally:
                purse.settle(reserved, billing.cost)


def loaded(
    project: Project,
    snapshot: Snapshot,
    index: Index,
    destination: Destination,
    words: Words,
    pins: tuple[Pin, ...],
    spoken: int,
) -> Generator[Event, None, Shipment]:
    """Pack and prepare what these words, of so many tokens, are asked about; yields Packed."""
    room = room_for(destination.fitted, project.settings, spoken)
    pack = yield from packed(
        project, snapshot, index, words.question, destination.pack_room(room), pins
    )
    yield packed_event(pack)
    line = line_of(project, words.guide.text, pins)
    return (yield from ship(project, pack, line, destination, room))


def packed(
    project: Project,
    snapshot: Snapshot,
    index: Index,
    question: str,
    budget: int | None,
    pins: tuple[Pin, ...] = (),
) -> Generator[Event, None, Pack]:
    """Pack in a thread of its own, and yield how far it is."""

    def work(report: Report) -> Pack:
        def progress(done: int, total: int) -> None:
            report(Progress("packing", done, total, "files"))

        return project.pack(
            snapshot, index, question=question, budget=budget, pins=pins, progress=progress
        )

    return (yield from staged(work))


def packed_event(pack: Pack) -> Packed:
    """Return what is told of a pack."""
    return Packed(
        files=sum(pack.levels.values()),
        tokens=pack.tokens,
        bytes=pack.bytes,
        encoding=pack.encoding,
        levels=dict(pack.levels),
        redacted=pack.redacted,
    )
