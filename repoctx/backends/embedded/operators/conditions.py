"""Change a comparison or a condition: the wrong bound, the wrong sense, one test too many or few.

Relational, conditional and logical operator replacement are from mutation testing (Offutt et al.,
"An experimental determination of sufficient mutant operators", TOSEM 1996); adding and removing a
condition from PAR (Kim et al., ICSE 2013) and TBar (Liu et al., ISSTA 2019), which calls them
"mutate conditional expression".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repoctx.backends.embedded.site import Rewrite, Site

_SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_NEAR = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "is": "is not",
    "is not": "is", "in": "not in", "not in": "in",
}  # fmt: skip
_OPPOSITE = _NEAR | {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_FAR = {
    "<": (">", ">=", "!="), "<=": (">=", ">", "=="), ">": ("<", "<=", "!="),
    ">=": ("<=", "<", "=="), "==": ("<=", ">=", "is", "in"), "!=": ("<", ">", "is not"),
    "is": ("==",), "is not": ("!=",), "in": ("==",), "not in": ("!=",),
}  # fmt: skip


def boundary(site: Site) -> Iterator[Rewrite]:
    """``<`` and ``<=``, ``==`` and ``!=``: the nearest other comparison."""
    for left, symbol, right in _comparisons(site.node):
        yield site.between(left, right, symbol, _NEAR[symbol])


def comparison(site: Site) -> Iterator[Rewrite]:
    """Any other comparison."""
    for left, symbol, right in _comparisons(site.node):
        for other in _FAR[symbol]:
            yield site.between(left, right, symbol, other)


def connective(site: Site) -> Iterator[Rewrite]:
    """``and`` and ``or``."""
    node = site.node
    if isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield site.between(left, right, old, new)


def drop_condition(site: Site) -> Iterator[Rewrite]:
    """One of several conditions alone, and all of them without one."""
    node = site.node
    if not isinstance(node, ast.BoolOp):
        return
    word = " and " if isinstance(node.op, ast.And) else " or "
    for value in node.values:
        rest = [site.text(other) for other in node.values if other is not value]
        yield site.put(node, word.join(rest))
    if len(node.values) > 2:
        for value in node.values:
            yield site.put(node, site.text(value))


def negation(site: Site) -> Iterator[Rewrite]:
    """Add or remove ``not``."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield site.put(node, site.text(node.operand))
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and _is_condition(site):
        for left, symbol, right in _comparisons(node):
            yield site.between(left, right, symbol, _OPPOSITE[symbol])
    elif isinstance(node, ast.expr) and _is_condition(site):
        text = site.text(node)
        yield site.put(node, f"not ({text})" if _needs_parentheses(node) else f"not {text}")


def more_conditions(site: Site) -> Iterator[Rewrite]:
    """``c and d``, ``c or d`` and ``d`` for a condition ``d`` of the same function."""
    node = site.node
    if not isinstance(node, ast.expr) or not _is_condition(site):
        return
    text = site.text(node)
    inner = f"({text})" if isinstance(node, (ast.BoolOp, ast.IfExp, ast.Lambda)) else text
    for donor in simple_conditions(site):
        if donor in text:
            continue
        yield site.put(node, f"{donor} and {inner}")
        yield site.put(node, f"{inner} and {donor}")
        yield site.put(node, f"{inner} or {donor}")
        yield site.put(node, f"{donor} or {inner}")


def other_condition(site: Site) -> Iterator[Rewrite]:
    """Another condition of the same function, or none at all."""
    node = site.node
    if isinstance(node, ast.expr) and _is_condition(site):
        for donor in (*site.scope.conditions, *simple_conditions(site), "True", "False"):
            if donor != site.text(node):
                yield site.put(node, donor)


def simple_conditions(site: Site) -> Iterator[str]:
    """Conditions of the function, then its variables as such: ``x``, ``not x``, ``x is None``."""
    scope = site.scope
    yield from (text for text in scope.conditions if len(text) <= 40 and " or " not in text)
    for name in scope.values[:8]:
        if name not in ("self", "cls"):
            yield from (name, f"not {name}", f"{name} is None", f"{name} is not None")


def _comparisons(node: ast.AST) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            yield left, _SYMBOLS[type(operator)], right


def _is_condition(site: Site) -> bool:
    parent = site.parent
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return parent.test is site.node
    if isinstance(parent, ast.comprehension):
        return site.node in parent.ifs
    return isinstance(parent, ast.BoolOp)


def _needs_parentheses(node: ast.AST) -> bool:
    return isinstance(node, (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr))
