"""Remove, move, exchange or rewrite whole statements.

Deleting, swapping and copying statements are GenProg's operators (Le Goues et al., TSE 2012);
moving a statement is TBar's "move statement", changing ``return`` its "mutate return statement".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repoctx.backends.embedded.lines import Lines, block_of
from repoctx.backends.embedded.site import Rewrite, Site
from repoctx.backends.embedded.source import FUNCTIONS, Edit, blocks

_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Break, ast.Continue,
           ast.Raise, ast.Delete)  # fmt: skip


def delete(site: Site) -> Iterator[Rewrite]:
    """Remove a statement; ``pass`` takes its place where a block would be empty."""
    node = site.node
    if not isinstance(node, (*_SIMPLE, ast.If)) or _is_docstring(node):
        return
    lines = Lines.of(site.source, node)
    if lines is not None:
        alone = len(block_of(site.source, node)) == 1
        yield (lines.replaced("pass") if alone else lines.removed(),)


def exchange(site: Site) -> Iterator[Rewrite]:
    """Exchange a statement with the next one of its block."""
    node = site.node
    if isinstance(node, ast.stmt) and not _is_docstring(node):
        block = block_of(site.source, node)
        following = block[block.index(node) + 1 :]
        for other in following[:2]:
            if not isinstance(other, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
                yield site.swap(node, other)


def move_out(site: Site) -> Iterator[Rewrite]:
    """Move a block's last statement behind the block, or its first one before it."""
    node = site.node
    if not isinstance(node, ast.stmt) or not isinstance(site.parent, (ast.stmt, ast.excepthandler)):
        return
    if isinstance(site.parent, (*FUNCTIONS, ast.ClassDef)):
        return
    block, lines = block_of(site.source, node), Lines.of(site.source, node)
    outer = Lines.of(site.source, _statement(site.parent, site))
    if lines is None or outer is None:
        return
    gone = lines.replaced("pass") if len(block) == 1 else lines.removed()
    moved = lines.text_at(outer.indent)
    if node is block[-1]:
        yield gone, Edit(outer.end, outer.end, moved)
    if node is block[0]:
        yield gone, Edit(outer.start, outer.start, moved)


def move_in(site: Site) -> Iterator[Rewrite]:
    """Move a statement to the end of the block before it, or to the start of the block after it."""
    node = site.node
    if not isinstance(node, _SIMPLE):
        return
    block, lines = block_of(site.source, node), Lines.of(site.source, node)
    index = block.index(node)
    for other in (*block[max(0, index - 1) : index], *block[index + 1 : index + 2]):
        if lines is None or isinstance(other, (*FUNCTIONS, ast.ClassDef)):
            continue
        for inner in blocks(other):
            edge = Lines.of(site.source, inner[-1] if other is block[index - 1] else inner[0])
            if edge is not None:
                at = edge.end if other is block[index - 1] else edge.start
                yield lines.removed(), Edit(at, at, lines.text_at(edge.indent))


def returning(site: Site) -> Iterator[Rewrite]:
    """``return e``, ``yield e``, ``raise e`` and plain ``e`` for one another."""
    node = site.node
    start, _ = site.source.span(node)
    if isinstance(node, ast.Expr) and not _is_docstring(node):
        words = ["yield"] if isinstance(node.value, (ast.Yield, ast.YieldFrom)) else []
        if words:
            inner = getattr(node.value, "value", None)
            if inner is not None:
                yield site.put(node.value, f"yield from {site.text(inner)}")
                yield site.put(node.value, f"yield {site.text(inner)}")
        else:
            for word in ("return", "raise", "yield"):
                yield (Edit(start, start, f"{word} "),)
    elif isinstance(node, ast.Return) and node.value is not None:
        for word in ("", "yield "):
            yield (Edit(start, site.source.span(node.value)[0], word),)


def other_result(site: Site) -> Iterator[Rewrite]:
    """Return another variable of the function or a constant."""
    node = site.node
    if isinstance(node, ast.Return):
        constants = ("True", "False", "None", "0", "1", "-1", "[]", "[[]]", "''", "{}")
        for text in (*site.scope.values, *constants, *site.scope.expressions):
            if node.value is None:
                yield (Edit(*site.source.span(node), f"return {text}"),)
            elif text != site.text(node.value):
                yield site.put(node.value, text)


def leave(site: Site) -> Iterator[Rewrite]:
    """``break``, ``continue``, ``return`` and ``pass`` for one another."""
    words: dict[type, str] = {ast.Break: "break", ast.Continue: "continue", ast.Pass: "pass"}
    old = words.get(type(site.node))
    if old is not None:
        for new in (*words.values(), "return"):
            if new != old:
                yield (Edit(*site.source.span(site.node), new),)


def branch(site: Site) -> Iterator[Rewrite]:
    """``if`` and ``while`` for one another; ``elif`` as ``if``; the branches exchanged."""
    node = site.node
    if isinstance(node, (ast.If, ast.While)):
        start, _ = site.source.span(node)
        old = "while" if isinstance(node, ast.While) else "if"
        if site.source.text.startswith(f"el{old}", start):
            yield (Edit(start, start + 2, ""),)
        elif site.source.text.startswith(old, start):
            new = "if" if old == "while" else "while"
            yield (Edit(start, start + len(old), new),)
        if node.orelse and len(node.body) == len(node.orelse) == 1:
            yield site.swap(node.body[0], node.orelse[0])


def unconditional(site: Site) -> Iterator[Rewrite]:
    """The body of an ``if`` without the ``if``."""
    node = site.node
    if isinstance(node, ast.If) and not node.orelse:
        lines, first = Lines.of(site.source, node), Lines.of(site.source, node.body[0])
        last = Lines.of(site.source, node.body[-1])
        if lines is not None and first is not None and last is not None:
            body = Lines(site.source, first.start, last.end, first.indent)
            yield (Edit(lines.start, lines.end, body.text_at(lines.indent)),)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _statement(node: ast.AST, site: Site) -> ast.stmt:
    """An except clause stands for its try statement."""
    while not isinstance(node, ast.stmt):
        node = site.source.parents[node]
    return node
