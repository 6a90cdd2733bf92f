"""What a request did cost: priced, compared with the estimate, and kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from repoctx.backends.prices import billed, estimate, saved
from repoctx.costs import Bill, Costs, month_start, repository_key
from repoctx.costs.totals import added
from repoctx.errors import RepoctxError
from repoctx.events import Estimated, Event, FirstToken, Notice, Spent, TextDelta, Usage
from repoctx.folders import user_state_folder
from repoctx.project import Project
from repoctx.sending.destination import Destination


class Billing:
    """The bill of one request while its answer comes."""

    def __init__(
        self, project: Project, destination: Destination, expected: Estimated, conversation: str
    ) -> None:
        self.cost: float | None = 0.0
        """US dollars so far; None when something came and its price is not known."""
        self._project = project
        self._destination = destination
        self._expected = expected
        self._conversation = conversation
        self._seconds: float | None = None
        self._told = False

    def take(self, event: Event) -> Iterator[Event]:
        """Yield the event, a Usage with its price and, once it is kept, what all has cost."""
        if isinstance(event, Usage):
            priced = self._priced(event)
            self._count(priced)
            yield priced
            if not self._project.settings.stays_here:
                yield from self._kept(priced)
            return
        if isinstance(event, FirstToken):
            self._seconds = event.seconds
        if isinstance(event, FirstToken | TextDelta) and not self._told:
            self.cost = None
        yield event

    def _count(self, usage: Usage) -> None:
        """Add a usage up; a backend that tries again may tell of several."""
        before = self.cost if self._told else 0.0
        self._told = True
        free = self._project.settings.stays_here
        cost = 0.0 if free else usage.cost
        self.cost = None if before is None or cost is None else before + cost

    def _priced(self, usage: Usage) -> Usage:
        facts, expected = self._destination.facts, self._expected
        if facts is None:
            return usage
        tokens, cached = expected.input_tokens, expected.cached_tokens
        lifetime = self._destination.terms.lifetime
        return replace(
            usage,
            cost=billed(facts, usage),
            saved=saved(facts, usage),
            expected=estimate(facts, tokens, cached, usage.output, lifetime),
        )

    def _kept(self, usage: Usage) -> Iterator[Event]:
        costs = Costs(user_state_folder())
        try:
            costs.add(self._bill(usage))
            month = added(costs.totals(month_start()))
            session = costs.conversation(self._conversation)
        except RepoctxError as error:
            yield Notice(f"what this cost is not kept: {error}")
            return
        if costs.note:
            yield Notice(costs.note)
        yield Spent(session, month.cost, month.unpriced)

    def _bill(self, usage: Usage) -> Bill:
        expected = self._expected.input_tokens - self._expected.cached_tokens
        seconds, self._seconds = self._seconds, None
        return Bill(
            repository=repository_key(root.path for root in self._project.roots),
            conversation=self._conversation,
            backend=self._destination.backend,
            endpoint=self._destination.endpoint,
            model=self._destination.model,
            input=usage.input,
            cached=usage.cached,
            written=usage.written,
            output=usage.output,
            fresh=usage.input - usage.cached if usage.reported else expected,
            cost=usage.cost,
            saved=usage.saved,
            seconds=seconds,
            at=time.time(),
        )
