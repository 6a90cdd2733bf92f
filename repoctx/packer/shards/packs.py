"""Make a pack of each shard: its files in full, outlines of their surroundings, other names.

Of the room a tenth is left for what the ledger appends after later edits. What a shard repeats and
outlines is chosen once, when the shard is made: it stands in a prefix that is cached.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from repoctx.errors import RefusedError, UsageError
from repoctx.packer.budget import at_level, fit
from repoctx.packer.counts import Counts
from repoctx.packer.examine import size_in_utf8
from repoctx.packer.manifest import Document, manifest
from repoctx.packer.outlines import may_have_outline
from repoctx.packer.pack import Pack
from repoctx.packer.pins import sums_of
from repoctx.packer.render import format_named
from repoctx.packer.select import Level
from repoctx.packer.shards.plan import Shard, Sizes, plan_shards

_SURROUNDINGS = 10
"""A tenth of the room is for files that are repeated, and for outlines."""
_NAMES = 5
"""A fifth at most is kept for the names of all other files; folders are summed up beyond."""
_NUMBERS = 40
"""Tokens that the counts in a manifest's summary may take."""
_LEAST_OUTLINE = 12
_LOOKS = 3
"""Times that outlines of ``_AT_ONCE`` files are made of which none fits."""
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Sharded:
    """A repository in parts."""

    parts: tuple[tuple[Shard, Pack], ...]
    too_large: tuple[str, ...]
    """Files that are in full in no shard."""

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The plan, to be kept."""
        return tuple(shard for shard, _ in self.parts)


def shard_packs(pack: Pack, room: int, most: int, before: Sequence[Shard] = ()) -> Sharded:
    """Return packs that together show every text of ``pack`` in full.

    ``pack`` has been made without a budget. A shard's pack has at most ``room`` tokens when it is
    made, and at most ``most`` after edits or for one large file. ``before`` is the last plan.
    Raises RefusedError when not even names and pinned files leave room.
    """
    whole = _Whole(pack, room, most)
    kept = {shard.number for shard in before}
    shards = plan_shards(whole.sizes, lambda: whole.needs, before)
    if not kept:
        shards = [whole.surrounded(shard) for shard in shards]
    else:
        shards = [s if s.number in kept else whole.surrounded(s) for s in shards]
    too_large = whole.sizes.too_large()
    return Sharded(tuple(map(whole.packed, shards)), tuple(too_large))


class _Whole:
    """The pack that is divided, and what a shard may take of it."""

    def __init__(self, pack: Pack, room: int, most: int) -> None:
        self._pack = pack
        self._room, self._most = room, most
        self._form = format_named(pack.format)
        self._counts = Counts(pack.source.index, pack.encoding)
        self._sums = sums_of(pack.documents)
        self._documents = {document.path: document for document in pack.documents}
        self.sizes = self._sizes()

    def _sizes(self) -> Sizes:
        documents = self._pack.documents
        bare = manifest(self._form, (), self._sums)
        frame = sum(self._counts.count_many((self._form.opening, bare))) + _NUMBERS
        frame += sum(document.tokens for document in documents if document.asked)
        lines = sum(document.facts.line for document in documents if document.facts)
        names = min(lines, self._room // _NAMES)
        room = self._room - frame - names - self._room // _SURROUNDINGS
        largest = self._most - frame - self._most // _SURROUNDINGS
        if room <= 0:
            raise RefusedError(
                f"{self._room:,} tokens are too few to read the repository in parts",
                "choose a model with a larger window, raise budget, or pin less with --full",
            )
        tokens = {d.path: d.tokens for d in documents if d.shown and not d.asked}
        return Sizes(tokens, room, max(room, largest))

    @cached_property
    def needs(self) -> list[tuple[str, str]]:
        """The imports between files."""
        graph = self._pack.graph
        return [(graph.paths[a], graph.paths[b]) for a, b in graph.edges]

    @cached_property
    def _needs_of(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for a, b in self.needs:
            found[a].append(b)
        return found

    def surrounded(self, shard: Shard) -> Shard:
        """Return the shard with files to repeat and to outline beside its members."""
        used = sum(self.sizes.tokens[path] for path in shard.members)
        left = self.sizes.room + self._room // _SURROUNDINGS - used
        needed = self._needed(shard)
        repeated = list(self._repeated(needed, left // 2))
        left -= sum(self.sizes.tokens[path] for path in repeated)
        others = self._others({*shard.members, *repeated}, needed)
        return replace(
            shard, repeated=tuple(repeated), outlined=tuple(self._outlined(others, left))
        )

    def _needed(self, shard: Shard) -> list[str]:
        """Return the files that members need, those that most of them need first."""
        members = set(shard.members)
        counts = Counter(need for path in shard.members for need in self._needs_of.get(path, ()))
        outside = [p for p in counts if p in self.sizes.tokens and p not in members]
        return sorted(outside, key=lambda path: (-counts[path], path))

    def _repeated(self, needed: Sequence[str], left: int) -> Iterator[str]:
        for path in needed:
            if self.sizes.tokens[path] <= left:
                left -= self.sizes.tokens[path]
                yield path

    def _others(self, full: set[str], needed: Sequence[str]) -> list[str]:
        """Return the files that may be outlined, best first: needed ones, then central ones."""
        central = sorted(
            self.sizes.tokens, key=lambda path: (-self._documents[path].needed_by, path)
        )
        ordered = dict.fromkeys([*needed, *central])
        return [
            path
            for path in ordered
            if path not in full
            and self._documents[path].level is Level.FULL
            and may_have_outline(self._documents[path].file)
        ]

    def _outlined(self, paths: Sequence[str], left: int) -> Iterator[str]:
        """Yield the files whose outlines fit; their lines in the manifest are paid for."""
        in_vain = 0
        for start in range(0, len(paths), _AT_ONCE):
            if in_vain == _LOOKS or left < _LEAST_OUTLINE:
                return
            fitted = False
            for path, cost in self._outline_costs(paths[start : start + _AT_ONCE]):
                if cost <= left:
                    left -= cost
                    fitted = True
                    yield path
            in_vain += not fitted

    def _outline_costs(self, paths: Sequence[str]) -> Iterator[tuple[str, int]]:
        outliner = self._pack.source.outliner
        outliner.costs(sorted(paths))
        for path in paths:
            facts = outliner.known(path)
            if facts is not None and facts.tokens < self.sizes.tokens[path]:
                yield path, facts.tokens

    def packed(self, shard: Shard) -> tuple[Shard, Pack]:
        """Return the shard's pack; a shard that has grown too much loses its surroundings."""
        bare = replace(shard, repeated=(), outlined=())
        for tried, budget in ((shard, self._room), (shard, self._most), (bare, self._room)):
            try:
                return tried, self._fitted(tried, budget)
            except (RefusedError, UsageError):
                continue
        return bare, self._fitted(bare, self._most)

    def _fitted(self, shard: Shard, budget: int) -> Pack:
        source = self._pack.source
        source.outliner.costs(sorted(p for p in shard.outlined if p in self.sizes.tokens))
        full, outlined = {*shard.members, *shard.repeated}, set(shard.outlined)
        documents = [self._in_shard(d, full, outlined) for d in self._pack.documents]
        fitted = fit(documents, self._sums, budget, self._form, source.outliner, self._counts)
        return replace(
            self._pack,
            documents=tuple(fitted.documents),
            tokens=fitted.tokens,
            bytes=sum(map(size_in_utf8, (self._form.opening, fitted.manifest)))
            + sum(document.bytes for document in fitted.documents),
            manifest=fitted.manifest,
            budget=budget,
        )

    def _in_shard(self, document: Document, full: set[str], outlined: set[str]) -> Document:
        """Return the document as the shard shows it: what has a level is no longer chosen."""
        if document.asked or not document.shown:
            return document
        if document.path in full:
            return replace(document, asked=True)
        outliner = self._pack.source.outliner
        if document.path in outlined and outliner.known(document.path) is not None:
            return replace(at_level(document, Level.OUTLINE, outliner), asked=True)
        return at_level(document, Level.NAME, outliner)
