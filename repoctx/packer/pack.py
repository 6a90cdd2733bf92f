"""The pack: every file of a repository with its level, streamed as one text.

Building a pack decides everything and counts it exactly; its text is made while it is read, so that
memory does not grow with the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from repoctx.packer.budget import fit, unbounded
from repoctx.packer.counts import Counts
from repoctx.packer.examine import size_in_utf8
from repoctx.packer.explain import explained
from repoctx.packer.facts import Scope
from repoctx.packer.graph import ImportGraph, link
from repoctx.packer.index import Index
from repoctx.packer.manifest import Document, levels_of
from repoctx.packer.outlines import Outliner
from repoctx.packer.pins import Pin, pin
from repoctx.packer.reading import Reading, reading
from repoctx.packer.render import format_named
from repoctx.packer.secrets import Redaction
from repoctx.packer.select import Level
from repoctx.packer.snapshot import Snapshot, SourceFile
from repoctx.packer.stream import Source
from repoctx.packer.survey import Survey, survey
from repoctx.packer.worth import Signals, worths

SCHEMA = "repoctx.pack/1"


@dataclass(frozen=True, slots=True)
class PackOptions:
    """What a pack should be."""

    encoding: str = "o200k_base"
    """The tokenizer that counts."""
    format: str = "xml"
    """Or ``markdown``, or ``jsonl``."""
    budget: int | None = None
    """Tokens that the whole pack may have, manifest included; None shows every text in full."""
    data_limit: int = 0
    """Bytes beyond which a file of data is shown as its head and shape; 0 for always in full."""
    signals: Callable[[], Signals] = Signals
    """What speaks for the files; asked for only when not everything fits the budget."""
    pins: tuple[Pin, ...] = ()
    """Levels that a person asks for; they hold with and without a budget."""
    redact: bool = True
    """Replace secrets by placeholders."""
    redaction_key: bytes = b""
    """Keys the placeholders, so that they say nothing about a guessable secret."""
    allow_secrets: tuple[str, ...] = ()
    """What is shown all the same: see ``Redaction.allow``."""
    progress: Callable[[int, int], None] | None = None
    """Called with the number of files read and of all that must be read; and now and then while
    levels are chosen, with all of both. What it raises ends the packing."""

    @property
    def scope(self) -> Scope:
        """What the facts of a document depend on."""
        redaction = Redaction(self.redaction_key, self.allow_secrets) if self.redact else None
        return Scope(self.format, self.encoding, redaction, self.data_limit)


@dataclass(frozen=True)
class Pack:
    """Every file with its level, in the order of the text, and the text itself on demand."""

    documents: tuple[Document, ...]
    """In dependency order, then what the walk left out."""
    tokens: int
    """Of the whole text, exact for ``encoding``."""
    bytes: int
    """Of the whole text in UTF-8."""
    encoding: str
    format: str
    imports: Mapping[str, object]
    """``resolved``: imports that mean files of the repository. ``external``: those of libraries.
    ``unresolved``: those that should mean a file of the repository, but none was found. ``rate``:
    resolved / (resolved + unresolved), or None. ``by_family``: the same of each that has any."""
    manifest: str
    budget: int | None
    linked: Callable[[], ImportGraph] = field(repr=False)
    """Makes ``graph``, which few ask for and a warm pack need not know."""
    source: Source = field(repr=False)

    @cached_property
    def graph(self) -> ImportGraph:
        """The imports of every file that the walk took in."""
        return self.linked()

    @property
    def levels(self) -> dict[str, int]:
        """The number of files at each level."""
        return levels_of(self.documents)

    @property
    def redacted(self) -> int:
        """Secrets replaced by placeholders."""
        return sum(document.redacted for document in self.documents)

    def chunks(self) -> Iterator[str]:
        """Yield the text in pieces, none of them empty; any number of times, always the same.

        Raises RepoctxError when a file has changed since the snapshot.
        """
        yield from filter(None, (format_named(self.format).opening,))
        yield from self.source.chunks(self.documents)
        yield self.manifest

    def rendered(self, documents: Sequence[Document]) -> Iterator[tuple[Document, tuple[str, ...]]]:
        """Yield those of the documents that are shown, each with its text in parts.

        Of a full document these are three: what stands before the file's text, the text, the rest.
        """
        return self.source.rendered(documents)

    def stats(self) -> dict[str, object]:
        """Return the figures of the pack, of the schema ``repoctx.pack/1``."""
        return {
            "schema": SCHEMA,
            "encoding": self.encoding,
            "format": self.format,
            "files": sum(self.levels.values()),
            "tokens": self.tokens,
            "bytes": self.bytes,
            "levels": self.levels,
            "omitted": [
                {"path": document.path, "reason": document.reason}
                | ({"files": document.files} if document.files > 1 else {})
                for document in self.documents
                if document.level is Level.OMITTED
            ],
            "imports": dict(self.imports),
            "redacted": self.redacted,
        }

    def explain(self, path: str) -> str:
        """Return why the file has its level, in a few lines; raises UsageError without a level."""
        left = None if self.budget is None else self.budget - self.tokens
        return explained(path, self.documents, self.source, left)


def build_pack(snapshot: Snapshot, index: Index, options: PackOptions) -> Pack:
    """Decide the level of every file and count the pack exactly; its text is made by ``chunks``.

    Raises UsageError for an unknown encoding or format and for a budget that cannot be kept,
    RepoctxError when a file changes or cannot be read meanwhile.
    """
    form = format_named(options.format)
    scope, counts = options.scope, Counts(index, options.encoding)
    found = survey(snapshot, index, scope, options.progress)
    read = reading(snapshot, found.imports, index)
    outliner = Outliner(snapshot, index, scope, found.documents, _checkpoint(options, snapshot))
    documents, sums = pin(_documents(snapshot, found, read), options.pins, outliner)
    fitted = unbounded(documents, sums, form, counts)
    if options.budget is not None and fitted.tokens > options.budget:
        kinds = {path: facts.kind for path, facts in found.documents.items()}
        worth = worths(read, kinds, options.signals())
        documents = [replace(d, worth=worth.get(d.path)) for d in documents]
        fitted = fit(documents, sums, options.budget, form, outliner, counts)
    return Pack(
        documents=tuple(fitted.documents),
        tokens=fitted.tokens,
        bytes=sum(map(size_in_utf8, (form.opening, fitted.manifest)))
        + sum(document.bytes for document in fitted.documents),
        encoding=options.encoding,
        format=options.format,
        imports=read.imports,
        manifest=fitted.manifest,
        budget=options.budget,
        linked=partial(link, snapshot, found.imports),
        source=Source(snapshot, index, scope, outliner),
    )


def _checkpoint(options: PackOptions, snapshot: Snapshot) -> Callable[[], None] | None:
    if options.progress is None:
        return None
    return partial(options.progress, len(snapshot.files), len(snapshot.files))


def _documents(snapshot: Snapshot, found: Survey, read: Reading) -> list[Document]:
    """Every file at its highest level, in order, then what the walk left out."""
    files = snapshot.by_path
    documents = [_document(files[p], found, read.needed_by.get(p, 0)) for p in read.order]
    left_out = (
        Document(*(omission.path, Level.OMITTED, omission.reason, 0, 0), files=omission.files)
        for omission in snapshot.omitted
    )
    return [*documents, *left_out]


def _document(file: SourceFile, found: Survey, needed_by: int) -> Document:
    facts = found.documents[file.path]
    return Document(
        path=file.path,
        level=Level.OUTLINE if facts.is_view else Level.NAME if facts.note else Level.FULL,
        reason=facts.note,
        tokens=facts.tokens,
        bytes=facts.bytes,
        file=file,
        facts=facts,
        needed_by=needed_by,
    )
