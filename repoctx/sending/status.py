"""What stands, and what the next question would cost, without sending anything."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.backends.caching import cache_terms
from repoctx.backends.endpoint import parse_endpoint
from repoctx.errors import RefusedError, UsageError
from repoctx.events import Estimated, Event
from repoctx.project import Project
from repoctx.prompt import guide
from repoctx.sending.destination import Destination
from repoctx.sending.glance import glance
from repoctx.sending.keepalive import Worth, worth
from repoctx.sending.shipment import line_of

if TYPE_CHECKING:
    from repoctx.packer.ledger import Standing


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is known of the files from the last time they were read."""

    files: int
    at: float | None
    """Seconds since the epoch; None when there is no index."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A destination that has seen the base."""

    name: str
    updates: int
    """The updates that it has seen."""
    age: float
    """Seconds since it was last sent there."""
    warm_for: float
    """Seconds for which it is probably still cached; 0 when it is not."""


@dataclass(frozen=True, slots=True)
class Status:
    """What stands, and what comes next."""

    indexed: Indexed
    standing: Standing | None
    """The ledger's base and updates; None when nothing was sent, or nothing can be cached."""
    reached: tuple[Reached, ...]
    expected: Estimated | None
    """The next question but its own words; None when nothing leaves this machine."""
    keepalive: Worth | None
    no_keepalive: str
    """Why pings cannot pay; empty when they can."""


def status(project: Project) -> Generator[Event, None, Status]:
    """Return what stands; yields Progress while files that have changed are read."""
    indexed = _indexed(project)
    if project.settings.stays_here:
        return Status(indexed, None, (), None, None, "nothing is sent")
    found = yield from glance(project)
    try:
        value, reason = worth(found.destination, found.outlook.tokens), ""
    except RefusedError as refusal:
        value, reason = None, refusal.message
    return Status(
        indexed=indexed,
        standing=found.standing,
        reached=reached(found.standing, found.destination),
        expected=found.expected,
        keepalive=value,
        no_keepalive=reason,
    )


def forget(project: Project) -> bool:
    """Make the next question start a new base; False when there is none to forget."""
    from repoctx.packer.ledger import Ledger

    line = line_of(project, guide(project.settings.reply_format).text)
    with Ledger(project.state) as ledger:
        known = ledger.standing(line) is not None
        ledger.forget(line)
    return known


def _indexed(project: Project) -> Indexed:
    from repoctx.packer.index import FILE_NAME, open_index

    file = project.cache / FILE_NAME
    changed = 0.0
    for path in (file, file.with_name(f"{FILE_NAME}-wal")):
        with suppress(OSError):
            changed = max(changed, path.stat().st_mtime)
    if not changed:
        return Indexed(0, None)
    with open_index(project.cache) as index:
        return Indexed(len(index.known_files()), changed)


def reached(standing: Standing | None, here: Destination) -> tuple[Reached, ...]:
    """Return who has seen the base, the latest first."""
    now = time.time()
    found = standing.destinations if standing else {}
    return tuple(
        Reached(name, number, now - at, max(0.0, at + _lifetime(name, here) - now))
        for name, (number, at) in sorted(found.items(), key=lambda one: -one[1][1])
    )


def _lifetime(name: str, here: Destination) -> float:
    """Seconds that a destination keeps a prompt; that of another one by its name alone."""
    if name == here.name:
        return here.terms.lifetime
    answerer, _, rest = name.partition(" ")
    url, _, model = rest.partition(" ")
    with suppress(UsageError):
        return cache_terms(answerer, parse_endpoint(url), model).lifetime
    return 0.0
