"""What a piece of code could have said instead: the names and expressions around it.

The ingredients of most fixes are already in the program, most often in the same file (Barr et al.,
"The plastic surgery hypothesis", FSE 2014); so that is where replacements are looked for.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from repoctx.backends.embedded.source import FUNCTIONS, Source

_MOST = 40
"""Ingredients of one kind; more would only dilute the search."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Ingredients for one function, or for the module outside functions; nearest first."""

    values: tuple[str, ...]
    """Parameters and local variables."""
    outer: tuple[str, ...]
    """Module-level variables, not functions or classes."""
    callables: tuple[str, ...]
    """Functions and classes of the module and its imports, and builtins that the file calls."""
    attributes: tuple[str, ...]
    """Attribute names read on an object, not called."""
    methods: tuple[str, ...]
    """Attribute names that are called."""
    own: frozenset[str]
    """Attributes and methods of the enclosing class: what may follow ``self.``."""
    conditions: tuple[str, ...]
    """Expressions of the function that are tested."""
    expressions: tuple[str, ...]
    """Other expressions of the function: arguments, indices, operands, values."""
    numbers: tuple[str, ...]
    strings: tuple[str, ...]


class Scopes:
    """The scopes of one file, each made when first asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._made: dict[ast.AST, Scope] = {}

    def of(self, node: ast.AST) -> Scope:
        """Return the scope of the outermost function around a node, else of its module."""
        functions = [a for a in self._source.ancestors(node) if isinstance(a, FUNCTIONS)]
        region = functions[-1] if functions else self._source.tree
        if region not in self._made:
            self._made[region] = self._make(region)
        return self._made[region]

    def _make(self, region: ast.AST) -> Scope:
        source = self._source
        read, called = self._attributes
        own_read, own_called = _attributes(region)
        return Scope(
            values=_unique(_bound(region)) if region is not source.tree else (),
            outer=self._outer,
            callables=self._callables,
            attributes=_unique((*own_read, *read)),
            methods=_unique((*own_called, *called)),
            own=frozenset(_own(source, region)),
            conditions=_unique(source.text_of(node) for node in _tested(region)),
            expressions=_unique(source.text_of(node) for node in _used(region)),
            numbers=_unique(_constants(source, region, (int, float))),
            strings=_unique(_constants(source, region, (str,))),
        )

    @cached_property
    def _outer(self) -> tuple[str, ...]:
        body = self._source.tree.body
        others = [n for n in body if not isinstance(n, (*FUNCTIONS, ast.ClassDef))]
        return _unique(name for node in others for name in _stored(node))

    @cached_property
    def _callables(self) -> tuple[str, ...]:
        body = self._source.tree.body
        defined = [n.name for n in body if isinstance(n, (*FUNCTIONS, ast.ClassDef))]
        imported = {
            (alias.asname or alias.name).split(".")[0]
            for node in body
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        known = {*defined, *imported, *dir(builtins)}
        called = (name for name in _called_names(self._source.tree) if name in known)
        return _unique((*called, *defined))

    @cached_property
    def _attributes(self) -> tuple[list[str], list[str]]:
        return _attributes(self._source.tree)


def _unique(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_MOST]


def _bound(region: ast.AST) -> Iterator[str]:
    for node in ast.walk(region):
        if isinstance(node, ast.arg):
            yield node.arg
    yield from _stored(region)


def _stored(region: ast.AST) -> Iterator[str]:
    for node in ast.walk(region):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _called_names(region: ast.AST) -> Iterator[str]:
    for node in ast.walk(region):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _attributes(region: ast.AST) -> tuple[list[str], list[str]]:
    """The names of attributes that are read, and of those that are called."""
    nodes = list(ast.walk(region))
    functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    read: list[str] = []
    called: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Attribute):
            (called if id(node) in functions else read).append(node.attr)
    return read, called


def _own(source: Source, region: ast.AST) -> Iterator[str]:
    for owner in source.ancestors(region):
        if isinstance(owner, ast.ClassDef):
            for node in ast.walk(owner):
                if isinstance(node, FUNCTIONS):
                    yield node.name
                elif isinstance(node, ast.Attribute) and source.text_of(node.value) == "self":
                    yield node.attr
            for statement in owner.body:
                if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                    yield from _stored(statement)


def _tested(region: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(region):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs
        elif isinstance(node, ast.BoolOp):
            yield from node.values
    yield from (node for node in ast.walk(region) if isinstance(node, ast.Compare))


def _used(region: ast.AST) -> Iterator[ast.expr]:
    """Every expression that is read and is more than a name or a constant."""
    kinds = (ast.BinOp, ast.Call, ast.Subscript, ast.Attribute, ast.List)
    for node in ast.walk(region):
        is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if isinstance(node, kinds) and is_read and len(ast.dump(node)) < 600:
            yield node


def _constants(source: Source, region: ast.AST, types: tuple[type, ...]) -> Iterator[str]:
    for node in ast.walk(region):
        if isinstance(node, ast.Constant) and type(node.value) in types:
            yield source.text_of(node)
