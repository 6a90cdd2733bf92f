"""One place in a file where operators may change something."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from repoctx.backends.embedded.scope import Scope
from repoctx.backends.embedded.source import Edit, Source

Rewrite: TypeAlias = tuple[Edit, ...]
"""Edits of one file that belong together."""


@dataclass(frozen=True, slots=True)
class Site:
    """A node with what surrounds it."""

    source: Source
    node: ast.expr | ast.stmt
    scope: Scope

    @property
    def parent(self) -> ast.AST:
        """The node's parent."""
        return self.source.parents[self.node]

    def text(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """Return a node's text."""
        return self.source.text_of(node)

    def put(self, node: ast.expr, text: str) -> Rewrite:
        """Replace an expression by another, in parentheses where precedence asks for them."""
        if _looseness(text) > _allowed(self.source.parents[node], node):
            text = f"({text})"
        return (Edit(*self.source.span(node), text),)

    def swap(self, first: ast.expr | ast.stmt, second: ast.expr | ast.stmt) -> Rewrite:
        """Exchange the texts of two nodes."""
        spans = self.source.span(first), self.source.span(second)
        texts = self.text(second), self.text(first)
        return tuple(Edit(*span, text) for span, text in zip(spans, texts, strict=True))

    def between(self, left: ast.expr, right: ast.expr, old: str, new: str) -> Rewrite:
        """Replace the operator ``old`` between two neighbours; nothing when it is not found."""
        start, end = self.source.span(left)[1], self.source.span(right)[0]
        words = old.split()
        at = self.source.text.find(words[0], start, end)
        last = self.source.text.find(words[-1], at, end) + len(words[-1])
        return (Edit(at, last, new),) if at >= 0 and last > at else ()


Operator: TypeAlias = Callable[[Site], Iterator[Rewrite]]
"""Yields rewrites of a site, the likeliest first; empty ones are ignored."""


_ATOM, _ARITHMETIC, _COMPARISON, _NEGATION, _CONNECTIVE, _LOOSEST = range(6)


@lru_cache(maxsize=4096)
def _looseness(text: str) -> int:
    """How loosely an expression binds: the more, the sooner it needs parentheses."""
    try:
        body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return _LOOSEST
    if isinstance(body, ast.UnaryOp):
        return _NEGATION if isinstance(body.op, ast.Not) else _ARITHMETIC
    loose = {ast.BinOp: _ARITHMETIC, ast.Compare: _COMPARISON, ast.BoolOp: _CONNECTIVE}
    others = (ast.IfExp, ast.Lambda, ast.NamedExpr, ast.Await, ast.Yield, ast.Starred)
    return _LOOSEST if isinstance(body, others) else loose.get(type(body), _ATOM)


def _allowed(parent: ast.AST, node: ast.expr) -> int:
    """How loosely an expression may bind as this child of its parent, without parentheses."""
    if isinstance(parent, (ast.Attribute, ast.Subscript)) and parent.value is node:
        return _ATOM
    if isinstance(parent, ast.Call) and parent.func is node:
        return _ATOM
    if isinstance(parent, ast.UnaryOp):
        return _COMPARISON if isinstance(parent.op, ast.Not) else _ATOM
    within = {ast.BinOp: _ATOM, ast.Await: _ATOM, ast.Compare: _ARITHMETIC}
    return within.get(type(parent), _NEGATION if isinstance(parent, ast.BoolOp) else _LOOSEST)
