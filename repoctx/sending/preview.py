"""Write the prompt that a question would send, and send nothing."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import BinaryIO

from repoctx.backends.base import Cancellation, Message, Workspace
from repoctx.backends.messages import plain_prompt
from repoctx.events import Event
from repoctx.packer.pins import Pin
from repoctx.project import Project
from repoctx.prompt import guide
from repoctx.sending.destination import destination_of
from repoctx.sending.estimate import estimated
from repoctx.sending.stream import Words, loaded


def write_prompt(
    project: Project,
    messages: Sequence[Message],
    question: str,
    pins: tuple[Pin, ...],
    file: BinaryIO,
) -> Generator[Event, None, None]:
    """Write all that the model would read, as text under headings; see ``plain_prompt``.

    Yields Packed and Estimated as ``send`` does. The ledger stays as it is.
    """
    settings = project.settings
    destination = destination_of(settings)
    words = Words(guide(settings.reply_format), tuple(messages), question)
    spoken = words.counted(settings["encoding"]).total
    with project.opened() as (snapshot, index):
        shipment = yield from loaded(project, snapshot, index, destination, words, pins, spoken)
        with closing(shipment):
            yield estimated(settings, destination, shipment.outlook, spoken)
            workspace = Workspace(project.root, project.cache)
            request = words.request(shipment.context, settings, workspace, Cancellation())
            for piece in plain_prompt(request):
                file.write(piece)
