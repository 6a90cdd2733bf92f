"""Divide a repository into parts that fit the window, and prepare the context of each."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repoctx.errors import RefusedError
from repoctx.events import Event, Progress
from repoctx.project import Project
from repoctx.sending.destination import Destination
from repoctx.sending.estimate import room_for
from repoctx.sending.shipment import Shipment, ship_from
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.ledger import Ledger
    from repoctx.packer.pack import Pack
    from repoctx.packer.shards import Shard, Sharded

_MOST_PARTS = 200
"""More requests for one question are a mistake (a tiny budget) rather than a wish, and each holds a
file open: macOS allows 256."""
_MERGING_LINE = "merging"
_SLACK = 10
"""A tenth of the room is left for the updates of later questions."""
_MERGING = 4
"""A quarter of a part's room is for the selection of files that the merging call sees."""


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens that a request may give to the repository."""

    planned: int
    """Of a new part. Without the question in it, so that the next question divides alike."""
    most: int
    """Of any part, beside this question."""

    @property
    def merging(self) -> int:
        """Of the selection that the merging call sees, beside all findings."""
        return self.planned // _MERGING


def room_of(project: Project, destination: Destination, spoken: int) -> Room | None:
    """Return the room beside a question of so many tokens; None when nobody knows the window."""
    most = room_for(destination.fitted, project.settings, spoken)
    whole = room_for(destination.fitted, project.settings, 0)
    if most is None or whole is None:
        return None
    return Room(min(whole - whole // _SLACK, most), most)


@dataclass(frozen=True, slots=True)
class Part:
    """One of several requests: which files it shows, and its context."""

    shard: Shard
    shipment: Shipment

    @property
    def files(self) -> tuple[str, ...]:
        """Shown in full here, and perhaps nowhere else."""
        return self.shard.members


class Division:
    """All parts, ready to be sent; close it afterwards."""

    def __init__(
        self, state: Path, ledger: Ledger, plan: _Plan, sharded: Sharded, parts: tuple[Part, ...]
    ) -> None:
        self.parts = parts
        self.too_large = sharded.too_large
        self.ledger = ledger
        self.line = plan.line_of(_MERGING_LINE)
        """Of the ledger, for the merging call."""
        self._state = state
        self._plan = plan

    def keep(self) -> None:
        """Remember which part shows which file, and forget the parts that are no more."""
        from repoctx.packer.shards import drop_old_shards, save_shards

        shards = tuple(part.shard for part in self.parts)
        save_shards(self._state, self._plan.key, shards)
        now = {shard.number for shard in shards}
        old = _Plan(self._plan.key, tuple(s for s in self._plan.before if s.number not in now))
        gone = old.part_lines()
        for key, unused in drop_old_shards(self._state).items():
            gone += [*_Plan(key, unused).part_lines(), _Plan(key, unused).line_of(_MERGING_LINE)]
        for line in gone:
            self.ledger.forget(line)

    def close(self) -> None:
        """Free the files of all parts."""
        with ExitStack() as stack:
            stack.callback(self.ledger.close)
            for part in self.parts:
                stack.callback(part.shipment.close)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The division of the last question with the same window and instructions."""

    key: str
    before: tuple[Shard, ...]

    def line_of(self, part: str) -> str:
        """Return the name of a part's line in the ledger."""
        return _digest(self.key, part)

    def part_lines(self) -> list[str]:
        """Return the names of the lines of all parts before."""
        return [self.line_of(str(shard.number)) for shard in self.before]


def divide(
    project: Project, pack: Pack, line: str, destination: Destination, room: Room
) -> Generator[Event, None, Division]:
    """Return the parts of a pack that is larger than the room; ``line`` names how it looks.

    Raises RefusedError when the room is too small for that.
    """
    plan = _plan(project, line, destination)

    def work(report: Report) -> Sharded:
        from repoctx.packer.shards import shard_packs

        report(Progress("dividing", 0, None))
        return shard_packs(pack, room.planned, room.most, plan.before)

    sharded = yield from staged(work)
    if len(sharded.parts) > _MOST_PARTS:
        raise RefusedError(
            f"the repository would take {len(sharded.parts):,} requests of {room.planned:,} tokens",
            f"at most {_MOST_PARTS} are made; choose a larger window, or raise budget",
        )
    from repoctx.packer.ledger import Ledger

    parts = []
    with ExitStack() as opened:
        ledger = opened.enter_context(Ledger(project.state))
        for shard, shown in sharded.parts:
            line = plan.line_of(str(shard.number))
            shipment = yield from ship_from(project, ledger, shown, line, destination, room.most)
            opened.callback(shipment.close)
            parts.append(Part(shard, shipment))
        opened.pop_all()
    return Division(project.state, ledger, plan, sharded, tuple(parts))


def _plan(project: Project, line: str, destination: Destination) -> _Plan:
    from repoctx.packer.shards import load_shards

    facts, settings = destination.facts, project.settings
    window = f"{facts.window if facts else None} {settings['budget']} {settings['output_tokens']}"
    key = _digest(line, "parts", window)
    return _Plan(key, load_shards(project.state, key))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
