"""Tell vendors' tokens where a text stands that one of them begins with or holds."""

from __future__ import annotations

import re

from repoctx.packer.secrets.rules import Form
from repoctx.packer.secrets.values import Span, is_made_up

_TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_ESCAPE = re.compile(r"\\[nrt]|\x1b\[[\d;]{0,12}m")
_LONGEST_ESCAPE = 15

INSIDE = frozenset(_TOKEN_CHARACTERS) - frozenset(b"nrtm")
"""Bytes before a literal by which it begins no token: it is in the middle of a longer word."""


def vendor_token(text: str, position: int, forms: tuple[Form, ...]) -> Span | None:
    """Return the token whose literal stands at the position; its form is what its vendor published.

    After one of ``nrtm`` it is one only when that letter ends an escape.
    """
    inside = position > 0 and text[position - 1] in "nrtm" and forms[0].before == (0,)
    if inside and not _is_escape(text, position):
        return None
    for form in forms:
        for before in form.before:
            match = form.pattern.match(text, position - before) if before <= position else None
            if match and not is_made_up(match[0]):
                return Span(match.start(), match.end(), form.kind)
    return None


def _is_escape(text: str, position: int) -> bool:
    r"""True when the character before ends an escape: ``\n`` in a string, a terminal's colour."""
    before = text[max(0, position - _LONGEST_ESCAPE) : position]
    begin = max(before.rfind("\\"), before.rfind("\x1b"))
    return begin >= 0 and _ESCAPE.fullmatch(before, begin) is not None
