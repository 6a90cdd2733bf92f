"""What asking all parts and the merging call costs together, said before and told afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from repoctx.events import Estimated, Event, Spent, Usage
from repoctx.project import Project
from repoctx.sending.billing import Billing
from repoctx.sending.destination import Destination
from repoctx.sending.estimate import estimated
from repoctx.whole.division import Part, Room


class Account:
    """The calls of one question: what each may cost, and what all of them did."""

    def __init__(self, project: Project, destination: Destination, conversation: str) -> None:
        self._project = project
        self._destination = destination
        self._conversation = conversation
        self._bills: list[Billing] = []
        self._usages: list[Usage] = []
        self._spent: Spent | None = None

    @property
    def cost(self) -> float | None:
        """US dollars so far; None when that of one call is not known."""
        return _sum(bill.cost for bill in self._bills)

    def bill(self, part: Part, spoken: int) -> Billing:
        """Return a new bill for the call that sends this part and ``spoken`` more tokens."""
        return self.billed(self.expect(part, spoken))

    def billed(self, expected: Estimated) -> Billing:
        """Return a new bill for a call that is expected to cost this."""
        bill = Billing(self._project, self._destination, expected, self._conversation)
        self._bills.append(bill)
        return bill

    def expect(self, part: Part, spoken: int) -> Estimated:
        """Return what the call of one part may cost."""
        outlook = part.shipment.outlook
        return estimated(self._project.settings, self._destination, outlook, spoken)

    def take(self, bill: Billing, event: Event) -> Iterator[Event]:
        """Yield what the bill makes of an event, but for the sums: those are told at the end."""
        for told in bill.take(event):
            if isinstance(told, Usage):
                self._usages.append(told)
            elif isinstance(told, Spent):
                self._spent = told
            else:
                yield told

    def told(self) -> Iterator[Event]:
        """Yield what all calls took together."""
        if self._usages:
            yield summed(self._usages)
        if self._spent is not None:
            yield self._spent


def estimated_whole(
    project: Project,
    destination: Destination,
    parts: Sequence[Part],
    spoken: int,
    room: Room,
) -> Estimated:
    """Return the sum over all calls; ``spoken`` is each one's question, in tokens.

    At best the merging call brings no findings along, at worst an answer of every part.
    """
    from repoctx.packer.ledger import Outlook

    settings = project.settings
    each = [estimated(settings, destination, part.shipment.outlook, spoken) for part in parts]
    findings = min(sum(one.answer_tokens for one in each), room.most)
    least, most = (
        estimated(settings, destination, Outlook(room.merging, 0, 0, 0, ""), spoken + more)
        for more in (0, findings)
    )
    calls = [*each, least]
    return replace(
        least,
        input_tokens=sum(call.input_tokens for call in calls),
        cached_tokens=sum(call.cached_tokens for call in calls),
        base_tokens=sum(call.base_tokens for call in calls),
        updates=sum(call.updates for call in calls),
        update_tokens=sum(call.update_tokens for call in calls),
        question_tokens=sum(call.question_tokens for call in calls),
        answer_tokens=sum(call.answer_tokens for call in calls),
        rebased=next((call.rebased for call in each if call.rebased not in ("", "first")), ""),
        cost_low=_sum(call.cost_low for call in calls),
        cost_high=_sum(call.cost_high for call in [*each, most]),
        answer_cost=_sum(call.answer_cost for call in [*each, most]),
        first_token_seconds=_wait(each, least, settings["concurrency"]),
        calls=len(calls),
    )


def summed(usages: Sequence[Usage]) -> Usage:
    """Return what all calls took together; dollars are not known when those of one are not."""
    return Usage(
        input=sum(usage.input for usage in usages),
        output=sum(usage.output for usage in usages),
        cached=sum(usage.cached for usage in usages),
        written=sum(usage.written for usage in usages),
        written_1h=sum(usage.written_1h for usage in usages),
        cost=_sum(usage.cost for usage in usages),
        expected=_sum(usage.expected for usage in usages),
        saved=_sum(usage.saved for usage in usages),
        reported=all(usage.reported for usage in usages),
    )


def _wait(each: Sequence[Estimated], merging: Estimated, at_once: int) -> float | None:
    """Return the seconds until the merged answer begins, when as many as may run at once do."""
    waits = [call.first_token_seconds for call in each]
    known = [wait for wait in waits if wait is not None]
    if len(known) < len(waits) or merging.first_token_seconds is None:
        return None
    rounds = math.ceil(len(each) / max(1, at_once))
    return rounds * max(known) + merging.first_token_seconds


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)
