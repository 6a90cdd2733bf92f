"""Change a call, an index or a collection: its arguments, their order, what wraps what.

Argument swaps and additions are the "same function more or less arguments" and "swap arguments" of
Karampatsis and Sutton (MSR 2020), and PAR's parameter templates (Kim et al., ICSE 2013); adding or
removing a wrapping call is TBar's "mutate data type" in a language without casts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from repoctx.backends.embedded.site import Rewrite, Site
from repoctx.backends.embedded.source import Edit

_WRAPPERS = ("list", "len", "int", "str", "set", "sorted", "abs", "tuple", "sum", "max", "min",
             "float", "bool", "reversed", "iter", "next")  # fmt: skip


def swap_elements(site: Site) -> Iterator[Rewrite]:
    """Exchange two arguments, two elements of a tuple or list, or two indices in a row."""
    node = site.node
    elements: list[ast.expr] = []
    if isinstance(node, ast.Call):
        elements = node.args
    elif isinstance(node, (ast.Tuple, ast.List)):
        elements = node.elts
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript):
        elements = [node.value.slice, node.slice]
    for index, first in enumerate(elements[:6]):
        for second in elements[index + 1 : 6]:
            yield site.swap(first, second)


def swap_branches(site: Site) -> Iterator[Rewrite]:
    """Exchange the values of a conditional expression, or take one of them."""
    node = site.node
    if isinstance(node, ast.IfExp):
        yield site.swap(node.body, node.orelse)
        yield site.put(node, site.text(node.body))
        yield site.put(node, site.text(node.orelse))


def drop_element(site: Site) -> Iterator[Rewrite]:
    """Leave out an argument, an element, a bound of a slice or a filter."""
    node = site.node
    if isinstance(node, ast.Call):
        yield from _without(site, [*node.args, *node.keywords])
    elif isinstance(node, (ast.List, ast.Set)) or (
        isinstance(node, ast.Tuple) and len(node.elts) > 2
    ):
        yield from _without(site, node.elts)
    elif isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is not None:
                yield (Edit(*site.source.span(bound), ""),)
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        for test in (test for generator in node.generators for test in generator.ifs):
            start, end = site.source.span(test)
            start = site.source.text.rfind("if", 0, start)
            yield (Edit(start, end, ""),)


def add_argument(site: Site) -> Iterator[Rewrite]:
    """Pass one more variable of the function, or a small number."""
    node = site.node
    if not isinstance(node, ast.Call) or node.keywords or len(node.args) > 4:
        return
    places = [site.source.span(argument)[0] for argument in node.args]
    end = site.source.span(node)[1] - 1
    for text in ("1", "0", *site.scope.values, "True"):
        if node.args:
            yield (Edit(places[0], places[0], f"{text}, "),)
        yield (Edit(end, end, f", {text}" if node.args else text),)


def unwrap(site: Site) -> Iterator[Rewrite]:
    """The argument in place of the call, the container in place of its element."""
    node = site.node
    if isinstance(node, ast.Call):
        for argument in node.args[:3]:
            if not isinstance(argument, ast.Starred):
                yield site.put(node, site.text(argument))
        if isinstance(node.func, ast.Attribute):
            yield site.put(node, site.text(node.func.value))
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield site.put(node, site.text(node.value))
        if not isinstance(node.slice, (ast.Slice, ast.Tuple)):
            yield site.put(node, site.text(node.slice))


def wrap(site: Site) -> Iterator[Rewrite]:
    """Call a function of the file or a builtin on the value, or make it a list."""
    node = site.node
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.ListComp, ast.List)
    if not isinstance(node, kinds) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    parent = site.parent
    if (isinstance(parent, ast.Call) and parent.func is node) or isinstance(parent, ast.Expr):
        return
    text = site.text(node)
    yield site.put(node, f"[{text}]")
    for name in dict.fromkeys((*site.scope.callables, *_WRAPPERS)):
        if not text.startswith(f"{name}("):
            yield site.put(node, f"{name}({text})")


def call_it(site: Site) -> Iterator[Rewrite]:
    """Call what is only named: ``x.done()`` for ``x.done``; await what is only called."""
    node, parent = site.node, site.parent
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    if isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Load):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if name in site.scope.methods or name in site.scope.callables or name in site.scope.own:
            yield site.put(node, f"{site.text(node)}()")
    elif isinstance(node, ast.Call) and not isinstance(parent, ast.Await):
        inside = [type(ancestor) for ancestor in site.source.ancestors(node)]
        if ast.AsyncFunctionDef in inside:
            yield site.put(node, f"await {site.text(node)}")


def lookup(site: Site) -> Iterator[Rewrite]:
    """``d.get(k)`` for ``d[k]``: a missing key is no error."""
    node = site.node
    if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice):
        return
    if isinstance(node.ctx, ast.Load):
        inner = f"{site.text(node.value)}.get({site.text(node.slice)}"
        for default in (")", ", 0)", ", [])", ", '')"):
            yield site.put(node, inner + default)


def empty_collection(site: Site) -> Iterator[Rewrite]:
    """Begin a collection with something in it: ``[[]]``, ``[x]``, ``{x}``."""
    node = site.node
    if isinstance(node, ast.List) and not node.elts and isinstance(node.ctx, ast.Load):
        for text in ("[]", *site.scope.values, "0", "1", "''"):
            yield site.put(node, f"[{text}]")
    elif isinstance(node, ast.Call) and not node.args:
        name = site.text(node.func)
        if name in ("set", "list", "deque"):
            for text in site.scope.values:
                yield site.put(node, f"{name}([{text}])")


def _without(site: Site, elements: Sequence[ast.expr | ast.keyword]) -> Iterator[Rewrite]:
    spans = [site.source.span(element) for element in elements]
    for index, (start, end) in enumerate(spans):
        if index + 1 < len(spans):
            yield (Edit(start, spans[index + 1][0], ""),)
        elif index:
            yield (Edit(spans[index - 1][1], end, ""),)
        else:
            yield (Edit(start, end, ""),)
