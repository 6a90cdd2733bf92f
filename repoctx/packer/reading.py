"""The order in which a repository's files are read, kept until an import changes.

Linking and ordering are the larger half of what a warm pack computes, and the result depends on no
more than the files' names and their imports, which most edits leave alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoctx.packer.centrality import centrality
from repoctx.packer.graph import ImportCounts, ImportGraph, link
from repoctx.packer.index import Index
from repoctx.packer.order import ordered_paths
from repoctx.packer.snapshot import Snapshot

_KIND = "reading:3"
_KEY = "latest"  # one a repository: an older order is not asked for again


@dataclass(frozen=True, slots=True)
class Reading:
    """What the imports of all files say together."""

    order: Sequence[str]
    """Every path once, what a file needs before it."""
    needed_by: Mapping[str, int]
    """How many files need each path; a missing one is needed by none."""
    centrality: Mapping[str, float]
    """How central each path is; 1 for a missing one, which none needs."""
    imports: Mapping[str, object]
    """How many imports were resolved, are external, and are unresolved; see ``Pack.imports``."""


def reading(snapshot: Snapshot, facts: Mapping[str, bytes], index: Index) -> Reading:
    """Return the order of the snapshot's files; ``facts`` as for ``graph.link``. Reads no file."""
    paths = [file.path for file in snapshot.files]
    digest = _digest(snapshot, facts)
    kept = index.facts(_KIND, (_KEY,)).get(_KEY, b"")
    if digest is not None and (known := _restored(kept, digest, paths)):
        return known
    graph = link(snapshot, facts)
    order = ordered_paths(graph)
    made = Reading(order, _needed_by(graph), _centrality(graph, order), _imports(graph))
    if digest is not None:
        index.remember(_KIND, {_KEY: _kept(made, digest, paths)})
    return made


def _digest(snapshot: Snapshot, facts: Mapping[str, bytes]) -> str | None:
    """Return what changes whenever the reading may; None when that cannot be known."""
    try:
        rules = repr(sorted(_rules()))
    except OSError:  # the program lies in an archive
        return None
    prefixes = [part.prefix for part in snapshot.parts]
    digest = hashlib.blake2b(f"{rules} {prefixes}".encode(), digest_size=20)
    for file in snapshot.files:
        fact = facts.get(file.path, b"")
        head = f"{file.mode} {len(fact)} {len(file.path)} {file.path}"
        digest.update(os.fsencode(head) + fact)
    return digest.hexdigest()


def _rules() -> Iterator[tuple[str, int, int]]:
    """Yield name, size and time of each module that links or orders: their rules have no number."""
    here = Path(__file__).parent
    for folder in (here, here / "languages"):
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    yield entry.name, status.st_size, status.st_mtime_ns


def _kept(made: Reading, digest: str, paths: Sequence[str]) -> bytes:
    numbers = {path: number for number, path in enumerate(paths)}
    fields = {
        "digest": digest,
        "order": [numbers[path] for path in made.order],
        "needed_by": [made.needed_by.get(path, 0) for path in paths],
        "centrality": [made.centrality.get(path, 1) for path in paths],
        "imports": made.imports,
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def _restored(kept: bytes, digest: str, paths: Sequence[str]) -> Reading | None:
    """Return what ``_kept`` wrote; None when it is of other files or another program's."""
    if digest.encode() not in kept[:80]:
        return None
    try:
        fields: dict[str, Any] = json.loads(kept)
    except ValueError:
        return None
    order = [paths[number] for number in fields["order"]]
    needed_by = {path: n for path, n in zip(paths, fields["needed_by"], strict=True) if n}
    central = {path: n for path, n in zip(paths, fields["centrality"], strict=True) if n != 1}
    return Reading(order, needed_by, central, fields["imports"])


def _needed_by(graph: ImportGraph) -> dict[str, int]:
    counts = Counter(target for _, target in graph.edges)
    return {graph.paths[target]: count for target, count in counts.items()}


def _centrality(graph: ImportGraph, order: Sequence[str]) -> dict[str, float]:
    scores = centrality(graph, order)
    return {path: round(score, 3) for path, score in scores.items() if round(score, 3) != 1}


def _imports(graph: ImportGraph) -> dict[str, object]:
    by_family = {name: _figures(counts) for name, counts in graph.by_family.items()}
    return {**_figures(graph.imports), "by_family": by_family}


def _figures(counts: ImportCounts) -> dict[str, object]:
    rate = None if counts.rate is None else round(counts.rate, 4)
    return {**counts._asdict(), "rate": rate}
