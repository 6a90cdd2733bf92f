"""Whole lines of statements: removing, moving and inserting them at the right indentation."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from repoctx.backends.embedded.source import Edit, Source, blocks, first_line, split_lines


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one or more statements that share no line with another statement."""

    source: Source
    start: int
    end: int
    """Offsets in characters; the line end of the last line is inside."""
    indent: str

    @classmethod
    def of(cls, source: Source, node: ast.AST) -> Lines | None:
        """Return a statement's lines; None when it shares one, as after ``if x:`` or ``;``."""
        if not isinstance(node, ast.stmt):
            return None
        start, end = source.line_span(first_line(node), node.end_lineno or node.lineno)
        before = source.text[start : source.span(node)[0]]
        after = source.text[source.span(node)[1] : end].strip()
        indent = before[: len(before) - len(before.lstrip())]
        if (before.strip() and not before.lstrip().startswith("@")) or (
            after and not after.startswith("#")
        ):
            return None
        return cls(source, start, end, indent)

    def removed(self) -> Edit:
        """The edit that removes them."""
        return Edit(self.start, self.end, "")

    def replaced(self, statement: str) -> Edit:
        """The edit that puts one line in their place."""
        return Edit(self.start, self.end, f"{self.indent}{statement}{self._line_end()}")

    def before(self, text: str) -> Edit:
        """The edit that inserts lines before them; ``text`` is indented as if at the margin."""
        return Edit(self.start, self.start, self.indented(text))

    def after(self, text: str) -> Edit:
        """The edit that inserts lines after them."""
        return Edit(self.end, self.end, self.indented(text))

    def text_at(self, indent: str) -> str:
        """Return their text with another indentation."""
        lines = split_lines(self.source.text[self.start : self.end])
        shifted = [
            indent + line[len(self.indent) :] if line.startswith(self.indent) else line
            for line in lines
        ]
        text = "".join(shifted)
        return text if text.endswith(("\n", "\r")) else text + self._line_end()

    def indented(self, text: str) -> str:
        """Return lines as if at the margin with their indentation and the file's line ends."""
        lines = text.splitlines()
        return "".join(f"{self.indent}{line}{self._line_end()}" for line in lines)

    def _line_end(self) -> str:
        first = self.source.lines[0]
        return "\r\n" if first.endswith("\r\n") else "\n"


def block_of(source: Source, node: ast.stmt) -> list[ast.stmt]:
    """Return the block of statements that a statement stands in."""
    parent = source.parents[node]
    return next((block for block in blocks(parent) if node in block), [node])
