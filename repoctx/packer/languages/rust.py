"""Imports of Rust: ``use`` and ``mod`` declarations in code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.cargo import read_manifest
from repoctx.packer.languages.family import Family, Site
from repoctx.packer.languages.lexing import find_after, outside, quoted_spans, text_of
from repoctx.packer.languages.rust_modules import resolver

_ITEM = re.compile(
    rb"\n(?P<indent>[ \t]*+)(?:\#\[[^\]\n]*+\][ \t]*+)*+(?:pub(?:[ \t]*+\([^)\n]*+\))?[ \t]++)?"
    rb"(?:use\s++(?P<tree>(?:[^;=(\"!.&/]|//[^\n]*+|/)*+)(?P<whole>;?)"
    rb"|(?:unsafe[ \t]++)?mod[ \t]++(?P<mod>[\w\x80-\xff#]++)\s*+(?P<end>[;{])"
    rb"|extern[ \t]++crate[ \t]++(?P<crate>\w++))"
)
_PATH_ATTRIBUTE = re.compile(
    rb"\#\[path\s*+=\s*+\"(?P<path>[^\"\n]++)\"\](?:\s++|//[^\n]{0,300}+|\#\[[^\]\n]*+\]){0,32}+"
    rb"(?:pub(?:\s*+\([^)\n]*+\))?\s++)?mod\s++(?P<mod>[\w\x80-\xff#]++)\s*+;"
)
_MARKS = re.compile(
    rb"(?P<line>//)|(?P<block>/\*)|(?<![A-Za-z0-9_])b?(?P<raw>r\#*+\")|(?P<text>\")"
    rb"|(?P<char>'(?:\\[^\n]|[^\\'\n])')"
)
_TEXT = re.compile(rb"\"(?:[^\"\\]++|\\.)*+\"?", re.DOTALL)
_TOKEN = re.compile(r"::|[{},]|[^\s{},:]+|:")
_COMMENT = re.compile(r"//[^\n]*")
_ROOT_MARKS = (b"#![feature(", b"#![no_std]", b"#![no_core]", b"#![crate_type")
_LONGEST_TREE = 20_000  # characters of one use statement
_DEEPEST = 16  # inline modules in each other
_LONGEST_PATH = 32  # names; it bounds what a hostile tree of nested braces can cost


def sites(content: bytes) -> list[Site]:
    """Return the modules declared and the paths used, in order.

    A target is ``mod name``, ``mod outer/name`` inside an inline module, ``mod name=file.rs`` for
    a ``#[path]``, or a path such as ``crate::a::b``, seen from the file's own module. Declaring a
    module is lazy: it says where the parts are, the parts do not build on it.
    """
    padded = b"\n" + content  # so that the first line begins like every other
    items = list(_ITEM.finditer(padded))
    if not items:
        return []
    closers = {"raw": _raw, "text": _text}
    spans = quoted_spans(content, _MARKS, items[-1].start(), closers)
    code = outside(spans, (item.start() for item in items))
    return list(_targets(padded, [item for item in items if item.start() in code]))


def about(content: bytes) -> Any:
    """Return True for a file that says what only the root of a crate can say, else None."""
    return any(b"\n" + mark in content for mark in _ROOT_MARKS) or None


def _targets(content: bytes, items: list[re.Match[bytes]]) -> Iterator[Site]:
    files = _named_files(content)
    around: list[tuple[str, int]] = []
    """The inline modules around an item, each with where it ends."""
    closes: dict[bytes, int] = {}
    """Where the last block of each indentation ended: formatted code is indented by its depth."""
    for item in items:
        offset = item.start()
        around = [(name, end) for name, end in around if end > offset]
        outer = [name for name, _ in around]
        if item["mod"] and item["end"] == b"{":
            indent = item["indent"]
            line = content[item.end() : find_after(content, b"\n", item.end())]
            if line.count(b"}") > line.count(b"{"):  # it ends where it starts
                continue
            if closes.get(indent, 0) < item.end():
                closes[indent] = find_after(content, b"\n" + indent + b"}", item.end())
            if len(around) < _DEEPEST:
                around.append((text_of(item["mod"]), closes[indent]))
        elif item["mod"]:
            name = "/".join([*outer, text_of(item["mod"]).removeprefix("r#")])
            file = files.get(item.end())
            yield Site(f"mod {name}={file}" if file else f"mod {name}", offset, lazy=True)
        elif item["crate"] or item["whole"]:
            lazy = len(item["indent"]) > 0
            paths = [text_of(item["crate"])] if item["crate"] else _paths(text_of(item["tree"]))
            yield from (Site(_from_file(path, outer), offset, lazy) for path in paths)


def _named_files(content: bytes) -> dict[int, str]:
    """Return the files that ``#[path]`` names, by where the module's declaration ends."""
    if b"#[path" not in content:
        return {}
    return {match.end(): text_of(match["path"]) for match in _PATH_ATTRIBUTE.finditer(content)}


def _paths(tree: str) -> list[str]:
    """Write out a use tree: ``a::{b, c::*}`` is ``a::b`` and ``a::c::*``; names after ``as`` go."""
    found: list[str] = []
    bases: list[list[str]] = [[]]
    path: list[str] = []
    renamed = False
    for token in _TOKEN.findall(_COMMENT.sub("", tree[:_LONGEST_TREE]) + ","):
        if token == "{":
            bases.append(path)
            path = path.copy()
        elif token in ",}":
            if path != bases[-1]:
                found.append("::".join(path))
            if token == "}" and len(bases) > 1:
                bases.pop()
            path, renamed = bases[-1].copy(), False
        elif token == "as":
            renamed = True
        elif token not in ("::", ":") and not renamed and len(path) < _LONGEST_PATH:
            path.append(token.removeprefix("r#"))
    return found


def _from_file(path: str, outer: list[str]) -> str:
    """Rewrite ``self`` and ``super`` inside inline modules as seen from the file's module."""
    parts = path.split("::")
    if parts[0] not in ("self", "super") or not outer:
        return path
    inner = outer.copy()
    while parts and parts[0] in ("self", "super"):
        if parts[0] == "super":
            if not inner:
                break
            inner.pop()
        parts.pop(0)
    start = [] if parts[:1] == ["super"] else ["self"]
    return "::".join([*start, *inner, *parts])


def _raw(content: bytes, match: re.Match[bytes]) -> int:
    return find_after(content, b'"' + b"#" * match["raw"].count(b"#"), match.end())


def _text(content: bytes, match: re.Match[bytes]) -> int:
    text = _TEXT.match(content, match.start())
    return text.end() if text else match.end()


FAMILY = Family(version=2, sites=sites, resolver=resolver, about=about, manifest=read_manifest)
