"""Definitions of Markdown and HTML: headings, and elements that have an id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from repoctx.packer.languages.definitions import LONGEST_SIGNATURE, MOST_DEFINITIONS, SyntaxNode
from repoctx.packer.languages.lexing import readable
from repoctx.packer.outline import Definition

_MOST_NODES = 200_000  # of one page
_HEADING_TAG = re.compile(r"h[1-6]")
_TAGS = re.compile(r"<[^<>]*>")
_OPENING = ("start_tag", "self_closing_tag")
_SECTIONS = ("document", "section", "ERROR")
_LONGEST_ID = 100


def markdown(root: SyntaxNode, source: bytes) -> list[Definition]:
    """Return the headings, with their marks; those with underlines as ``#`` and ``##``."""
    return [
        _definition(node, "heading", text, f"{marks} {text}")
        for node in _walk(root, lambda node: node.type in _SECTIONS)
        if node.type in ("atx_heading", "setext_heading")
        for marks, text in [_heading(node, source)]
    ][:MOST_DEFINITIONS]


def html(root: SyntaxNode, source: bytes) -> list[Definition]:
    """Return the headings and the elements with an id, in order."""
    found = []
    for node in _walk(root, lambda node: node.type not in _OPENING):
        opening = next((part for part in node.named_children if part.type in _OPENING), None)
        if opening is None:
            continue
        tag = _text(opening.named_children[0], source).lower() if opening.named_children else ""
        name = _id_of(opening, source)
        if _HEADING_TAG.fullmatch(tag):
            text = _line(_TAGS.sub("", _text(node, source)))
            found.append(_definition(node, "heading", text, f"<{tag}> {text}"))
        elif name:
            found.append(_definition(node, "element", name, f'<{tag} id="{name}">'))
        if len(found) == MOST_DEFINITIONS:
            break
    return found


EXTRACTORS: dict[str, Callable[[SyntaxNode, bytes], list[Definition]]] = {
    "markdown": markdown,
    "html": html,
}


def _walk(root: SyntaxNode, enters: Callable[[SyntaxNode], bool]) -> Iterator[SyntaxNode]:
    """Yield nodes in the order of the text, without recursion."""
    waiting = [root]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        yield node
        if enters(node):
            waiting.extend(reversed(node.named_children))


def _heading(node: SyntaxNode, source: bytes) -> tuple[str, str]:
    content = node.child_by_field_name("heading_content")
    text = _line(_text(content, source)).strip("# \t") if content is not None else ""
    if node.type == "setext_heading":
        return ("#" if node.named_children[-1].type == "setext_h1_underline" else "##"), text
    return "#" * int(re.sub(r"\D", "", node.named_children[0].type) or 1), text


def _id_of(opening: SyntaxNode, source: bytes) -> str:
    for attribute in opening.named_children:
        name, _, value = _text(attribute, source).partition("=")
        if attribute.type == "attribute" and name.strip().lower() == "id":
            return value.strip().strip("\"'")[:_LONGEST_ID]
    return ""


def _definition(node: SyntaxNode, kind: str, name: str, signature: str) -> Definition:
    line = node.start_point[0] + 1
    return Definition(name, kind, line, line, signature[:LONGEST_SIGNATURE])


def _text(node: SyntaxNode, source: bytes) -> str:
    return readable(source[node.start_byte : node.end_byte][: 4 * LONGEST_SIGNATURE])


def _line(text: str) -> str:
    return " ".join(text.split())
