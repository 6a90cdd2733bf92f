"""Make hostile text safe to print: the one place that knows what may reach a terminal.

File names, file content, model output and server errors are all hostile. Control characters can
move the cursor or change the title; bidirectional and zero-width ones can make code look like
other code (Trojan Source, CVE-2021-42574).
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls, but tab and newline
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # invisible or direction-changing
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff"  # lone surrogates: bytes that are not text
    "\U000e0000-\U000e007f]"  # tags
)


def printable(text: str) -> str:
    r"""Return the text with every unsafe character written as ``\x1b`` or ``\u202e``.

    Tab and newline stay. The result can always be encoded as UTF-8.
    """
    return _UNSAFE.sub(_escape, text)


def one_line(text: str) -> str:
    """Return the text as ``printable`` does, with tabs and newlines escaped as well."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def without_unsafe(text: str) -> str:
    """Return the text without what ``printable`` would escape."""
    return _UNSAFE.sub("", text)


def counted(count: int, thing: str) -> str:
    """Return a number with what it counts: ``1 update``, ``2,000 updates``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape's stand-in for the byte code - 0xDC00
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
