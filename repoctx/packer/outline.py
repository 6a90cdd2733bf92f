"""What a file defines, line by line, and the text that a model reads in place of the file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One class, function, constant, heading, … of a file."""

    name: str
    """Qualified: ``Class.method``."""
    kind: str
    line: int
    """Where its name stands, from 1."""
    end_line: int
    signature: str
    """One line: what stands before the body, white space collapsed, at most 200 characters."""
    doc: str = ""
    """The first line of its documentation, without comment marks."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a file."""

    target: str
    """As the language's family writes it, e.g. ``a.b:c`` for Python's ``from a.b import c``."""
    line: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A file without its bodies; definitions are in the order of their lines."""

    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]


def outline_text(outline: Outline) -> str:
    """Return the signatures, one a line, with line numbers, indented by what they lie in.

    Empty when nothing is defined; else it ends with a newline.
    """
    lines: list[str] = []
    around: list[int] = []
    """The last lines of the definitions around the current one."""
    for definition in outline.definitions:
        while around and around[-1] < definition.line:
            around.pop()
        doc = f"  # {definition.doc}" if definition.doc else ""
        indent = "  " * len(around)
        lines.append(f"{definition.line:>5}  {indent}{definition.signature}{doc}\n")
        if definition.end_line > definition.line:
            around.append(definition.end_line)
    return "".join(lines)
