"""A Python file as text and tree together, so that a change of the tree is a change of the text."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters ``start`` to ``end`` of a file become ``text``."""

    start: int
    end: int
    text: str


class Source:
    """One parsed file. Raises ``SyntaxError`` (or ``ValueError``) when it does not parse."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = ast.parse(text)
        self.lines = split_lines(text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Each node's parent; the module has none."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def offset(self, line: int, column: int) -> int:
        """Return the character offset of ast's line (from 1) and column (in UTF-8 bytes)."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if not text.isascii():
            column = len(text.encode()[:column].decode("utf-8", "ignore"))
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> tuple[int, int]:
        """Return the character offsets of a node's start and end."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def text_of(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> str:
        """Return a node's own text."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_span(self, first: int, last: int) -> tuple[int, int]:
        """Return the offsets of whole lines ``first`` to ``last``, with their line ends."""
        return self._starts[first - 1], self._starts[min(last, len(self.lines))]

    def line_at(self, offset: int) -> int:
        """Return the number of the line (from 1) that holds a character offset."""
        low, high = 0, len(self.lines)
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle)
        return low + 1

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield a node's parent, its parent, and so on up to the module."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    @cached_property
    def function_bodies(self) -> list[tuple[int, int]]:
        """The character offsets of each function's body, its last line end included."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, FUNCTIONS):
                start = self.span(node.body[0])[0]
                line_start = self._starts[self.line_at(start) - 1]
                if not self.text[line_start:start].strip():
                    start = line_start
                found.append((start, self.line_span(1, node.end_lineno or node.lineno)[1]))
        return found

    def top_level(self, line: int) -> ast.stmt | None:
        """Return the module's own statement that covers a line."""
        for statement in self.tree.body:
            if first_line(statement) <= line <= (statement.end_lineno or 0):
                return statement
        return None

    def applied(self, edits: tuple[Edit, ...]) -> str:
        """Return the whole text after edits that do not overlap."""
        return apply_edits(self.text, edits, 0)


def split_lines(text: str) -> list[str]:
    """Split where Python's tokenizer does, at newline and carriage return; line ends are kept."""
    return list(io.StringIO(text, newline=""))


def apply_edits(text: str, edits: tuple[Edit, ...], base: int) -> str:
    """Return ``text``, which begins at offset ``base`` of its file, after the edits."""
    pieces, position = [], base
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[position - base : edit.start - base], edit.text]
        position = edit.end
    return "".join([*pieces, text[position - base :]])


def first_line(statement: ast.stmt) -> int:
    """Return the line on which a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements directly inside a node."""
    for name in BLOCKS:
        block = getattr(node, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
    for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield handler.body


def header_nodes(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions of a statement itself, outermost first, none of nested statements."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.expr):
            yield node
        children = ast.iter_child_nodes(node)
        waiting[:0] = [
            child
            for child in children
            if not isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case))
        ]
