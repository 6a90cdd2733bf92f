"""Write the page: markup, style, programs and facts in one file that reaches for nothing.

Its Content-Security-Policy names the style and the program by their hashes, so nothing else can
run, not even what a hostile name might smuggle in, and nothing can be fetched or sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

PROGRAMS = ("dom.js", "tree.js", "squarify.js", "treemap.js", "imports.js", "tables.js", "page.js")
"""In the order in which they run; together they are one script."""

_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def page(facts: Mapping[str, Any]) -> str:
    """Return the whole page, to be stored as UTF-8; ``facts`` are those of ``facts_of``."""
    style = _read("page.css")
    program = "'use strict';\n" + "\n".join(map(_read, PROGRAMS))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(program)}; "
        "base-uri 'none'; form-action 'none'"
    )
    values = {"policy": policy, "style": style, "facts": embedded(facts), "program": program}
    parts = _read("page.html").split("{{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}}")
        filled += values[name], rest
    return "".join(filled)


def embedded(facts: Mapping[str, Any]) -> str:
    """Return the facts as JSON that cannot end the element that holds it, whatever they say."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def _read(name: str) -> str:
    return (files("repoctx.report") / "web" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
