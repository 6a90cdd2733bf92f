"""Take the definitions out of a syntax tree, as a grammar's table says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from repoctx.packer.languages.grammars import Grammar, Rule
from repoctx.packer.languages.lexing import readable
from repoctx.packer.outline import Definition

_DEEPEST = 16  # classes in classes; it bounds the length of qualified names
MOST_DEFINITIONS = 5_000
"""Of one file; further ones are left out."""
LONGEST_SIGNATURE = 200
"""Characters."""

_MOST_NODES = 100_000  # looked at in one file, at 20 us each
_DEEPEST_NODE = 100  # conditions in conditions, looked into for what they define
_LONGEST_NAME = 100
_LONGEST_VALUE = 60  # of a constant; a longer one is left out
_LONGEST_DOC = 100

_BODY_NODES = """
    class_body enum_class_body protocol_body function_body computed_property block
    keyframe_block_list macro_rule pair
"""
_BODIES = frozenset(_BODY_NODES.split())
"""Bodies in grammars that give them no field (Kotlin, Swift, CSS, TOML; rules of Rust's macros)."""
_VALUES = ("value", "right", "default_value")
_NOT_NAMES = "template_body declaration_list parameters parameter modifiers attribute"
_NAMELESS = _BODIES | frozenset(_NOT_NAMES.split())
_ANY_STEPS = ("declarator", "name", "type")
_STEPS_TO_NAME = {"parameter_declaration": ("type",), "variable_declaration": ()}
_DRESS = """
    variable_declaration variable_declarator init_declarator function_declarator type
    pointer_declarator array_declarator reference_declarator parenthesized_declarator
    generic_type pointer_type parameter_list parameter_declaration scoped_type_identifier
"""
_AROUND_NAMES = frozenset(_DRESS.split())
_SPACES = ("namespace", "module")
_ATTRIBUTES = ("attribute_item", "attribute_list")
_PADDING = re.compile(r"(?<=[(\[]) |,? (?=[)\]])")
"""What is left of the newlines inside brackets."""
_TAIL = re.compile(r"(?:[ {=:;]|=>)++$")
_MARKS = re.compile(r"^\s*(?:/\*+|//[/!]?|#+|--+|\*)?\s*|\s*\*/\s*$")
_DOCSTRING_MARKS = re.compile(r"^[rRuUbBfF]*(?:\"{3}|'{3}|\"|')\s*|(?:\"{3}|'{3}|\"|')$")


class SyntaxNode(Protocol):
    """The part of ``tree_sitter.Node`` that is used here."""

    @property
    def type(self) -> str:
        """The grammar's name for it."""

    @property
    def start_byte(self) -> int:
        """Where it starts."""

    @property
    def end_byte(self) -> int:
        """Where it ends."""

    @property
    def start_point(self) -> tuple[int, int]:
        """Row and column, from 0, of the start."""

    @property
    def end_point(self) -> tuple[int, int]:
        """Row and column, from 0, of the end."""

    @property
    def named_children(self) -> Sequence[SyntaxNode]:
        """Its parts, punctuation left out."""

    def child_by_field_name(self, name: str, /) -> SyntaxNode | None:
        """Return the part in a role."""


class _Visit(NamedTuple):
    node: SyntaxNode
    outer: tuple[str, ...] = ()
    """The names of the definitions around it."""
    in_class: bool = False
    start: int | None = None
    """Where the wrapper begins that is part of its signature."""
    comment: SyntaxNode | None = None
    """The first of the comments that end on the line before it."""
    depth: int = 0
    """How many nodes were looked into on the way to it."""


def definitions(root: SyntaxNode, source: bytes, grammar: Grammar) -> list[Definition]:
    """Return the definitions in the order of their lines.

    Functions are not looked into, and trees are walked without recursion, so that neither the size
    of a body nor the depth of an expression counts.
    """
    walk = _Walk(source, grammar)
    walk.look_into(_Visit(root))
    while walk.waiting and len(walk.found) < MOST_DEFINITIONS:
        walk.visit(walk.waiting.pop())
    return walk.found


@dataclass(slots=True)
class _Walk:
    source: bytes
    grammar: Grammar
    found: list[Definition]
    waiting: list[_Visit]
    nodes: int
    """How many more may be looked at."""

    def __init__(self, source: bytes, grammar: Grammar) -> None:
        self.source = source
        self.grammar = grammar
        self.found = []
        self.waiting = []
        self.nodes = _MOST_NODES

    def visit(self, visit: _Visit) -> None:
        """Note the node when it is a definition, and queue what may hold further ones."""
        node = visit.node
        rule = self.grammar.rules.get(node.type)
        if rule is not None:
            self._define(visit, rule)
        elif node.type in self.grammar.wrappers:
            start = node.start_byte if visit.start is None else visit.start
            self.look_into(visit._replace(start=start))
        elif node.type in self.grammar.containers:
            self.look_into(visit._replace(start=None, comment=None))

    def look_into(self, visit: _Visit) -> None:
        """Queue the node's parts, each with the comment before it."""
        if visit.depth > _DEEPEST_NODE:
            return
        visits: list[_Visit] = []
        comment, row = visit.comment, -1 if visit.comment is None else visit.node.start_point[0] - 1
        children = visit.node.named_children[: self.nodes]
        self.nodes -= len(children)
        for child in children:
            starts_next = child.start_point[0] == row + 1
            if "comment" in child.type:
                comment = comment if comment is not None and starts_next else child
            elif child.type not in _ATTRIBUTES:
                known = comment if starts_next or visit.comment is comment else None
                visits.append(visit._replace(node=child, comment=known, depth=visit.depth + 1))
                comment = None
            row = _last_row(child)
        self.waiting.extend(reversed(visits))

    def _define(self, visit: _Visit, rule: Rule) -> None:
        node = visit.node
        name = self._name(node, rule)
        if not self._holds(rule, node, name):
            return
        qualified = ".".join((*visit.outer, name))
        kind = self._kind(node, rule)
        kind = "method" if kind == "function" and visit.in_class else kind
        self.found.append(
            Definition(
                name=qualified,
                kind=kind,
                line=node.start_point[0] + 1,
                end_line=_last_row(node) + 1,
                signature=self._signature(visit, rule),
                doc=self._doc(visit),
            )
        )
        if rule.inside and len(visit.outer) < _DEEPEST:
            outer, in_class = (*visit.outer, name), rule.kind not in _SPACES
            self.look_into(_Visit(node, outer, in_class, depth=visit.depth))

    def _kind(self, node: SyntaxNode, rule: Rule) -> str:
        if rule.kind == "constant" and _is_callable(node):
            return "function"
        word = node.child_by_field_name(rule.kind_field) if rule.kind_field else None
        return rule.kind if word is None else self._text(word)

    def _name(self, node: SyntaxNode, rule: Rule) -> str:
        receiver = node.child_by_field_name("receiver")
        named = node.child_by_field_name(rule.name) or _child(node, rule.name)
        if named is None:
            named = next(iter(node.named_children), None)
        if named is None or named.type in _NAMELESS:
            return rule.kind
        name = self._text(_innermost(named)).strip("\"'`").replace("::", ".")[:_LONGEST_NAME]
        return name if receiver is None else f"{self._text(_innermost(receiver))}.{name}"

    def _holds(self, rule: Rule, node: SyntaxNode, name: str) -> bool:
        if rule.condition == "upper":
            return name.lstrip("_$")[:1].isupper()
        if rule.condition == "callable":
            return _is_callable(node)
        if rule.condition == "notable":
            return name.lstrip("_")[:1].isupper() or _is_callable(node)
        if rule.condition == "prototype":
            declared = node.child_by_field_name("declarator")
            return declared is not None and "(" in self._text(declared)
        if rule.condition == "constant":
            words = self._text(node).partition("=")[0].split()
            return "const" in words or {"static", "final"} <= set(words)
        return (
            not rule.condition
            or node.child_by_field_name("value" if rule.condition == "valued" else "body")
            is not None
        )

    def _signature(self, visit: _Visit, rule: Rule) -> str:
        node = visit.node
        start = node.start_byte if visit.start is None else visit.start
        end = _signature_end(node, keep_value=rule.kind == "type")
        text = _one_line(self.source[start:end])
        if rule.prefix:
            text = f"{rule.prefix} {text.partition('{')[0]}"
        return _TAIL.sub("", _PADDING.sub("", text))[:LONGEST_SIGNATURE]

    def _doc(self, visit: _Visit) -> str:
        body = visit.node.child_by_field_name("body")
        first = next(iter(body.named_children), None) if body is not None else None
        if first is not None and first.type == "expression_statement":
            first = next(iter(first.named_children), None)
        if first is not None and first.type == "string":
            text = readable(self.source[first.start_byte : first.end_byte][:1000])
            return _DOCSTRING_MARKS.sub("", text.strip()).strip().partition("\n")[0][:_LONGEST_DOC]
        if visit.comment is None:
            return ""
        lines = self._text(visit.comment, "\n").split("\n")
        words = (_MARKS.sub("", line).strip() for line in lines)
        return next((line for line in words if line), "")[:_LONGEST_DOC]

    def _text(self, node: SyntaxNode, between: str = " ") -> str:
        piece = self.source[node.start_byte : node.end_byte][:2000]
        return readable(piece) if between == "\n" else _one_line(piece)


def _last_row(node: SyntaxNode) -> int:
    """Return the row of the last character: Rust's doc comments hold their newline."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def _child(node: SyntaxNode, kind: str) -> SyntaxNode | None:
    return next((child for child in node.named_children if child.type == kind), None)


def _innermost(node: SyntaxNode) -> SyntaxNode:
    """Follow declarators and types down to the name that they dress up."""
    for _ in range(_DEEPEST):
        if node.type not in _AROUND_NAMES:
            break
        inner = _child(node, "variable_declarator")
        for step in _STEPS_TO_NAME.get(node.type, _ANY_STEPS):
            inner = inner or node.child_by_field_name(step)
        inner = inner or next(iter(node.named_children), None)
        if inner is None:
            break
        node = inner
    return node


def _value(node: SyntaxNode) -> SyntaxNode | None:
    fields = (node.child_by_field_name(name) for name in _VALUES)
    value = next((value for value in fields if value is not None), None)
    values = _child(node, "expression_list") if value is None else None
    return value if values is None else values.child_by_field_name("value")


def _function(node: SyntaxNode) -> SyntaxNode | None:
    """Return the body of the function that is a node's value."""
    value = _value(node)
    return None if value is None else value.child_by_field_name("body")


def _is_callable(node: SyntaxNode) -> bool:
    value = _value(node)
    return _function(node) is not None or (
        value is not None and value.type == "function_definition"  # Lua's, which may be empty
    )


def _signature_end(node: SyntaxNode, *, keep_value: bool) -> int:
    body = node.child_by_field_name("body") or _function(node)
    body = body or next((child for child in node.named_children if child.type in _BODIES), None)
    if body is not None:
        return body.start_byte
    value = None if keep_value else _value(node)
    if value is None or value.end_byte - value.start_byte <= _LONGEST_VALUE:
        return node.end_byte
    return value.start_byte


def _one_line(piece: bytes) -> str:
    return " ".join(readable(piece[: 4 * LONGEST_SIGNATURE]).split())
