"""Parse a file with tree-sitter and take its outline: the only door to tree_sitter.

Grammars come from the official wheel of each language and are loaded at first use. A parse costs
about 0.2 s a megabyte, so outlines are made on demand. Whatever goes wrong in a parse, the answer
is that there is no outline; the run goes on.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING

from repoctx.packer.languages import family, family_of_language, language_of
from repoctx.packer.languages.components import script_of
from repoctx.packer.languages.definitions import (
    LONGEST_SIGNATURE,
    MOST_DEFINITIONS,
    definitions,
)
from repoctx.packer.languages.grammars import Grammar, grammar_of
from repoctx.packer.languages.markup import EXTRACTORS
from repoctx.packer.languages.nesting import nests_too_deep
from repoctx.packer.languages.patterns import Finder, finder_of
from repoctx.packer.outline import Definition, Import, Outline, outline_text

if TYPE_CHECKING:
    from tree_sitter import Language, Tree

__all__ = [
    "Definition",
    "Import",
    "Outline",
    "language_of",
    "outline",
    "outline_text",
    "syntax_error_line",
]

SIZE_LIMIT = 2_000_000
"""Bytes; a larger file has no outline."""
TIME_LIMIT = 2.0
"""Seconds of CPU that one parse may take; ordinary code of the largest size takes half a second.
Not of the clock: what a pack shows must not depend on how busy the machine is."""

_CHUNK = 1 << 16


def outline(language: str, source: bytes) -> Outline | None:
    """Return a file's definitions and imports.

    None when nothing is known of the language, its grammar is not installed, the file is larger
    than ``SIZE_LIMIT``, or it cannot be parsed within ``TIME_LIMIT``; a pattern stands in where the
    language has one.
    """
    if len(source) > SIZE_LIMIT:
        return None
    found = _definitions(*script_of(source) if language == "component" else (language, source))
    return None if found is None else Outline(tuple(found), tuple(_imports(language, source)))


def _definitions(language: str, source: bytes) -> list[Definition] | None:
    """Take the tree's definitions; a pattern's where there is no whole tree and it finds more."""
    grammar, finder = grammar_of(language), finder_of(language)
    tree = _parse(grammar, source) if grammar else None
    found = _of_tree(tree, source, language, grammar) if tree and grammar else None
    if finder is None or (tree is not None and not tree.root_node.has_error):
        return found
    return max(_by_pattern(finder, source), found or [], key=len)


def syntax_error_line(language: str, source: bytes) -> int | None:
    """Return the line, from 1, of the first thing that the parser had to skip or to invent.

    None when there is none, and when it cannot tell: an unknown language, a missing grammar, more
    than ``SIZE_LIMIT``.
    """
    grammar = grammar_of(language)
    tree = _parse(grammar, source) if grammar and len(source) <= SIZE_LIMIT else None
    if tree is None or not tree.root_node.has_error:
        return None
    node = tree.root_node
    while faulty := next((child for child in node.children if child.has_error), None):
        node = faulty
    return node.start_point.row + 1


def _of_tree(tree: Tree, source: bytes, language: str, grammar: Grammar) -> list[Definition] | None:
    root = tree.root_node
    extract = EXTRACTORS.get(language)
    found = extract(root, source) if extract else definitions(root, source, grammar)
    return None if root.type == "ERROR" and not found else found


def _parse(grammar: Grammar, source: bytes) -> Tree | None:
    language = _language(grammar.module, grammar.function)
    if language is None or nests_too_deep(source):
        return None
    from tree_sitter import Parser

    deadline = time.thread_time() + TIME_LIMIT
    try:
        return Parser(language).parse(
            lambda offset, _: source[offset : offset + _CHUNK],
            progress_callback=lambda _offset, _has_error: time.thread_time() > deadline,
        )
    except ValueError:  # the deadline has passed
        return None


@cache
def _language(module: str, function: str) -> Language | None:
    """Return a grammar; None when its wheel is missing or of another generation."""
    try:
        from tree_sitter import Language

        return Language(getattr(import_module(module), function)())
    except (ImportError, AttributeError, TypeError, ValueError):
        return None


def _by_pattern(finder: Finder, source: bytes) -> list[Definition]:
    lines = _Lines(source)
    return [
        Definition(found.name, found.kind, line, line, found.signature[:LONGEST_SIGNATURE])
        for found in islice(finder(source), MOST_DEFINITIONS)
        for line in [lines.at(found.offset)]
    ]


def _imports(language: str, source: bytes) -> Iterator[Import]:
    name = family_of_language(language)
    if name is None:
        return
    lines = _Lines(source)
    for site in family(name).sites(source):
        yield Import(site.target, lines.at(site.offset))


class _Lines:
    """Line numbers of byte offsets."""

    def __init__(self, source: bytes) -> None:
        self._starts = [match.end() for match in re.finditer(rb"\n", source)]

    def at(self, offset: int) -> int:
        return bisect_right(self._starts, offset) + 1
