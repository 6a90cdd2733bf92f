"""Say what the pack shows of every file: the text at its end, and the token tree.

The manifest stands last, so that a changed file leaves the pack's beginning as it was. It holds no
date, no absolute path, and nothing else that changes while the repository does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from repoctx.packer.facts import DocumentFacts
from repoctx.packer.render import Format, Line
from repoctx.packer.select import Level
from repoctx.packer.snapshot import SourceFile
from repoctx.packer.worth import Worth

NOTES = """\
Documents stand in dependency order: a file comes after the files that it needs. A document tag or \
fence is numbered or lengthened where the text holds its end. A path in double quotes is a JSON \
string. A notebook (.ipynb) stands as its cells in the percent format, without outputs. \
\ufffd<80> stands for a byte that is not text, [REDACTED:kind:id] for a secret."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the repository and what the pack shows of it."""

    path: str
    level: Level
    reason: str
    """Why it is not full; empty when it is."""
    tokens: int
    """Of its document in the pack; 0 at the levels name and omitted."""
    bytes: int
    """Of its document in the pack, in UTF-8."""
    file: SourceFile | None = None
    """None for what the walk left out."""
    facts: DocumentFacts | None = None
    """What it would be in full; None for what the walk left out."""
    needed_by: int = 0
    """Files that import it."""
    worth: Worth | None = None
    """Under a budget; None when nothing had to be chosen."""
    asked: bool = False
    """A person chose its level."""
    listed: bool = True
    """False when a line that sums up its folder stands for it in the manifest."""
    files: int = 1
    """How many it stands for: more than one for what a list leaves out."""

    @property
    def shown(self) -> bool:
        """True when the pack holds a document for it."""
        return self.level in (Level.FULL, Level.OUTLINE)

    @property
    def redacted(self) -> int:
        """Secrets replaced in what is shown."""
        whole = self.level is Level.FULL or (self.shown and self.facts and self.facts.is_view)
        return self.facts.redacted if self.facts and whole else 0


def manifest(format: Format, documents: Sequence[Document], sums: Sequence[Line]) -> str:
    """Return the manifest: a summary, then a line for every file that is not full.

    ``sums`` stand for the files that a budget leaves out; those have no line of their own.
    """
    lines = [line_of(document) for document in documents if is_listed(document)]
    lines.sort(key=lambda line: line.path)
    entries = "".join(map(format.line, (*sums, *lines)))
    opening = format.manifest_opening(summary_of(documents))
    return format.closing + opening + entries + format.manifest_closing


def is_listed(document: Document) -> bool:
    """True when the manifest has a line for the file itself."""
    return document.listed and document.level is not Level.FULL


def line_of(document: Document) -> Line:
    """Return the file's line."""
    facts = document.facts
    tokens = None if facts is None or facts.note else facts.tokens
    return Line(document.path, document.level, document.reason, tokens, document.files)


def summary_of(documents: Sequence[Document]) -> str:
    """Return the counts and the notes on how to read the pack."""
    return summary(
        levels_of(documents),
        sum(document.tokens for document in documents),
        sum(document.redacted for document in documents),
    )


def summary(levels: Mapping[str, int], tokens: int, redacted: int) -> str:
    """Return the counts in words; larger numbers never take fewer tokens."""
    counted = ", ".join(f"{levels[level]} {level}" for level in Level)
    return (
        f"{sum(levels.values())} files: {counted}. {tokens} tokens in documents."
        f" {redacted} secrets redacted.\n{NOTES}"
    )


def levels_of(documents: Iterable[Document]) -> dict[str, int]:
    """Return the number of files at each level."""
    counts: Counter[Level] = Counter()
    for document in documents:
        counts[document.level] += document.files
    return {level.value: counts[level] for level in Level}


def sums_by_folder(files: Iterable[tuple[str, int | None]], depth: int) -> list[Line]:
    """Return a line for each folder, at most ``depth`` folders deep, that files are left out of.

    ``files`` are paths and tokens in full (None without text).
    """
    counts: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for path, cost in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        counts[folder] += 1
        tokens[folder] += cost or 0
    return [
        Line(f"{folder}/", Level.OMITTED, "budget", tokens[folder], counts[folder])
        for folder in sorted(counts)
    ]


@dataclass(slots=True)
class Folder:
    """A folder with the tokens of all that the pack shows beneath it."""

    name: str
    """Its last part; empty for the root."""
    tokens: int = 0
    files: int = 0
    levels: Counter[Level] = field(default_factory=Counter)
    """The number of files at each level."""
    folders: dict[str, Folder] = field(default_factory=dict)
    """By name."""
    documents: list[Document] = field(default_factory=list)
    """The files that lie directly in it."""


def token_tree(documents: Iterable[Document]) -> Folder:
    """Return the tree of folders with tokens and files summed up."""
    root = Folder("")
    for document in documents:
        folder = root
        *parts, _ = document.path.split("/")
        for part in (None, *parts):
            if part is not None:
                folder = folder.folders.setdefault(part, Folder(part))
            folder.tokens += document.tokens
            folder.files += document.files
            folder.levels[document.level] += document.files
        folder.documents.append(document)
    return root
