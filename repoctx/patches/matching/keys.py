"""What of a line counts when it is compared: the steps of tolerance, each one function."""

from __future__ import annotations

import unicodedata


def same(line: str) -> str:
    """Compare lines as they are."""
    return line


def without_trailing_space(line: str) -> str:
    """Compare lines up to their last visible character."""
    return line.rstrip()


_PLAIN = (
    dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")
    | dict.fromkeys(range(0x2018, 0x201C), "'")
    | dict.fromkeys(range(0x201C, 0x2020), '"')
    | dict.fromkeys((0xA0, *range(0x2002, 0x200B), 0x202F, 0x205F, 0x3000), " ")
)


def with_plain_punctuation(line: str) -> str:
    """Compare lines with typographic dashes, quotes and spaces taken as the typewriter's.

    The same characters as in OpenAI's apply_patch, and canonical (NFC) composition; never
    compatibility composition, which would take a ligature for its letters.
    """
    if line.isascii():
        return line.rstrip()
    return unicodedata.normalize("NFC", line).translate(_PLAIN).rstrip()


def stripped(line: str) -> str:
    """Compare lines without the space around them."""
    return line.strip()


def without_indentation(line: str) -> str:
    """Compare lines from their first to their last visible character, in plain punctuation."""
    return with_plain_punctuation(line).strip()
