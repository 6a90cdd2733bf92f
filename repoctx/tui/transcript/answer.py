"""An answer as it streams in: prose and code blocks, the last of them still growing."""

from __future__ import annotations

from bisect import bisect_left as bisect
from collections.abc import Sequence

from repoctx.citations import Exists
from repoctx.patches.edits import FileEdit
from repoctx.patches.reply import ReplyParser
from repoctx.terminal import counted, one_line
from repoctx.tui.transcript.code import Code
from repoctx.tui.transcript.pieces import Piece, Pieces
from repoctx.tui.transcript.prose import Prose
from repoctx.tui.transcript.surface import Surface


class Answer:
    """Puts an item on the surface for each piece; a closed one is not touched again."""

    def __init__(self, surface: Surface, exists: Exists) -> None:
        self._surface = surface
        self._exists = exists
        self._pieces = Pieces()
        self._parser = ReplyParser()
        self._edits: Sequence[FileEdit] = ()
        self._drawn: list[Prose | Code] = []

    @property
    def source(self) -> str:
        """The answer as it came."""
        return self._pieces.source

    @property
    def characters(self) -> int:
        """How long it is."""
        return self._pieces.size

    def write(self, text: str) -> None:
        """Take the next part, and draw it."""
        self._pieces.feed(text)
        self._parser.feed(text)
        self._draw()

    def finish(self) -> None:
        """No more will come."""
        self._pieces.finish()
        self._edits = self._parser.finish().edits
        self._draw()

    def fold_edits(self) -> None:
        """Fold the code blocks that propose a change: it is reviewed elsewhere."""
        edits = sorted((edit.line, edit.path) for edit in self._edits)
        for piece, item in zip(self._pieces.pieces, self._drawn, strict=False):
            begin, end = (bisect(edits, (line,)) for line in (piece.line, piece.last + 1))
            if isinstance(item, Code) and begin < end:
                item.entitle(_summary([path for _, path in edits[begin:end]]), folded=True)
                self._surface.changed(item)

    def _draw(self) -> None:
        """Draw the last piece that was drawn, which may have grown, and all behind it."""
        pieces = self._shown_pieces()
        first = max(0, min(len(self._drawn), len(pieces)) - 1)
        for number in range(first, len(pieces)):
            item = self._item(number, pieces[number])
            item.write(pieces[number].lines)
            self._surface.changed(item)
        while len(self._drawn) > len(pieces):  # what looked like prose began a fence
            self._surface.take_away(self._drawn.pop())

    def _item(self, number: int, piece: Piece) -> Prose | Code:
        """Return the item of a piece, a new one when there is none of its kind."""
        kind = Prose if piece.kind == "prose" else Code
        while len(self._drawn) > number and not isinstance(self._drawn[number], kind):
            self._surface.take_away(self._drawn.pop())
        if len(self._drawn) == number:
            made = Code(piece.language) if piece.kind == "code" else Prose(self._exists)
            self._drawn.append(made)
            self._surface.add(made)
        return self._drawn[number]

    def _shown_pieces(self) -> list[Piece]:
        """The pieces with the unfinished line where it probably belongs."""
        pieces, partial = self._pieces.pieces, self._pieces.shown_partial
        if not partial:
            return pieces
        last = pieces[-1] if pieces and pieces[-1].is_open else None
        if last is None:
            return [*pieces, Piece("prose", 0, lines=[partial])]
        grown = Piece(last.kind, last.line, last.language, [*last.lines, partial])
        return [*pieces[:-1], grown]


def _summary(paths: Sequence[str]) -> str:
    first, *others = dict.fromkeys(map(one_line, paths))
    more = f" and {counted(len(others), 'more file')}" if others else ""
    return f"edits {first}{more}"
