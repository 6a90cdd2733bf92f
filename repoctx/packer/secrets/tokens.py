"""Find vendors' tokens: every long run of token characters is looked up by how it begins.

A table maps each byte to ``x`` (a letter, digit, ``_`` or ``-``) or a space; runs are then found by
searching for a space and twenty ``x``, a literal. Measured on 52 MB of sqlalchemy and
rust-analyzer, in MB/s: this 300, with the look-ups 200; an alternation of 45 prefixes in one
regular expression 38; 44 times ``prefix in text`` 44.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoctx.packer.secrets.rules import Form, forms_by_beginning
from repoctx.packer.secrets.values import Span, is_made_up

_TOKEN_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_TABLE = bytes(ord("x" if chr(n) in _TOKEN_CHARACTERS else " ") for n in range(256))
_RUN = re.compile(b" " + 20 * b"x")  # an AWS access key has 20, other forms a longer part
_MARKS = "\\.:"
_MOST_BEFORE = 40
# Forms without a beginning: what is inside, after how many characters. A pattern with one literal
# first is searched with memchr, at 3 GB/s.
_INSIDE = ((re.compile(b"-(?:us[0-9])"), 32, "-u"), (re.compile(b"Q(?:~)"), 4, "Q~"))


def vendor_tokens(text: str, raw: bytes) -> Iterator[Span]:
    """Yield the tokens whose form a vendor published; ``raw`` has a byte for each character."""
    forms = forms_by_beginning()
    for match in _RUN.finditer(b" " + raw.translate(_TABLE)):
        start = match.start()  # of the run: the space before it was added
        if found := forms.get(text[start : start + 2]):
            yield from _matched(text, start, found)
        if start and text[start - 1] in _MARKS:
            begin, key = _before_mark(text, start)
            yield from _matched(text, begin, forms.get(key, ()))
    for pattern, back, key in _INSIDE:
        for match in pattern.finditer(raw):
            yield from _matched(text, max(0, match.start() - back), forms[key])


def _matched(text: str, start: int, forms: tuple[Form, ...]) -> Iterator[Span]:
    for form in forms:
        match = form.pattern.match(text, start)
        if match and not is_made_up(match[0]):
            yield Span(start, match.end(), form.kind)


def _before_mark(text: str, start: int) -> tuple[int, str]:
    r"""Return where a token begins whose long run does not begin it, and its key among the forms.

    It has a short part before the run, or the run begins with the letter of an escape (``\n``).
    """
    mark = text[start - 1]
    left = text[max(0, start - _MOST_BEFORE) : start]
    if mark == "\\":
        begin = start + 1
    elif mark == ":" and text.startswith("A", start):
        return start - len(left) + len(left[:-1].rstrip("0123456789")), ":A"
    elif left.endswith(".atlasv1."):
        return start - 23, "1."
    else:
        before = left.rstrip(_TOKEN_CHARACTERS + ".")
        begin = start - len(left) + len(before) + before.endswith("\\")
    return begin, text[begin : begin + 2]
