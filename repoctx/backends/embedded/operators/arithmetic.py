"""Change a calculation: the operator, its operands, or the result by one.

Arithmetic operator and constant replacement are from mutation testing (Offutt et al., TOSEM 1996);
off-by-one and the wrong numeric literal are among the commonest one-line bugs in Python projects
(Karampatsis and Sutton, "How often do single-statement bugs occur?", MSR 2020).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repoctx.backends.embedded.site import Rewrite, Site

_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>", ast.MatMult: "@",
}  # fmt: skip
_OTHERS = {
    "+": ("-", "*", "|"), "-": ("+", "%", "/"), "*": ("/", "+", "**"), "/": ("//", "*", "%"),
    "//": ("/", "%", "*"), "%": ("//", "/", "-"), "**": ("*",), "&": ("|", "^"), "|": ("&", "^"),
    "^": ("&", "|", "**"), "<<": (">>", "*"), ">>": ("<<", "//"), "@": ("*",),
}  # fmt: skip


def operator(site: Site) -> Iterator[Rewrite]:
    """Another arithmetic or bitwise operator, in an expression or an augmented assignment."""
    node = site.node
    if isinstance(node, ast.BinOp):
        symbol = _SYMBOLS[type(node.op)]
        for other in _OTHERS[symbol]:
            yield site.between(node.left, node.right, symbol, other)
    elif isinstance(node, ast.AugAssign):
        symbol = _SYMBOLS[type(node.op)]
        for other in _OTHERS[symbol]:
            yield site.between(node.target, node.value, f"{symbol}=", f"{other}=")


def operands(site: Site) -> Iterator[Rewrite]:
    """Exchange the operands, or keep only one of them."""
    node = site.node
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.Mult):
            yield site.swap(node.left, node.right)
        yield site.put(node, site.text(node.left))
        yield site.put(node, site.text(node.right))


def sign(site: Site) -> Iterator[Rewrite]:
    """Remove or add a minus sign."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert)):
        yield site.put(node, site.text(node.operand))
    elif isinstance(node, (ast.Name, ast.Call)) and _is_value(site):
        yield site.put(node, f"-{site.text(node)}")


def number(site: Site) -> Iterator[Rewrite]:
    """A nearby number, a round one, or another number of the function."""
    node = site.node
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Constant) or not isinstance(value, (int, float)):
        return
    if isinstance(value, bool):
        return
    step = 1 if isinstance(value, int) else 1.0
    near = [value + step, value - step, 0 * step, step, -step, -value, 2 * step, 10 * value]
    if isinstance(site.parent, ast.Subscript) and value in (0, -1):  # the other end comes first
        near.insert(0, -1 - value)
    texts = [repr(other) for other in near if other != value]
    for text in dict.fromkeys((*texts, *site.scope.numbers)):
        if text != site.text(node):
            yield site.put(node, text)


def by_one(site: Site) -> Iterator[Rewrite]:
    """One more or one less, where a number may stand: an index, a bound, an argument, a result."""
    node = site.node
    countable = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)
    if isinstance(node, countable) and _is_value(site):
        text = site.text(node)
        yield site.put(node, f"{text} + 1")
        yield site.put(node, f"{text} - 1")


def assignment(site: Site) -> Iterator[Rewrite]:
    """``x += e`` as ``x = e`` and the reverse."""
    node, source = site.node, site.source
    if isinstance(node, ast.AugAssign):
        yield site.between(node.target, node.value, f"{_SYMBOLS[type(node.op)]}=", "=")
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
            return
        for symbol in ("+=", "-="):
            yield site.between(target, node.value, "=", symbol)
        yield site.put(node.value, f"{source.text_of(target)} + {source.text_of(node.value)}")


def _is_value(site: Site) -> bool:
    """True where the result of a calculation is used, and not called or looked into."""
    node, parent = site.node, site.parent
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    if isinstance(parent, (ast.Slice, ast.Compare, ast.Return, ast.BinOp, ast.Yield, ast.keyword)):
        return True
    if isinstance(parent, ast.Subscript):
        return parent.slice is node
    if isinstance(parent, ast.Call):
        return node in parent.args
    return isinstance(parent, (ast.Assign, ast.AugAssign, ast.Tuple, ast.List, ast.IfExp))
