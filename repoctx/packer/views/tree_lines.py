"""Write a tree of names as indented lines, at most so many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Protocol

MOST_LINES = 80
"""Of one tree: the shape of ordinary data takes 5 to 30."""

_MOST_CHARACTERS = 80  # of a name


class Node(Protocol):
    """What has a description and named parts."""

    def says(self) -> str:
        """Return what stands behind its name."""

    def parts(self) -> Mapping[str, Node]:
        """Return what lies in it, in order."""


def tree_lines(node: Node) -> list[str]:
    """Return a line for each part, indented by its depth; a last one if some are left out."""
    lines = list(islice(_lines(node, "  "), MOST_LINES + 1))
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "  …"]


def short(name: str) -> str:
    """Return a name that fits a line: no line ends in it, not too long."""
    name = " ".join(name[: 2 * _MOST_CHARACTERS].split())
    return name if len(name) <= _MOST_CHARACTERS else f"{name[: _MOST_CHARACTERS - 1]}…"


def counted(count: int, noun: str) -> str:
    """Return a number of things in words: ``1 row``, ``2,000 rows``."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _lines(node: Node, indent: str) -> Iterator[str]:
    for name, part in node.parts().items():
        yield f"{indent}{short(name)}: {part.says()}"
        yield from _lines(part, indent + "  ")
