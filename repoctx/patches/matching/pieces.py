"""The pieces of an edit between the lines of dots that SEARCH and REPLACE share."""

from __future__ import annotations

from collections.abc import Sequence

from repoctx.patches.matching.placeholders import is_elision
from repoctx.patches.matching.rewrite import Block


def pieces_of(block: Block) -> list[Block]:
    """Split at the elision lines; empty when there are none or they do not pair.

    One that reads otherwise in REPLACE is a placeholder.
    """
    if _elisions(block.search) != _elisions(block.replace):
        return []
    search, replace = _split_at_elisions(block.search), _split_at_elisions(block.replace)
    if len(search) < 2:
        return []
    pieces = [Block(s, r) for s, r in zip(search, replace, strict=True)]
    nameless = [piece for piece in pieces if not any(map(str.strip, piece.search))]
    if any(map(str.strip, (text for piece in nameless for text in piece.replace))):
        return []
    return [piece for piece in pieces if piece not in nameless]


def _elisions(texts: Sequence[str]) -> list[str]:
    return [text.strip() for text in texts if is_elision(text)]


def _split_at_elisions(texts: Sequence[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for text in texts:
        if is_elision(text):
            pieces.append([])
        else:
            pieces[-1].append(text)
    return pieces
