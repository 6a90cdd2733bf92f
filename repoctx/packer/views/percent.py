"""Write cells as one text in the percent format of jupytext, and read that text back exactly.

A cell begins with ``# %%``, ``# %% [markdown]`` or ``# %% [raw]``; a blank line stands between
cells. Code stands as it is, everything else behind the language's comment mark, so the text of a
Python notebook is a Python script. A line of a cell that looks like a cell's beginning gets one
comment mark more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from repoctx.errors import ConflictError

_MARKS = {
    "//": "c c# c++ cpp csharp dart f# fsharp go groovy java javascript kotlin rust scala swift "
    "typescript",
    "--": "ada haskell lua sql",
    ";;": "clojure common-lisp lisp racket scheme",
    "%": "erlang matlab octave prolog",
}
_MARK_OF = {language: mark for mark, names in _MARKS.items() for language in names.split()}
_KIND = re.compile(r"\[(markdown|md|raw|heading [1-6])\]")


@dataclass(frozen=True, slots=True)
class Block:
    """A cell without all that is not its text."""

    kind: str
    """``code``, ``markdown``, ``raw``, or, in old notebooks, ``heading 1`` to ``heading 6``."""
    source: str


class Percent:
    """The format for one comment mark."""

    def __init__(self, mark: str = "#") -> None:
        self.mark = mark
        self.prefix = f"{mark} "
        prefix = re.escape(self.prefix)
        self._begins = re.compile(rf"{prefix}%%(?=\s|\Z)")
        self._like_code = re.compile(rf"(?:{prefix})++%%(?=\s|\Z)")
        self._like_comment = re.compile(rf"(?:{prefix})*+%%(?=\s|\Z)")

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the text of the cells; it ends with a newline unless there are none."""
        bodies = [self._shown(block) for block in blocks]
        texts = [
            "\n".join((self._head(block), *body, ""))
            for block, body in zip(blocks, bodies, strict=True)
        ]
        # The reader takes one blank line off each cell's end, also off the last one's.
        return "\n".join(texts) + ("\n" if bodies and _ends_blank(bodies[-1]) else "")

    def read(self, text: str) -> list[Block]:
        """Return the cells of a text; raises ConflictError for what is not one.

        ``write`` of them is the text again, but for blank lines between cells and in comments.
        """
        blocks: list[Block] = []
        for head, body in self._bodies(text.removesuffix("\n").split("\n")):
            if head:
                blocks.append(self._block(head, body))
            elif any(map(str.strip, body)):
                raise ConflictError(
                    f"the text before the first `{self.prefix}%%` belongs to no cell",
                    f"begin each cell with a line `{self.prefix}%%`",
                )
        return blocks

    def is_cells(self, text: str) -> bool:
        """True when the text begins with a cell."""
        return self._begins.match(text.lstrip()) is not None

    def _head(self, block: Block) -> str:
        return f"{self.prefix}%%" + ("" if block.kind == "code" else f" [{block.kind}]")

    def _shown(self, block: Block) -> list[str]:
        if not block.source:
            return []
        lines = block.source.split("\n")
        return list(map(self._code if block.kind == "code" else self._comment, lines))

    def _code(self, line: str) -> str:
        return self.prefix + line if self._like_code.match(line) else line

    def _comment(self, line: str) -> str:
        line = self.prefix + line if self._like_comment.match(line) else line
        return self.prefix + line if line else self.mark

    def _bodies(self, lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield the first line of each cell with the others; first what stands before them."""
        head, body = "", list[str]()
        for line in lines:
            if self._begins.match(line):
                yield head, body
                head, body = line, []
            else:
                body.append(line)
        yield head, body

    def _block(self, head: str, body: list[str]) -> Block:
        kind = self._kind(head)
        body = body[:-1] if _ends_blank(body) else body
        lines = map(self._uncode if kind == "code" else self._uncomment, body)
        return Block(kind, "\n".join(lines))

    def _kind(self, head: str) -> str:
        label = head[len(self.prefix) + 2 :].strip()
        match = _KIND.fullmatch(label)
        if label and not match:
            raise ConflictError(
                f"`{head.strip()}` begins no kind of cell",
                f"write `{self.prefix}%%`, `{self.prefix}%% [markdown]` or `{self.prefix}%% [raw]`",
            )
        kind = match[1] if match else "code"
        return "markdown" if kind == "md" else kind

    def _uncode(self, line: str) -> str:
        return line[len(self.prefix) :] if self._like_code.match(line) else line

    def _uncomment(self, line: str) -> str:
        if not line.strip():
            return line
        if line.startswith(self.prefix):
            line = line[len(self.prefix) :]
            escaped = line.startswith(self.prefix) and self._like_comment.match(line)
            return line[len(self.prefix) :] if escaped else line
        if line.strip() == self.mark:
            return line[len(self.mark) :].rstrip(" \t")
        raise ConflictError(
            f"a line of a cell that is no code does not begin with `{self.prefix}`: {line[:80]}",
            f"begin each of its lines with `{self.prefix}`",
        )


def _ends_blank(lines: Sequence[str]) -> bool:
    return bool(lines) and not lines[-1].strip("\r")


def comment_mark(language: str) -> str:
    """Return what begins a comment in a kernel's language; ``#`` when it is not known."""
    return _MARK_OF.get(language.lower(), "#")
