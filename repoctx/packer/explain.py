"""Say why a file has its level, in words a person can check against the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from repoctx.errors import UsageError
from repoctx.packer.manifest import Document
from repoctx.packer.outlines import Outliner
from repoctx.packer.select import Level, value_of
from repoctx.packer.stream import Source
from repoctx.packer.worth import Worth
from repoctx.terminal import one_line


def explained(path: str, documents: Sequence[Document], source: Source, left: int | None) -> str:
    """Return a few lines; ``left`` are the tokens the budget has left, None without a budget.

    Raises UsageError when the path has no level.
    """
    for position, document in enumerate(documents, 1):
        if document.path == path:
            lines = _lines(document, position, documents, source.outliner, left)
            return "\n".join((*lines, *source.remarks(document)))
    raise UsageError(
        f"{path} has no level", "it does not exist, or git, .repoctxignore or a list leaves it out"
    )


def in_brief(document: Document) -> Iterator[str]:
    """Yield what a document says by itself: level and reason, tokens, kind; safe to print."""
    reason = document.reason or ("asked for" if document.asked else "")
    yield one_line(f"{document.path}: {document.level}" + (f", {reason}" if reason else ""))
    facts = document.facts
    if facts is None:
        return
    if facts.is_view:
        yield f"tokens: {document.tokens:,} shown; `repoctx config data_limit 0` shows all of it"
    elif not facts.note:
        yield f"tokens: {document.tokens:,} shown, {facts.tokens:,} in full"
    yield f"kind: {facts.kind}; needed by {document.needed_by} files"


def _lines(
    document: Document,
    position: int,
    documents: Sequence[Document],
    outliner: Outliner,
    left: int | None,
) -> Iterator[str]:
    yield from in_brief(document)
    facts = document.facts
    if facts is None:
        return
    if document.worth is not None:
        yield from _worth(document, document.worth, documents)
    if left is not None and not facts.note and not document.asked:
        yield from _why_not_higher(document, outliner, left)
    if facts.redacted:
        yield f"secrets replaced: {facts.redacted}"
    if document.shown:
        yield f"position: {position} of {len(documents)} files"


def _worth(document: Document, worth: Worth, documents: Sequence[Document]) -> Iterator[str]:
    yield f"centrality: place {worth.place} of {len(documents)} ({worth.centrality:.1f})"
    yield f"recent changes: {worth.activity:.2f} of the liveliest file's"
    if worth.relevance is not None:
        yield f"relevance to the question: {worth.relevance:.2f} of the most relevant file's"
    density = _per_token(document)
    place = 1 + sum(_per_token(other) > density for other in documents)
    yield (
        f"weight under a budget: {worth.weight:.3g}; per token {density:.3g},"
        f" place {place} of {len(documents)}"
    )


def _per_token(document: Document) -> float:
    """Return the value of the file in full for each of its tokens."""
    if document.worth is None or document.facts is None:
        return 0.0
    tokens = document.facts.tokens or document.facts.line
    return value_of(document.worth.weight, document.facts.tokens) / max(tokens, 1)


def _why_not_higher(document: Document, outliner: Outliner, left: int) -> Iterator[str]:
    """Say what each higher level would take beyond what the file has now."""
    facts = document.facts
    if facts is None or document.level is Level.FULL:
        return
    line = 0 if document.level is Level.OMITTED else facts.line
    outline = outliner.known(document.path)
    if document.level is Level.OUTLINE:
        line = outline.line if outline else line
    have = document.tokens + line
    yield f"not full: {_dearer('its text in full', facts.tokens, have, left)}"
    if document.level is Level.OUTLINE:
        return
    if outline is not None:
        needed = outline.tokens + outline.line
        yield f"no outline: {_dearer('its outline', needed, have, left)}"
    elif outliner.was_made(document.path):
        yield "no outline: it has none"
    else:
        yield "no outline: none was made, as files of more value took the room"


def _dearer(what: str, tokens: int, have: int, left: int) -> str:
    more = f" ({tokens - have:,} more than now)" if have else ""
    return f"{what} costs {tokens:,} tokens{more}, more than the {left:,} left"
