"""One question on its way to a backend: pack, say what it will cost, refuse, stream the answer."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from repoctx.backends.base import (
    Backend,
    Cancellation,
    CheckFailure,
    Context,
    Limits,
    Message,
    Request,
    Segment,
    Workspace,
)
from repoctx.backends.caching import CacheTerms, cache_terms
from repoctx.backends.endpoint import parse_endpoint
from repoctx.backends.prices import ModelFacts, billed, estimate, model_facts
from repoctx.config import Settings
from repoctx.errors import RefusedError
from repoctx.events import Estimated, Event, FirstToken, Packed, Progress, TextDelta, Usage
from repoctx.packer.tokens import tokenizer
from repoctx.project import Project
from repoctx.prompt import instructions
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.ledger import Economy, Prepared
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin
    from repoctx.packer.walk import Snapshot

ANSWER_TOKENS = 4_000
"""The answer that an estimate assumes when no limit is set: a few files' worth of edits."""

ANSWER_SHARE = 8
"""Of the window, an eighth is left for the answer when no limit is set: models with windows of a
million tokens take 0.87 to 0.92 of it as input."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Everything of a request but the repository."""

    system: str
    messages: tuple[Message, ...]
    question: str

    def count(self, encoding: str) -> int:
        texts = [self.system, self.question, *(turn.content for turn in self.messages)]
        return sum(tokenizer(encoding).count(text) for text in texts)

    def request(
        self, context: Context, settings: Settings, workspace: Workspace, cancellation: Cancellation
    ) -> Request:
        return Request(
            instructions=self.system,
            context=context,
            messages=self.messages,
            question=self.question,
            limits=Limits(settings["output_tokens"], settings["answer_timeout"]),
            workspace=workspace,
            cancellation=cancellation,
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """Who answers, what is known of their prices, and how they cache."""

    name: str
    """Backend, endpoint and model: what has seen a prefix, and what has not."""
    facts: ModelFacts | None
    terms: CacheTerms

    @property
    def economy(self) -> Economy:
        """Prices for the ledger; where none are known, those that most providers have."""
        from repoctx.packer.ledger import Economy

        if self.facts is None:
            return Economy(lifetime=self.terms.lifetime)
        write = max(self.facts.input.base, self.facts.cache_write.base)
        return Economy(self.facts.cache_read.base, write, self.terms.lifetime)


def destination_of(settings: Settings) -> Destination:
    """Return where questions go with these settings."""
    answerer = settings.answerer
    facts = model_facts(settings["model"], settings["base_url"], settings["models"])
    endpoint = parse_endpoint(settings["base_url"]) if answerer == "openai" else None
    name = f"{answerer} {settings.endpoint} {settings['model']}"
    return Destination(name, facts, cache_terms(answerer, endpoint))


def send(
    project: Project,
    backend: Backend,
    messages: Sequence[Message],
    question: str,
    failure: CheckFailure | None,
    cancellation: Cancellation,
    pins: tuple[Pin, ...] = (),
) -> Iterator[Event]:
    """Yield Packed, Estimated, then the backend's events.

    Raises RefusedError before anything is sent when the request would pass the window or
    ``max_cost``, BackendError when the answer cannot be had.
    """
    settings = project.settings
    destination = destination_of(settings)
    words = _Words(instructions(settings["reply_format"]), tuple(messages), question)
    spoken = words.count(settings["encoding"])
    room = _room(destination.facts, settings, spoken)
    with project.opened() as (snapshot, index):
        pack = yield from _packed(project, snapshot, index, question, room, pins)
        yield Packed(
            files=sum(pack.levels.values()),
            tokens=pack.tokens,
            bytes=pack.bytes,
            encoding=pack.encoding,
            levels=dict(pack.levels),
            redacted=pack.redacted,
        )
        shipment = yield from _shipment(
            project, pack, line_of(project, pack, words.system, pins), destination, room
        )
        with closing(shipment):
            estimated = _estimated(settings, destination.facts, shipment, spoken)
            yield estimated
            _refuse(settings, estimated)
            workspace = Workspace(
                project.root, project.cache, failure, project.roots, project.listed
            )
            request = words.request(shipment.context, settings, workspace, cancellation)
            for event in backend.stream(request):
                if isinstance(event, FirstToken | TextDelta | Usage):
                    shipment.arrived()  # the server answers, so it has all of it
                yield _priced(event, destination.facts)


class _Shipment:
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


def _shipment(
    project: Project, pack: Pack, line: str, destination: Destination, room: int | None
) -> Generator[Event, None, _Shipment]:
    """Prepare the context: from the ledger where a prefix is cached, else as it is packed."""
    if not destination.terms.lifetime:
        context = Context(pack.chunks, pack.tokens, pack.encoding)
        return _Shipment(context, None, lambda: None, destination.name)
    from repoctx.packer.ledger import Ledger

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
    return _Shipment(context, prepared, close, destination.name)


def line_of(project: Project, pack: Pack, system: str, pins: Sequence[Pin]) -> str:
    """Return the name of the ledger's line: all that decides how a prompt begins.

    What a person leaves out by a list or a pin is in no base of that line.
    """
    asked = (f"{pin.level} {pin.pattern}" for pin in pins)
    said = (system, pack.source.scope.kind, *(project.listed or ()), *asked)
    return hashlib.blake2b(os.fsencode("\0".join(said)), digest_size=16).hexdigest()


def _packed(
    project: Project,
    snapshot: Snapshot,
    index: Index,
    question: str,
    budget: int | None,
    pins: tuple[Pin, ...],
) -> Generator[Event, None, Pack]:
    def work(report: Report) -> Pack:
        def progress(done: int, total: int) -> None:
            report(Progress("packing", done, total, "files"))

        return project.pack(
            snapshot, index, question=question, budget=budget, pins=pins, progress=progress
        )

    return (yield from staged(work))


def _room(facts: ModelFacts | None, settings: Settings, spoken: int) -> int | None:
    """Tokens that the repository may take: what the person set, and what the window leaves."""
    budget: int | None = settings["budget"]
    if facts is None or facts.window is None:
        return budget
    left = facts.window - spoken - (settings["output_tokens"] or facts.window // ANSWER_SHARE)
    if left <= 0:
        raise RefusedError(
            f"the question alone ({spoken:,} tokens) fills the window of {settings['model']}"
            f" ({facts.window:,})",
            "attach less, or start anew without --continue",
        )
    return left if budget is None else min(budget, left)


def _estimated(
    settings: Settings, facts: ModelFacts | None, shipment: _Shipment, spoken: int
) -> Estimated:
    tokens, cached = shipment.context.tokens + spoken, shipment.cached
    low = high = None
    note = ""
    if settings.stays_here:
        low = high = 0.0
        note = "nothing leaves this machine"
    elif facts is None:
        note = f"the price of {settings['model'] or settings.backend!r} is not known"
    else:
        answer = settings["output_tokens"] or ANSWER_TOKENS
        low = estimate(facts, tokens, cached, 0)
        high = estimate(facts, tokens, 0, answer)
        note = f"to nothing cached and an answer of {answer:,} tokens"
    return Estimated(
        backend=settings.backend,
        model=settings["model"],
        endpoint=settings.endpoint,
        input_tokens=tokens,
        window=facts.window if facts else None,
        cost_low=low,
        cost_high=high,
        note=note,
        cached_tokens=cached,
    )


def _refuse(settings: Settings, estimated: Estimated) -> None:
    """Raise RefusedError when the question is dearer than ``max_cost``, or nobody can tell."""
    limit = settings["max_cost"]
    if limit is None:
        return
    if estimated.cost_high is None:
        raise RefusedError(
            f"max_cost is set, but {estimated.note}",
            "add the model to [models] in the user configuration, or take max_cost back",
        )
    if estimated.cost_high > limit:
        raise RefusedError(
            f"the question may cost ${estimated.cost_high:.2f}, more than the ${limit:.2f} allowed",
            "raise --max-cost, or send less with --budget",
        )


def _priced(event: Event, facts: ModelFacts | None) -> Event:
    if isinstance(event, Usage) and facts is not None:
        return replace(event, cost=billed(facts, event))
    return event
