"""Change what is named: another variable, attribute, function, constant or expression.

The wrong identifier, function name and literal head the list of one-statement bugs in Karampatsis
and Sutton (MSR 2020); TBar calls the fixes "mutate variable" and "mutate literal expression".
Replacing one expression of the function by another is SequenceR's and CapGen's ingredient search
(Wen et al., ICSE 2018) without the statistics.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repoctx.backends.embedded.site import Rewrite, Site

_OPPOSITES = (
    ("min", "max"), ("any", "all"), ("append", "extend"), ("lower", "upper"), ("ceil", "floor"),
    ("startswith", "endswith"), ("lstrip", "rstrip"), ("find", "rfind"), ("keys", "values"),
    ("values", "items"), ("union", "intersection"), ("add", "update"), ("remove", "discard"),
    ("read", "readlines"), ("split", "rsplit"), ("sorted", "reversed"), ("popleft", "pop"),
    ("appendleft", "append"), ("encode", "decode"), ("sort", "reverse"), ("left", "right"),
    ("first", "last"), ("start", "end"), ("next", "prev"), ("width", "height"), ("x", "y"),
    ("strip", "rstrip"), ("strip", "lstrip"), ("floor", "round"), ("int", "round"),
    ("index", "find"),
    ("set", "list"), ("list", "tuple"), ("isdigit", "isalnum"), ("isalpha", "isalnum"),
)  # fmt: skip


def variable(site: Site) -> Iterator[Rewrite]:
    """Another variable of the function, then of the module."""
    node = site.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not _called(site):
        for name in (*site.scope.values, *site.scope.outer):
            if name != node.id:
                yield site.put(node, name)


def target(site: Site) -> Iterator[Rewrite]:
    """Assign to another variable of the function."""
    node = site.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        for name in site.scope.values:
            if name != node.id:
                yield site.put(node, name)


def callee(site: Site) -> Iterator[Rewrite]:
    """Another function of the module or a builtin that the file uses."""
    node = site.node
    if isinstance(node, ast.Name) and _called(site):
        for name in site.scope.callables:
            if name != node.id:
                yield site.put(node, name)


def opposite(site: Site) -> Iterator[Rewrite]:
    """The usual counterpart: min for max, append for extend, left for right."""
    node = site.node
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    for one, other in _OPPOSITES:
        for old, new in ((one, other), (other, one)):
            if name == old and isinstance(node, ast.Attribute):
                yield site.put(node, f"{site.text(node.value)}.{new}")
            elif name == old and isinstance(node, ast.Name):
                yield site.put(node, new)


def attribute(site: Site) -> Iterator[Rewrite]:
    """Another attribute or method; of its own class where the object is ``self``."""
    node = site.node
    if not isinstance(node, ast.Attribute):
        return
    known = site.scope.methods if _called(site) else site.scope.attributes
    is_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    names = [*(n for n in sorted(site.scope.own) if is_self), *known]
    for name in dict.fromkeys(names):
        if name != node.attr:
            yield site.put(node, f"{site.text(node.value)}.{name}")


def dotted(site: Site) -> Iterator[Rewrite]:
    """Leave out the last attribute, or look one up: ``x.a`` for ``x``, ``self.x`` for ``x``."""
    node = site.node
    if isinstance(node, ast.Attribute) and not _called(site):
        yield site.put(node, site.text(node.value))
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not _called(site):
        if node.id in site.scope.own:
            yield site.put(node, f"self.{node.id}")
        elif not isinstance(site.parent, ast.Attribute):
            for name in site.scope.attributes:
                yield site.put(node, f"{node.id}.{name}")


def literal(site: Site) -> Iterator[Rewrite]:
    """The other truth value, another string of the function, another empty value."""
    node = site.node
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield site.put(node, repr(not node.value))
    elif node.value is None:
        for text in ("False", "True", "0", "[]", "''", "{}"):
            yield site.put(node, text)
    elif isinstance(node.value, str) and not isinstance(site.parent, (ast.Expr, ast.JoinedStr)):
        for text in ("''", "' '", *site.scope.strings):
            if text != site.text(node):
                yield site.put(node, text)


def ingredient(site: Site) -> Iterator[Rewrite]:
    """Another expression of the function."""
    node = site.node
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.Constant, ast.List)
    if not isinstance(node, kinds) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    if _called(site) or isinstance(site.parent, (ast.Attribute, ast.Expr, ast.FormattedValue)):
        return
    text = site.text(node)
    for donor in site.scope.expressions:
        if donor != text:
            yield site.put(node, donor)


def _called(site: Site) -> bool:
    parent = site.parent
    return isinstance(parent, ast.Call) and parent.func is site.node
