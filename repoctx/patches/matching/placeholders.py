"""Find lines such as ``# ... rest of the code unchanged ...`` that would swallow the code."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 200
"""Characters; a placeholder is a short line, and the patterns below see no more."""

_COMMENT = re.compile(r"(?:#+|//+|/\*+|\*+|<!--|--+|;+|%+|\{/\*+)")
_BRACKET = re.compile(r"[(\[{]")
_CLOSING = re.compile(r"(?:\*/\}?|-->|[)\]}])$")
_DOTS = re.compile(r"\.{3,}|…")
_SPREAD = re.compile(r"(?:\.{3,}|…)(?=[\w$(\[{])")
"""``...rest`` is code in several languages; in a comment it is not."""

_THING = (
    r"(?:code|files?|class(?:es)?|functions?|methods?|modules?|implementations?|logic|contents?|"
    r"scripts?|components?|documents?|tests?|imports?|lines?|fields?|properties|definitions?|"
    r"routes?|cases|handlers?|items|entries|body|text|sections?)"
)
_KEPT = r"(?:rest|remaining|existing|unchanged|same|previous|original|other)"
_HINTS_AT_REST = re.compile(
    rf"\b(?:{_KEPT}|remains?|remainder|omitted|truncated|skipped|as before|as above|no changes?|"
    r"keep|kept|stays?|continues?|here)\b"
)
_NAMES_THE_REST = re.compile(
    rf"\b(?:{_KEPT} (?:[\w-]+ ){{0,3}}{_THING}|rest of|remainder of|remains?|unchanged|omitted|"
    r"not shown|as before|as above|same as|no changes?)\b"
)
_IS_THE_REST = re.compile(
    rf"(?:the |all |your |this )*(?:{_KEPT}|remainder|{_THING})\b[\w ,'/-]*"
    r"\b(?:unchanged|the same|as before|as above|as is|goes here|stays here|omitted|not shown)"
    rf"|(?:the )?(?:rest|remainder) of (?:the |your |this )?(?:[\w-]+ ){{0,2}}{_THING}"
    rf"|existing {_THING}(?: here)?|unchanged(?: {_THING})?|no changes?(?: here| needed)?"
    r"|same as (?:before|above)"
)


def placeholder_line(lines: Sequence[str], *, removes: bool) -> str | None:
    """Return the first line that stands for code instead of being code; None when all is code.

    Nothing but dots is a function's body in Python, so it counts only where the edit ``removes``
    something.
    """
    suspects = (line for line in lines if len(line) <= _LONGEST)
    return next((line.strip() for line in suspects if _stands_for_code(line, removes)), None)


def is_elision(line: str) -> bool:
    """True for a line that says only that something was left out, as it may in a SEARCH text."""
    if len(line) > _LONGEST:
        return False
    body, is_comment = _body(line)
    if not _DOTS.search(body):
        return False
    words = _DOTS.sub(" ", body).strip(" .")
    return not words or (is_comment and _HINTS_AT_REST.search(words) is not None)


def _stands_for_code(line: str, removes: bool) -> bool:
    stripped = line.strip()
    if not stripped or stripped[0].isalnum():
        return False
    body, is_comment = _body(line)
    dots = _DOTS if is_comment else re.compile(f"(?!{_SPREAD.pattern})(?:{_DOTS.pattern})")
    words = _DOTS.sub(" ", body).strip(" .:,-")
    if not dots.search(body):
        return _IS_THE_REST.fullmatch(words) is not None
    if not words:
        return removes
    opens = _DOTS.match(body) is not None
    return (_HINTS_AT_REST if opens else _NAMES_THE_REST).search(words) is not None


def _body(line: str) -> tuple[str, bool]:
    """The words of a comment or a bracketed remark, in lower case; and whether it is a comment."""
    body = line.strip().lower()
    is_comment = False
    for _ in range(3):  # {/* ( ... ) */}
        comment = _COMMENT.match(body)
        opening = comment or _BRACKET.match(body)
        closing = _CLOSING.search(body)
        is_comment = is_comment or comment is not None
        start = opening.end() if opening else 0
        body = body[start : max(start, closing.start()) if closing else None].strip()
    return body, is_comment
