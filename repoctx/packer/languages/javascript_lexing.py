"""Find the comments, strings, templates and regular expressions of JavaScript."""

from __future__ import annotations

import re

from repoctx.packer.languages.lexing import Span, find_after, quoted_spans

_MARKS = re.compile(
    rb"""(?P<line>//)|(?P<block>/\*)|(?P<string>["'])|(?P<template>`)|(?P<slash>/)"""
)
_IN_TEMPLATE = re.compile(rb"\\.|`|\$\{", re.DOTALL)
_IN_CODE = re.compile(rb"""//[^\n]*|/\*|[{}`]|"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?""")
_EXPRESSION = re.compile(rb"/(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,200}+\]){1,500}+/")
_BEFORE_EXPRESSION = (
    *(b"(", b",", b"=", b":", b"[", b"!", b"&", b"|", b"?", b"{", b"}", b";", b"+", b"\n"),
    *(b"return", b"typeof", b"case", b"=>"),
)
_LOOK_BACK = 64


def quoted(content: bytes, end: int) -> list[Span]:
    """Return what is not code and starts before ``end``.

    Whether a slash divides or begins a regular expression is guessed from what stands before
    it; a wrong guess ends with the line.
    """
    return quoted_spans(content, _MARKS, end, {"template": _template, "slash": _slash})


def _template(content: bytes, match: re.Match[bytes]) -> int:
    """Return where a template ends; the code in its ``${}`` may hold templates in turn."""
    position = match.end()
    open_marks = [b"`"]
    while open_marks:
        in_text = open_marks[-1] == b"`"
        found = (_IN_TEMPLATE if in_text else _IN_CODE).search(content, position)
        if found is None:
            return len(content)
        mark, position = found.group(), found.end()
        if mark == b"/*":
            position = find_after(content, b"*/", position)
        elif mark == (b"`" if in_text else b"}"):
            open_marks.pop()
        elif mark in (b"${", b"{"):
            open_marks.append(b"{")
        elif mark == b"`":
            open_marks.append(b"`")
    return position


def _slash(content: bytes, match: re.Match[bytes]) -> int:
    start = match.start()
    before = content[max(0, start - _LOOK_BACK) : start].rstrip(b" \t\r")
    if before and not before.endswith(_BEFORE_EXPRESSION):
        return match.end()
    expression = _EXPRESSION.match(content, start)
    return expression.end() if expression else match.end()
