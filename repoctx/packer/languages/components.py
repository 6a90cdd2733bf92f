"""The script inside a single-file component of Vue, Svelte or Astro."""

from __future__ import annotations

import re

_SCRIPT = re.compile(
    rb"<script\b(?P<attributes>[^<>]{0,1000}+)>(?P<code>(?:[^<]++|<(?!/script))*+)", re.IGNORECASE
)
_FRONT = re.compile(rb"\A\s*+---[^\n]*\n(?P<code>(?:(?!---)[^\n]*\n)*+)---")
_LANGUAGE = re.compile(rb"\blang\s*=\s*[\"']?(\w+)")
_NOT_A_NEWLINE = re.compile(rb"[^\n]")
_LANGUAGES = {b"ts": "typescript", b"typescript": "typescript", b"tsx": "tsx", b"jsx": "tsx"}


def script_of(source: bytes) -> tuple[str, bytes]:
    """Return the script's language, and the source with all else blank, so that lines keep."""
    front = _FRONT.match(source)  # Astro's
    scripts = [front] if front else list(_SCRIPT.finditer(source))
    kept, end = [], 0
    for script in scripts:
        start, stop = script.span("code")
        kept += [_NOT_A_NEWLINE.sub(b" ", source[end:start]), source[start:stop]]
        end = stop
    return "typescript" if front else _language(scripts), b"".join(kept)


def _language(scripts: list[re.Match[bytes]]) -> str:
    for script in scripts:
        if named := _LANGUAGE.search(script["attributes"]):
            return _LANGUAGES.get(named[1].lower(), "javascript")
    return "javascript"
