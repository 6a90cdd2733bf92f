"""Add a statement: a guard, a copy of one that is already there, a condition around one.

Guards and early returns are PAR's and TBar's "insert missed statement" and "null pointer checker";
copying statements of the program is GenProg's insertion (Le Goues et al., TSE 2012).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from repoctx.backends.embedded.lines import Lines
from repoctx.backends.embedded.operators.conditions import simple_conditions
from repoctx.backends.embedded.site import Rewrite, Site
from repoctx.backends.embedded.source import FUNCTIONS, Edit, header_nodes

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.Break, ast.Continue, ast.Raise)
_MOST_DONORS = 25
_MOST_CONDITIONS = 16


def guard(site: Site) -> Iterator[Rewrite]:
    """Leave before the statement when a condition of the function holds."""
    node = site.node
    lines = Lines.of(site.source, node) if isinstance(node, ast.stmt) else None
    if lines is None or not _in_function(site):
        return
    leaves = ["return None", "return 0", "return False", "return True", "return []"]
    leaves += [f"return {name}" for name in site.scope.values[:4] if name != "self"]
    if _in_loop(site):
        leaves = ["continue", "break", *leaves]
    for condition in _conditions(site):
        for leave in leaves:
            yield (lines.before(f"if {condition}:\n    {leave}\n"),)


def only_if(site: Site) -> Iterator[Rewrite]:
    """Run the statement only when a condition of the function holds."""
    node = site.node
    lines = Lines.of(site.source, node) if isinstance(node, _SIMPLE) else None
    if lines is not None and _in_function(site):
        for condition in _conditions(site):
            inner = lines.text_at(lines.indent + "    ")
            yield (Edit(lines.start, lines.end, lines.indented(f"if {condition}:") + inner),)


def copy(site: Site) -> Iterator[Rewrite]:
    """Repeat a simple statement of the same function before or after this one."""
    node = site.node
    lines = Lines.of(site.source, node) if isinstance(node, ast.stmt) else None
    if lines is None or not _in_function(site):
        return
    ends = isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue))
    for donor in _donors(site):
        text = Lines.of(site.source, donor)
        if text is None:
            continue
        for at in (lines.start,) if ends else (lines.end, lines.start):
            yield (Edit(at, at, text.text_at(lines.indent)),)


def copy_with(site: Site) -> Iterator[Rewrite]:
    """Repeat a simple statement of the function with one of its variables replaced by another.

    "Copy and replace" of SPR (Long and Rinard, ESEC/FSE 2015).
    """
    node = site.node
    lines = Lines.of(site.source, node) if isinstance(node, ast.stmt) else None
    if lines is None or not _in_function(site):
        return
    ends = isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue))
    for donor in _donors(site):
        if isinstance(donor, (ast.Assign, ast.AugAssign, ast.Expr)):
            for text in _renamed(site, donor):
                yield (lines.before(text),)
                if not ends:
                    yield (lines.after(text),)


def assign(site: Site) -> Iterator[Rewrite]:
    """Assign one variable of the function to another: SPR's and TBar's missed statement."""
    node = site.node
    lines = Lines.of(site.source, node) if isinstance(node, ast.stmt) else None
    if lines is None or not _in_function(site):
        return
    ends = isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue))
    names = [name for name in site.scope.values if name not in ("self", "cls")][:8]
    for target in names:
        for value in names:
            if target != value:
                yield (lines.before(f"{target} = {value}\n"),)
                if not ends:
                    yield (lines.after(f"{target} = {value}\n"),)


def step(site: Site) -> Iterator[Rewrite]:
    """Count a variable of a loop up or down, before or after the statement."""
    node = site.node
    lines = Lines.of(site.source, node) if isinstance(node, ast.stmt) else None
    if lines is None or not _in_loop(site):
        return
    numeric = {
        name.id
        for statement in ast.walk(_function(site))
        if isinstance(statement, (ast.Compare, ast.BinOp, ast.AugAssign, ast.Slice))
        for name in ast.walk(statement)
        if isinstance(name, ast.Name)
    }
    for name in site.scope.values:
        if name in numeric:
            for change in ("+= 1", "-= 1"):
                yield (lines.after(f"{name} {change}\n"),)
                yield (lines.before(f"{name} {change}\n"),)


def fresh_default(site: Site) -> Iterator[Rewrite]:
    """``None`` as the default of a parameter, with the collection made in each call."""
    node = site.node
    if not isinstance(node, FUNCTIONS):
        return
    arguments = node.args.args[len(node.args.args) - len(node.args.defaults) :]
    pairs = [*zip(arguments, node.args.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d]
    first = node.body[1] if _starts_with_docstring(node) and len(node.body) > 1 else node.body[0]
    lines = Lines.of(site.source, first)
    for argument, default in pairs:
        if lines is not None and isinstance(default, (ast.List, ast.Dict, ast.Set, ast.Call)):
            name, text = argument.arg, site.text(default)
            made = lines.before(f"if {name} is None:\n    {name} = {text}\n")
            yield Edit(*site.source.span(default), "None"), made


def _donors(site: Site) -> Sequence[ast.stmt]:
    found = [n for n in ast.walk(_function(site)) if isinstance(n, _SIMPLE) and n is not site.node]
    return [n for n in found if not _is_constant(n)][:_MOST_DONORS]


def _renamed(site: Site, donor: ast.stmt) -> Iterator[str]:
    """The donor's text, at the margin, with one variable replaced."""
    text, (start, _) = site.text(donor), site.source.span(donor)
    if "\n" in text or len(text) > 80:
        return
    for name in ast.walk(donor):
        if isinstance(name, ast.Name) and name.id in site.scope.values:
            low, high = (offset - start for offset in site.source.span(name))
            for other in site.scope.values[:8]:
                if other not in (name.id, "self", "cls"):
                    yield f"{text[:low]}{other}{text[high:]}\n"


def _conditions(site: Site) -> list[str]:
    """Conditions that name something of the statement first; then the function's others."""
    node = site.node
    assert isinstance(node, ast.stmt)
    names = [n.id for n in header_nodes(node) if isinstance(n, ast.Name) and n.id != "self"]
    local = [name for name in dict.fromkeys(names) if name in site.scope.values]
    about = [text for n in local[:3] for text in (f"not {n}", n, f"{n} is None", f"{n} <= 0")]
    for index in [n for n in header_nodes(node) if isinstance(n, ast.Subscript)][:2]:
        if isinstance(index.slice, (ast.Name, ast.BinOp)):  # TBar's "insert range checker"
            inside, whole = site.text(index.slice), site.text(index.value)
            about += [f"{inside} < len({whole})", f"{inside} >= len({whole})"]
    found = dict.fromkeys((*about, *site.scope.conditions, *simple_conditions(site)))
    return list(found)[:_MOST_CONDITIONS]


def _function(site: Site) -> ast.AST:
    inside = [a for a in site.source.ancestors(site.node) if isinstance(a, FUNCTIONS)]
    return inside[-1] if inside else site.source.tree


def _in_function(site: Site) -> bool:
    return any(isinstance(ancestor, FUNCTIONS) for ancestor in site.source.ancestors(site.node))


def _in_loop(site: Site) -> bool:
    loops = (ast.For, ast.While, ast.AsyncFor)
    return any(isinstance(ancestor, loops) for ancestor in site.source.ancestors(site.node))


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _starts_with_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return _is_constant(node.body[0])
