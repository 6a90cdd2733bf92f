"""Ask all parts, several at a time, as one stream of events."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

from repoctx.backends.base import BackendError, Cancellation
from repoctx.errors import CancelledError, RepoctxError
from repoctx.events import Event, FirstToken, Notice, Progress, TextDelta, Usage
from repoctx.prompt import part_question
from repoctx.stages import Report
from repoctx.whole.asked import Asked
from repoctx.whole.division import Part
from repoctx.whole.findings import Finding, in_words
from repoctx.whole.parallel import Ended, Work, parallel

_HOPELESS = 4
"""Parts that fail, before any has been read, until the others are not even asked."""


def read_parts(
    asked: Asked, parts: Sequence[Part], spoken: int
) -> Generator[Event, None, list[Finding]]:
    """Yield what happens, and return what each part found, in order.

    A part that fails is a finding with its failure. Raises BackendError when all fail (or the
    first few do: a wrong key need not be tried fifty times), CancelledError when the person stops.
    """
    fan = Cancellation()
    asked.cancellation.on_throw(fan.throw)
    works = [_work(asked, part, number, len(parts), fan) for number, part in enumerate(parts, 1)]
    reader = _Reader(asked, parts, spoken)
    with closing(parallel(works, asked.settings["concurrency"], fan.throw)) as news:
        for place, said in news:
            if isinstance(said, Ended):
                yield reader.end(place, said)
                reader.refuse_hopeless()
            else:
                yield from reader.take(place, said)
    return [reader.findings[place] for place in range(len(parts))]


def _work(asked: Asked, part: Part, number: int, parts: int, fan: Cancellation) -> Work[str]:
    question = part_question(asked.question, number, parts)
    request = asked.request(question, part.shipment.context, fan)

    def work(report: Report) -> str:
        pieces = []
        for event in asked.backend.stream(request):
            if isinstance(event, TextDelta):
                pieces.append(event.text)
            else:
                report(event)
        return "".join(pieces)

    return work


class _Reader:
    """What has come back so far."""

    def __init__(self, asked: Asked, parts: Sequence[Part], spoken: int) -> None:
        self.findings: dict[int, Finding] = {}
        """By the part's place."""
        self._asked = asked
        self._parts = parts
        self._bills = [asked.account.bill(part, spoken) for part in parts]

    def take(self, place: int, event: Event) -> Iterator[Event]:
        """Yield what the whole stream tells of a part's event."""
        if isinstance(event, FirstToken | Usage):
            self._parts[place].shipment.arrived()  # the server answers, so it has all of it
        for told in self._asked.account.take(self._bills[place], event):
            if isinstance(told, Progress):
                of = f" {told.done:,} of {told.total:,} {told.unit}" if told.total else ""
                yield self._progress(f"part {place + 1}: {told.stage}{of} {told.detail}".rstrip())
            if isinstance(told, Notice):
                yield Notice(f"part {place + 1}: {told.message}")

    def end(self, place: int, ended: Ended[str]) -> Event:
        """Return the line that tells how a part ended."""
        if isinstance(ended.failure, CancelledError):
            raise ended.failure
        part = self._parts[place]
        if ended.failure is None:
            part.shipment.arrived()
        text = self._asked.project.without_secrets(ended.result or "")
        finding = Finding(place + 1, part.files, text, ended.failure)
        self.findings[place] = finding
        return Notice(in_words(finding, len(self._parts)))

    def refuse_hopeless(self) -> None:
        """Raise BackendError when there is nothing to hope for."""
        failures = [f.failure for f in self.findings.values() if f.failure is not None]
        most = max(_HOPELESS, self._asked.settings["concurrency"])
        if len(failures) == len(self.findings) >= min(most, len(self._parts)):
            raise _none_read(failures[0], len(self._parts))

    def _progress(self, detail: str) -> Progress:
        return Progress("parts", len(self.findings), len(self._parts), "parts", detail)


def _none_read(first: RepoctxError, parts: int) -> RepoctxError:
    return BackendError(f"none of the {parts} parts could be read: {first.message}", first.hint)
