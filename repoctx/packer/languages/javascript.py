"""Imports of JavaScript and TypeScript, and of the single-file components that embed them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoctx.packer.languages.family import Family, Site
from repoctx.packer.languages.javascript_lexing import quoted
from repoctx.packer.languages.javascript_resolving import read_manifest, resolver
from repoctx.packer.languages.lexing import outside, sites_outside, text_of

_NAME = rb"[\w$\x80-\xff]++"
_COMMENT = rb"(?://[^\n]{0,500}+|/\*(?:[^*]|\*(?!/)){0,500}+\*/)"
_BRACES = rb"\{(?:[^{}\"'`;()=/]++|%b){0,200}+\}" % _COMMENT
_QUOTED = rb"(?P<quote>[\"'])(?P<target>[^\"'\n]+)"
_ANY_QUOTED = rb"(?P<quote>[\"'`])(?P<target>[^\"'`\n$]+)(?P=quote)"

_STATIC = re.compile(
    rb"import\s*+(?:(?P<type>type\s++|typeof\s++)?(?:(?:defer|source)\s++)?(?:%b\s*+(?:,\s*+)?)?"
    rb"(?:\*\s*+as\s++%b\s*+|%b\s*+)?(?<=[\s}])from\s*+)?%b" % (_NAME, _NAME, _BRACES, _QUOTED)
)
_EXPORT = re.compile(
    rb"export\s*+(?P<type>type\s*+)?(?:\*\s*+(?:as\s++%b\s*+)?|%b\s*+)from\s*+%b"
    % (_NAME, _BRACES, _QUOTED)
)
_DYNAMIC = re.compile(rb"import\s*+\(\s*+(?:%b\s*+){0,8}+%b" % (_COMMENT, _ANY_QUOTED))
_REQUIRE = re.compile(rb"require(?:\.resolve)?\s*+\(\s*+%b" % _ANY_QUOTED)
_REFERENCE = re.compile(rb"///\s*<reference\s+path=[\"']([^\"'\n]+)")
_MANY = 2_000
_LOOK_BACK = 200  # bytes; minified files have lines of a megabyte


def sites(content: bytes) -> list[Site]:
    """Return imports, re-exports, ``require`` and ``import()`` of a literal name, in order.

    A target is the name as written. Types-only and dynamic imports, and an indented ``require``,
    are lazy.
    """
    found = sorted(_candidates(content), key=lambda site: site.offset)
    end = found[-1].offset if found else 0
    if any(content.find(mark, 0, end) >= 0 for mark in (b"//", b"/*", b"`")):
        found = sites_outside(quoted(content, end), found)
    return [*_references(content), *found]


def _candidates(content: bytes) -> Iterator[Site]:
    for word, pattern in ((b"import", _STATIC), (b"export", _EXPORT)):
        for start in _statements(content, word):
            if match := pattern.match(content, start):
                yield Site(text_of(match["target"]), start, match["type"] is not None)
    for start in _words(content, b"import"):
        if match := _DYNAMIC.match(content, start):
            yield Site(text_of(match["target"]), start, lazy=True)
    for start in _words(content, b"require"):
        if match := _REQUIRE.match(content, start):
            yield Site(text_of(match["target"]), start, _indented(content, start))


def _statements(content: bytes, word: bytes) -> list[int]:
    """Return where statements with this word start.

    A clause may hold comments, and these may hold whatever looks like a statement: read one in the
    other, thousands of times, they would take quadratic time. So where there are that many, which
    no person writes, comments are sorted out before and not after.
    """
    starts = [p for p in _words(content, word) if _starts_statement(content, p)]
    if len(starts) > _MANY:
        return sorted(outside(quoted(content, starts[-1]), starts))
    return starts


def _words(content: bytes, word: bytes) -> Iterator[int]:
    """Yield where the word begins a name and is no property's."""
    position = content.find(word)
    while position >= 0:
        before = content[position - 1 : position]
        if not before.isalnum() and before not in (b"_", b"$", b"."):
            yield position
        position = content.find(word, position + len(word))


def _starts_statement(content: bytes, position: int) -> bool:
    before = content[max(0, position - _LOOK_BACK) : position].rstrip(b" \t\r")
    return before[-1:] in b"\n;}>{)" or before.endswith((b"*/", b"\xef\xbb\xbf"))


def _indented(content: bytes, position: int) -> bool:
    start = content.rfind(b"\n", max(0, position - _LOOK_BACK), position) + 1
    return content[start : start + 1] in (b" ", b"\t")


def _references(content: bytes) -> Iterator[Site]:
    """Yield TypeScript's ``/// <reference path>``, which are comments at the top of a file."""
    for match in _REFERENCE.finditer(content, 0, 4096):
        target = text_of(match[1])
        yield Site(target if target.startswith(".") else f"./{target}", match.start(), lazy=True)


FAMILY = Family(version=1, sites=sites, resolver=resolver, manifest=read_manifest)
