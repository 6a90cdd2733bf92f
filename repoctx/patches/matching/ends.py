"""Where lines end: at ``\\n``, ``\\r\\n`` or ``\\r``, and at no other character."""

from __future__ import annotations

import re

_ENDING = re.compile("\r\n|\n|\r")


def line_texts(text: str) -> list[str]:
    """Return the lines of a text without their endings."""
    return split_lines(text)[0]


def split_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text, and their endings; that of the last one may be empty."""
    if "\r" in text:
        ends = _ENDING.findall(text)
        texts = _ENDING.split(text)
    else:
        texts = text.split("\n")
        ends = ["\n"] * (len(texts) - 1)
    if texts[-1]:
        ends.append("")
    else:
        texts.pop()
    return texts, ends
