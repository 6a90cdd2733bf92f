"""Keep what was sent cached by asking for it again, where that is cheaper than to send it anew.

A ping reads the whole prefix once: read * tokens. It saves the next question from writing it:
(write - read) * tokens. So with p further questions expected in time, n pings pay while
p * (write - read) > n * read.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.backends.base import Backend, Cancellation, Limits, Request
from repoctx.backends.prices import estimate
from repoctx.backends.waiting import Patience
from repoctx.errors import RefusedError
from repoctx.events import Event, Notice, Progress, Spent, Usage
from repoctx.packer.tokens import tokenizer
from repoctx.project import Project
from repoctx.prompt import guide
from repoctx.sending.billing import Billing
from repoctx.sending.destination import Destination, destination_of
from repoctx.sending.estimate import estimated
from repoctx.sending.purse import Purse
from repoctx.sending.shipment import context_of, key_of, line_of

if TYPE_CHECKING:
    from repoctx.packer.ledger import Prepared
    from repoctx.packer.pins import Pin

QUESTION = "Reply with OK."
_SHARE = 0.9
"""Of the cache's lifetime, so that a ping is there in time."""
_LONG = 3600.0
"""Seconds: who keeps a prefix that long by itself need not be reminded."""
_HIT = 0.5
"""Of the tokens sent, what must come from the cache for a ping to have been of use."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What it costs to keep a prefix cached, and what that saves, in US dollars."""

    tokens: int
    interval: float
    """Seconds between two pings."""
    ping: float
    cold: float
    """To send the prefix when it is no longer cached."""
    warm: float
    """To send it while it is."""
    most: int
    """Pings after which a cold start would have been cheaper, though a question comes."""

    @property
    def questions(self) -> float:
        """Further questions that must be expected for each ping."""
        return self.ping / (self.cold - self.warm)


def worth(destination: Destination, tokens: int) -> Worth:
    """Return what keeping so many tokens cached costs; RefusedError where it cannot pay."""
    facts, lifetime = destination.facts, destination.terms.lifetime
    name = destination.model or destination.backend
    if not lifetime:
        raise RefusedError(f"{name} keeps no prompt cached", "nothing is to be kept alive")
    if facts is None:
        raise RefusedError(f"the price of {name!r} is not known", "add it to [models]")
    if lifetime >= _LONG:
        hours = lifetime / _LONG
        raise RefusedError(f"{name} keeps a prompt for {hours:g} h by itself", "no ping is needed")
    cold = estimate(facts, tokens, 0, 0, lifetime)
    warm = estimate(facts, tokens, tokens, 0, lifetime)
    ping = estimate(facts, tokens, tokens, 1, lifetime)
    if cold <= warm or ping >= cold - warm:
        raise RefusedError(f"a cached prompt is hardly cheaper at {name}", "a ping cannot pay")
    most = int((cold - warm) / ping) if ping else 1_000
    return Worth(tokens, lifetime * _SHARE, ping, cold, warm, most)


def keep_alive(
    project: Project,
    backend: Backend,
    cancellation: Cancellation,
    pins: Sequence[Pin],
    spent: float,
    conversation: str,
) -> Iterator[Event]:
    """Ask for what was sent last again and again, so that the next question finds it cached.

    Ends after as many pings as can pay, or as ``keepalive`` allows, or when a ping finds nothing
    cached. ``spent`` are US dollars that count towards ``max_cost`` already. Yields Progress before
    each ping, Usage and Spent after it. Raises RefusedError where it cannot pay, is dearer than
    ``max_cost`` or nothing is cached, CancelledError on cancellation.
    """
    keeper = _Keeper(project, backend, cancellation, pins, Purse(project.settings, spent=spent))
    keeper.conversation = conversation
    patience = Patience(cancellation)
    number, most = 0, 1
    while number < most:
        value = keeper.value()
        most = min(value.most, project.settings["keepalive"] or value.most)
        detail = f"each about ${value.ping:.4f}, a new start ${value.cold:.4f}"
        yield Progress("keeping cached", number, most, "pings", detail)
        while (rest := keeper.due_in(value)) > 0:
            patience.sleep(rest)
        if not (yield from keeper.ping()):
            yield Notice("the provider no longer had it, so the pings end")
            return
        number += 1
    yield Notice(f"the pings end after {most}: more cannot pay, or keepalive allows no more")


class _Keeper:
    """What stands in the ledger for one destination, and a ping of it."""

    def __init__(
        self,
        project: Project,
        backend: Backend,
        cancellation: Cancellation,
        pins: Sequence[Pin],
        purse: Purse,
    ) -> None:
        self.conversation = ""
        """The name under which pings are billed."""
        self._project = project
        self._backend = backend
        self._cancellation = cancellation
        self._purse = purse
        self._destination = destination_of(project.settings)
        self._guide = guide(project.settings.reply_format)
        self._line = line_of(project, self._guide.text, pins)

    def value(self) -> Worth:
        """Return what a ping of what stands there costs and saves."""
        with self._sent() as prepared:
            return worth(self._destination, prepared.tokens)

    def due_in(self, value: Worth) -> float:
        """Return the seconds until the next ping; a question sent meanwhile is as good as one."""
        from repoctx.packer.ledger import Ledger

        with Ledger(self._project.state) as ledger:
            standing = ledger.standing(self._line)
        sent = standing.destinations.get(self._destination.name) if standing else None
        age = time.time() - sent[1] if sent else -1.0
        if not 0 <= age <= self._destination.terms.lifetime:
            raise RefusedError("what was sent is no longer cached", "ask again first")
        return value.interval - age

    def ping(self) -> Generator[Event, None, bool]:
        """Send the prefix once more; False when it was not cached any more."""
        with self._sent() as prepared:
            encoding = self._project.settings["encoding"]
            spoken = sum(map(tokenizer(encoding).count, (self._guide.text, QUESTION)))
            expected = estimated(
                self._project.settings, self._destination, prepared.outlook, spoken, answer=1
            )
            billing = Billing(self._project, self._destination, expected, self.conversation)
            reserved = self._purse.reserve(expected, confirmed=True)
            hit = True
            try:
                for event in self._backend.stream(self._request(prepared)):
                    for each in billing.take(event):
                        if isinstance(each, Usage):
                            prepared.sent(self._destination.name)
                            hit = not each.reported or each.cached >= each.input * _HIT
                        if isinstance(each, Usage | Spent):
                            yield each
            finally:
                self._purse.settle(reserved, billing.cost)
        return hit

    def _request(self, prepared: Prepared) -> Request:
        encoding = self._project.settings["encoding"]
        return Request(
            instructions=self._guide.instructions,
            context=context_of(prepared, encoding, key_of(self._project, self._line)),
            messages=(),
            question=QUESTION,
            limits=Limits(output_tokens=1),
            cancellation=self._cancellation,
            tools=self._guide.tools,
        )

    @contextmanager
    def _sent(self) -> Iterator[Prepared]:
        from repoctx.packer.ledger import Ledger

        with Ledger(self._project.state) as ledger:
            prepared = ledger.repeated(self._line, self._destination.name)
            if prepared is None:
                raise RefusedError("nothing that was sent is still known", "ask a question first")
            with closing(prepared):
                yield prepared
