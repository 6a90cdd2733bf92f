"""Decide which shard shows which file in full, and keep it there.

A provider's cache holds each shard's beginning, so an edit must not deal the files out anew: what
has a place keeps it while its shard has room, and only what is new or no longer fits finds another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from repoctx.packer.shards.clusters import clusters_of
from repoctx.packer.shards.growing import grown
from repoctx.packer.shards.links import Files, links_of

_GRAIN = 4
"""A cluster takes at most a quarter of a shard."""
_SPREAD = 1.5
"""Times the fewest shards that could do: with more, the files are dealt out anew."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The files that one of several requests shows."""

    number: int
    """Stays with the shard; from 1."""
    members: tuple[str, ...]
    """In full here and nowhere else, but for those that are repeated."""
    repeated: tuple[str, ...] = ()
    """In full although they are members of another shard: members need them."""
    outlined: tuple[str, ...] = ()
    """As outlines; of all other files the names."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What must have a place, in reading order, and how much a shard holds of it."""

    tokens: dict[str, int]
    """Of each path's document in full."""
    room: int
    """Tokens of the members of a shard when it is made."""
    most: int
    """Tokens of the members of a shard after edits, and of the largest single file."""

    def too_large(self) -> list[str]:
        """Return the files that no shard can hold."""
        return [path for path, tokens in self.tokens.items() if tokens > self.most]


def plan_shards(
    sizes: Sizes,
    needs: Callable[[], Iterable[tuple[str, str]]],
    before: Sequence[Shard] = (),
) -> list[Shard]:
    """Return shards that together have every file that is not too large as a member, once.

    ``needs`` gives the imports, (a, b) for a that needs b; it is only called when a file has no
    place yet. ``before`` is the plan of the last question. The result depends on nothing else.
    """
    fitting = {path: n for path, n in sizes.tokens.items() if n <= sizes.most}
    kept = _kept(fitting, sizes, before)
    fewest = -(-sum(fitting.values()) // max(1, sizes.room))
    homeless = fitting.keys() - {path for shard in kept for path in shard.members}
    if not homeless and len(kept) <= 1 + fewest * _SPREAD:
        return kept
    files = _files(fitting, needs())
    last = max((shard.number for shard in before), default=0)
    kept = _with_newcomers(files, sizes, kept, homeless, last)
    if kept and len(kept) <= 1 + fewest * _SPREAD:
        return kept
    last = max((shard.number for shard in kept), default=last)
    return _dealt(files, range(len(files.paths)), sizes.room, last)


def _files(fitting: Mapping[str, int], needs: Iterable[tuple[str, str]]) -> Files:
    paths = list(fitting)
    numbers = {path: number for number, path in enumerate(paths)}
    edges = [(numbers[a], numbers[b]) for a, b in needs if a in numbers and b in numbers]
    return Files(paths, list(fitting.values()), edges)


def _kept(fitting: Mapping[str, int], sizes: Sizes, before: Sequence[Shard]) -> list[Shard]:
    """Return the shards of before with the files that still are and still fit.

    What no longer fits is the last in reading order: what it needs stays.
    """
    place = {path: number for number, path in enumerate(fitting)}
    kept, seen = [], set[str]()
    for shard in before:
        load, members = 0, []
        for path in sorted(set(shard.members) & fitting.keys() - seen, key=place.__getitem__):
            load += fitting[path]
            if load <= sizes.most:
                members.append(path)
        seen.update(members)
        if members:
            kept.append(replace(shard, members=tuple(members)))
    return kept


def _with_newcomers(
    files: Files, sizes: Sizes, kept: Sequence[Shard], homeless: Set[str], last: int
) -> list[Shard]:
    """Return the shards with each homeless file in the one that it is tied to most and fits in."""
    if not kept:
        return []
    load = {s.number: sum(sizes.tokens[path] for path in s.members) for s in kept}
    home = {path: shard.number for shard in kept for path in shard.members}
    ties = _neighbours(files)
    left = []
    for file, path in enumerate(files.paths):
        if path not in homeless:
            continue
        pull = {n: 0.0 for n, tokens in load.items() if tokens + files.sizes[file] <= sizes.room}
        for other, strength in ties[file].items():
            number = home.get(files.paths[other], 0)
            if number in pull:
                pull[number] += strength
        if not pull:
            left.append(file)
            continue
        home[path] = max(pull, key=lambda number: (pull[number], -number))
        load[home[path]] += files.sizes[file]
    members: dict[int, list[str]] = defaultdict(list)
    for path in files.paths:
        if path in home:
            members[home[path]].append(path)
    old = [replace(shard, members=tuple(members[shard.number])) for shard in kept]
    return old + _dealt(files, left, sizes.room, last)


def _neighbours(files: Files) -> list[dict[int, float]]:
    ties: list[dict[int, float]] = [defaultdict(float) for _ in files.paths]
    for (a, b), strength in links_of(files).items():
        ties[a][b] += strength
        ties[b][a] += strength
    return ties


def _dealt(files: Files, some: Iterable[int], room: int, last: int) -> list[Shard]:
    """Return new shards of some of the files, numbered after ``last``."""
    chosen = list(some)
    numbers = {file: number for number, file in enumerate(chosen)}
    part = Files(
        [files.paths[file] for file in chosen],
        [files.sizes[file] for file in chosen],
        [(numbers[a], numbers[b]) for a, b in files.needs if a in numbers and b in numbers],
    )
    links = links_of(part)
    clusters = clusters_of(part, links, room // _GRAIN, room)
    dealt = grown(part, links, clusters, room)
    ordered = sorted(dealt, key=lambda shard: shard[0])
    return [
        Shard(last + place, tuple(part.paths[file] for file in shard))
        for place, shard in enumerate(ordered, 1)
    ]
