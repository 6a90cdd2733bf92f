"""Read JSON as people write it in settings: with comments and trailing commas."""

from __future__ import annotations

import json
import re
from typing import Any

# Each alternative runs to the end of the content when it is not closed, so that every byte is
# looked at once.
_COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*+"?)|//[^\n]*|/\*(?:.*?\*/|.*)', re.DOTALL)
_COMMAS = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)


def read_json(content: bytes) -> Any:
    """Return the value, or None when the content is not JSON even so."""
    text = content.decode("utf-8-sig", "replace")
    for attempt in (_unchanged, _plain):
        try:
            return json.loads(attempt(text))
        except (ValueError, RecursionError):  # not JSON; nested a thousand deep
            continue
    return None


def _unchanged(text: str) -> str:
    return text


def _plain(text: str) -> str:
    return _COMMAS.sub(r"\1", _COMMENTS.sub(r"\1", text))
