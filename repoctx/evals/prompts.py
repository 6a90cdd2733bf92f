"""A prompt as pieces that repeat or not, and what a provider's cache would find of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import eq

from repoctx.packer.ledger.versions import version_of
from repoctx.packer.manifest import Document
from repoctx.packer.pack import Pack
from repoctx.packer.render import format_named

Count = Callable[[str], int]
"""Returns the tokens of a text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a prompt; where two stand beside each other, their tokens add up."""

    key: str
    """Pieces with equal keys have the same text."""
    tokens: int
    text: Callable[[], str]
    """Makes the text, which may mean to read a blob again."""


Prompt = Sequence[Piece]


def said(text: str, tokens: int) -> Piece:
    """Return a piece whose text is at hand."""
    return Piece(text, tokens, lambda: text)


def document_pieces(pack: Pack, documents: Sequence[Document], count: Count) -> list[Piece]:
    """Return a pack's text with its documents in this order, manifest last, as pieces."""
    opening = format_named(pack.format).opening
    shown = [_piece(pack, document) for document in documents if document.shown]
    manifest = said(pack.manifest, count(pack.manifest))
    return [said(opening, count(opening)), *shown, manifest]


def _piece(pack: Pack, document: Document) -> Piece:
    def text() -> str:
        try:
            return "".join(part for _, parts in pack.rendered((document,)) for part in parts)
        finally:
            pack.source.snapshot.close()

    return Piece(version_of(document), document.tokens, text)


def tokens_of(prompt: Prompt) -> int:
    """Return the tokens of a prompt."""
    return sum(piece.tokens for piece in prompt)


def repeated(before: Prompt, now: Prompt, count: Count) -> int:
    """Return the tokens at the beginning of a prompt that the one before began with too.

    Exact to a line: where two pieces differ, the whole lines that both begin with are counted.
    """
    hit = 0
    for old, new in zip(before, now, strict=False):
        if old.key != new.key:
            return hit + min(count(_common_lines(old.text(), new.text())), new.tokens)
        hit += new.tokens
    return hit


def _common_lines(old: str, new: str) -> str:
    """A line's end is where tokens add up, unless the next begins with ``/`` or white space."""
    pairs = zip(old.split("\n")[:-1], new.split("\n")[:-1], strict=False)
    return "".join(f"{line}\n" for line, _ in takewhile(lambda pair: eq(*pair), pairs))
