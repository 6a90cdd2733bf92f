"""Learn what packing needs to know of every file, reading only what the index does not know.

A warm pack reads no file and loads no tokenizer. A cold one reads each file once, in order, and
examines it in a few threads: tiktoken works without the interpreter's lock.
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from repoctx.packer.examine import Examined, Examiner
from repoctx.packer.facts import DocumentFacts, Scope, fact_key, from_bytes, to_bytes
from repoctx.packer.graph import imports_kind
from repoctx.packer.index import Index
from repoctx.packer.snapshot import Snapshot, SourceFile
from repoctx.packer.tokens import tokenizer

if TYPE_CHECKING:
    from concurrent.futures import Future

_BATCH = 1 << 18  # bytes of files examined as one piece of work: a hand-over costs about 50 us
_IN_FLIGHT = 1 << 22  # bytes that are read and not yet examined
_AT_ONCE = 1 << 12  # files recalled or remembered together: all at once would take more memory
_PROGRESS_STEP = 64  # files between two reports

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of files read and of all that must be."""

_Batch: TypeAlias = list[tuple[SourceFile, bytes]]


@dataclass(slots=True)
class Survey:
    """The facts of many files, by path."""

    documents: dict[str, DocumentFacts] = field(default_factory=dict)
    imports: dict[str, bytes] = field(default_factory=dict)
    """What ``graph.link`` takes; only files in languages whose imports are understood."""

    def knows(self, path: str) -> bool:
        """True when there is nothing left to learn about the file."""
        facts = self.documents.get(path)
        if facts is None:
            return False
        return bool(facts.note) or path in self.imports or imports_kind(path) is None

    def learn(self, examined: Examined) -> None:
        """Add what was found in one file."""
        path = examined.file.path
        self.documents[path] = examined.facts
        if examined.imports is not None:
            self.imports[path] = examined.imports


def survey(
    snapshot: Snapshot, index: Index, scope: Scope, progress: Progress | None = None
) -> Survey:
    """Return the facts of every file of the snapshot.

    What was learnt is kept even when reading is interrupted or a file cannot be read.
    """
    known = Survey()
    for start in range(0, len(snapshot.files), _AT_ONCE):
        _recall(known, snapshot.files[start : start + _AT_ONCE], index, scope)
    due = [file for file in snapshot.files if not known.knows(file.path)]
    learnt: list[Examined] = []
    try:
        for done, examined in enumerate(_examine_all(snapshot, due, scope), 1):
            learnt.append(examined)
            known.learn(examined)
            if len(learnt) == _AT_ONCE:
                _remember(index, scope, learnt)
                learnt.clear()
            if progress and (done % _PROGRESS_STEP == 0 or done == len(due)):
                progress(done, len(due))
    finally:
        _remember(index, scope, learnt)
    return known


def _examine_all(
    snapshot: Snapshot, files: Sequence[SourceFile], scope: Scope
) -> Iterator[Examined]:
    """Examine the files in a few threads while this one reads; memory in flight is bounded."""
    examine = Examiner(scope).examine
    due = sum(file.size for file in files)
    tokenizer(scope.encoding).expect(due)
    if due < _BATCH:
        yield from (examine(file, content) for file, content in snapshot.read_all(files))
        return
    from concurrent.futures import ThreadPoolExecutor  # loading it takes as long as a small edit

    def work(batch: _Batch) -> list[Examined]:
        return [examine(file, content) for file, content in batch]

    pending: deque[tuple[Future[list[Examined]], int]] = deque()
    waiting = 0
    pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="repoctx-examine")
    try:
        for batch, size in _batches(snapshot, files):
            pending.append((pool.submit(work, batch), size))
            waiting += size
            while pending and (waiting > _IN_FLIGHT or pending[0][0].done()):
                future, size = pending.popleft()
                yield from future.result()
                waiting -= size
        for future, _ in pending:
            yield from future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(snapshot: Snapshot, files: Sequence[SourceFile]) -> Iterator[tuple[_Batch, int]]:
    """Yield files with their contents, and the size of those, in batches worth a hand-over."""
    batch: _Batch = []
    size = 0
    for file, content in snapshot.read_all(files):
        batch.append((file, content))
        size += len(content)
        if size >= _BATCH:
            yield batch, size
            batch, size = [], 0
    if batch:
        yield batch, size


def _recall(known: Survey, files: Sequence[SourceFile], index: Index, scope: Scope) -> None:
    """Add what the index knows of the files."""
    keys = {file.path: fact_key(file) for file in files}
    values = index.facts(scope.kind, keys.values())
    for path, key in keys.items():
        if key in values and (facts := from_bytes(values[key])) is not None:
            known.documents[path] = facts
    blobs: dict[str, dict[str, str]] = defaultdict(dict)
    for file in files:
        if (kind := imports_kind(file.path)) is not None:
            blobs[kind][file.path] = file.blob
    for kind, blob_of in blobs.items():
        values = index.facts(kind, blob_of.values())
        known.imports |= {path: values[blob] for path, blob in blob_of.items() if blob in values}


def _remember(index: Index, scope: Scope, learnt: Sequence[Examined]) -> None:
    index.remember(scope.kind, {fact_key(one.file): to_bytes(one.facts) for one in learnt})
    imports: dict[str, dict[str, bytes]] = defaultdict(dict)
    for one in learnt:
        if one.imports is not None:
            imports[imports_kind(one.file.path) or ""][one.file.blob] = one.imports
    for kind, facts in imports.items():
        index.remember(kind, facts)
