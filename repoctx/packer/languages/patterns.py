"""Definitions found by regular expressions, where no grammar is installed or good enough.

SQL and YAML have grammars, but on ordinary files these are worse than a pattern: measured,
tree-sitter-sql fails in 215 of 289 scripts of PostgreSQL and Roundcube and loses half of their
bytes (dialects, psql commands), and tree-sitter-yaml loses a third of Docker's API files,
which are valid. Objective-C, Groovy and Sass need few words. For the others these stand in when a
wheel is missing or a file does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from repoctx.packer.languages.lexing import readable


class Found(NamedTuple):
    """A definition before its line is counted."""

    kind: str
    name: str
    offset: int
    signature: str


Finder: TypeAlias = Callable[[bytes], Iterator[Found]]

_FENCE = re.compile(rb" {0,3}(`{3,}+|~{3,}+)")
_HEADING = re.compile(rb" {0,3}(?P<marks>\#{1,6})[ \t]++(?P<text>[^\n]*)")
_UNDERLINE = re.compile(rb" {0,3}(?:=++|-{2,}+)[ \t\r]*+$")
_HTML = re.compile(
    rb"<(?P<tag>h[1-6])\b[^<>]{0,1000}+>(?P<text>[^<]{0,500}+)"
    rb"|<(?P<element>[a-z][\w-]*+)\b[^<>]{0,1000}?\sid\s*+=\s*+[\"'](?P<id>[^\"'<>\n]{1,100}+)",
    re.IGNORECASE,
)
_MODIFIERS = rb"(?:(?:@\w++(?:\([^)\n]*+\))?|[a-z]++(?:\(set\))?)[ \t]++)*?"
_LINES = {
    "swift": re.compile(
        rb"\n(?P<line>[ \t]*+%b(?P<kind>class|struct|enum|protocol|extension|actor|func|typealias"
        rb"|init)\b[ \t]*+(?P<name>[\w.]*+)[^\n{]{0,300}+)" % _MODIFIERS
    ),
    "lua": re.compile(
        rb"\n(?P<line>[ \t]*+(?:local[ \t]++)?(?P<kind>function)[ \t]++(?P<name>[\w.:]++)"
        rb"[ \t]*+\([^)\n]{0,300}+\)?)"
    ),
    "sql": re.compile(
        rb"\n(?P<line>[ \t]*+create[ \t]++(?:or[ \t]++replace[ \t]++)?"
        rb"(?:(?:temporary|temp|unique|materialized|global|local)[ \t]++)*+"
        rb"(?P<kind>table|view|index|function|procedure|trigger|type|schema|sequence)[ \t]++"
        rb"(?:if[ \t]++not[ \t]++exists[ \t]++)?(?P<name>[\w.\"`\[\]]++)[^\n(;]{0,200}+)",
        re.IGNORECASE,
    ),
    "yaml": re.compile(
        rb"\n(?P<line>(?P<kind>)(?P<name>[\w\"'$./][^\n:\#{\[]{0,100}+):(?=[ \t\r\n])"
        rb"(?:[^\n]{0,60}+(?=\r?\n))?)"
    ),
    "toml": re.compile(rb"\n(?P<line>(?P<kind>)\[{1,2}(?P<name>[^\]\n]{1,100}+)\]{1,2})"),
    "objc": re.compile(
        rb"\n(?P<line>(?:@(?P<kind>interface|implementation|protocol)[ \t]++"
        rb"|[-+][ \t]*+\([^)\n]++\))[ \t]*+(?P<name>\w++)[^\n{;]{0,200}+)"
    ),
    "groovy": re.compile(
        rb"\n(?P<line>[ \t]*+%b(?P<kind>class|interface|trait|enum|def|void|task)[ \t]++"
        rb"(?P<name>\w++)(?=[ \t]*+[({<]|[ \t]++(?:extends|implements)\b)[^\n{]{0,200}+)"
        % _MODIFIERS
    ),
    "scss": re.compile(
        rb"\n(?P<line>(?P<kind>@mixin|@function|[.\#&:*\[]|(?=[a-z%]))"
        rb"(?P<name>[^\n{};/@]{1,200}+)(?=\{))"
    ),
}
_PLAIN = {"yaml": "key", "toml": "table", "objc": "method"}
"""What a definition is when its pattern has no word for it."""


def finder_of(language: str) -> Finder | None:
    """Return what finds the definitions of this language; None when nothing does."""
    if language == "markdown":
        return _markdown
    if language == "html":
        return _html
    pattern, plain = _LINES.get(language), _PLAIN.get(language, "selector")
    return (lambda content: _by_line(pattern, plain, content)) if pattern else None


def _by_line(pattern: re.Pattern[bytes], plain: str, content: bytes) -> Iterator[Found]:
    padded = b"\n" + content  # so that the first line begins like every other
    for match in pattern.finditer(padded):
        kind = readable(match["kind"] or b"").lower().lstrip("@")
        signature = readable(match["line"])
        name = readable(match["name"]).strip().strip("\"'") or kind
        offset = match.start("line")
        yield Found(kind if kind.isalpha() else plain, name, offset - 1, signature)


def _html(content: bytes) -> Iterator[Found]:
    for match in _HTML.finditer(content):
        if match["tag"]:
            text, tag = readable(match["text"]).strip(), readable(match["tag"]).lower()
            yield Found("heading", text, match.start(), f"<{tag}> {text}")
        else:
            name, element = readable(match["id"]), readable(match["element"])
            yield Found("element", name, match.start(), f'<{element} id="{name}">')


def _markdown(content: bytes) -> Iterator[Found]:
    """Yield the headings, with ``#`` or underlined, outside fenced code."""
    fence, before, offset = b"", b"", 0
    for line in content.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if fence:
            fence = b"" if mark and mark[1].startswith(fence) else fence
            before = b""
        elif mark:
            fence, before = mark[1], b""
        elif heading := _HEADING.match(line):
            text = readable(heading["text"]).strip().rstrip("#").rstrip()
            yield Found("heading", text, offset, f"{readable(heading['marks'])} {text}")
            before = b""
        elif before.strip() and _UNDERLINE.match(line):
            text, marks = readable(before).strip(), "#" if b"=" in line else "##"
            yield Found("heading", text, offset - len(before), f"{marks} {text}")
            before = b""
        else:
            before = b"" if line.startswith((b"    ", b"|", b">", b"- ", b"* ")) else line
        offset += len(line)
