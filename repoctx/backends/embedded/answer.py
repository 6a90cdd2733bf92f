"""Answer by quotation: where the question's words and names stand in the repository."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from repoctx.errors import RepoctxError, UsageError
from repoctx.packer.index import open_index
from repoctx.packer.kinds import Kind
from repoctx.packer.names import definitions
from repoctx.packer.rank import Hit, search
from repoctx.packer.snapshot import SYMLINK, Snapshot

_HITS = 5
_NAMES = 4
"""Names of the question that are looked up."""
_MENTIONS = 6
"""Other places that mention a name, per name."""
_SCANNED = 64 << 20
"""Bytes searched for names; a larger repository is searched in part, and the answer says so."""
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_QUOTED = re.compile(r"`([^`\n]{1,80})`")
_FENCES = {"py": "python", "js": "javascript", "ts": "typescript", "rs": "rust", "rb": "ruby"}


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    path: str
    line: int
    text: str


def answer(snapshot: Snapshot, cache: Path, question: str) -> str:
    """Return Markdown: definitions of the names in the question, who mentions them, best passages.

    Says so when nothing was found.
    """
    try:
        with open_index(cache) as index:
            hits = search(snapshot, index, question, _HITS)
    except UsageError:
        hits = []
    parts = [part for name in named(question) if (part := _about(snapshot, name))]
    if hits:
        parts.append("The passages that fit the question best:")
        parts += [_passage(hit) for hit in hits]
    if not parts:
        return "I found nothing in this repository that fits the words of the question.\n"
    return "\n\n".join(parts) + "\n"


def named(question: str) -> list[str]:
    """Return the identifiers in a question: what is quoted, has ``_`` or ``.``, or is CamelCase."""
    quoted = [name for text in _QUOTED.findall(question) for name in _NAME.findall(text)]
    words = [word for word in _NAME.findall(question) if _is_identifier(word)]
    last = (name.rpartition(".")[2] for name in (*quoted, *words))
    return list(dict.fromkeys(name for name in last if len(name) > 1))[:_NAMES]


def _is_identifier(word: str) -> bool:
    camel = any(b.isupper() and a.islower() for a, b in pairwise(word))
    return "_" in word.strip("_") or camel or ("." in word and not word.endswith("."))


def _about(snapshot: Snapshot, name: str) -> str:
    """Return where a name is defined and mentioned; empty when it is nowhere."""
    defined, mentioned, everything = _places(snapshot, name)
    if not defined and not mentioned:
        return ""
    lines = [f"`{place.path}:{place.line}` defines `{name}`:\n\n{_fenced(place.path, [place])}"
             for place in defined[:3]]  # fmt: skip
    shown = mentioned[:_MENTIONS]
    if shown:
        word = "It is mentioned in" if defined else f"`{name}` is mentioned in"
        lines.append("\n".join([f"{word}:", "", *(_item(place) for place in shown)]))
    if len(mentioned) > len(shown):
        lines.append(f"And on {len(mentioned) - len(shown)} more lines.")
    if not everything:
        lines.append("Not every file was searched: the repository is too large.")
    return "\n\n".join(lines)


def _places(snapshot: Snapshot, name: str) -> tuple[list[Place], list[Place], bool]:
    """Find definitions and other mentions, code before tests before the rest."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    defined: list[Place] = []
    mentioned: list[Place] = []
    left = _SCANNED
    for file in sorted(snapshot.files, key=lambda f: (_rank(f.kind), f.path)):
        left -= file.size
        if left < 0:
            return defined, mentioned, False
        if file.mode == SYMLINK or file.kind in (Kind.BINARY, Kind.MINIFIED, Kind.LOCK):
            continue
        try:
            content = snapshot.read(file)
        except RepoctxError:  # it changed or vanished meanwhile
            continue
        if name.encode() in content:
            text = content.decode("utf-8", "replace")
            found = [n.line for n in definitions(file.path, text) if _last(n.name) == name]
            for number, line in enumerate(text.split("\n"), 1):
                if number in found:
                    defined.append(Place(file.path, number, line))
                elif word.search(line):
                    mentioned.append(Place(file.path, number, line))
    return defined, mentioned, True


def _rank(kind: Kind) -> int:
    return {Kind.SOURCE: 0, Kind.TEST: 1, Kind.DOCS: 2}.get(kind, 3)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _passage(hit: Hit) -> str:
    where = f"`{hit.path}:{hit.line}`" + (f" in `{hit.symbol}`" if hit.symbol else "")
    places = [Place(hit.path, number, text) for number, text in hit.lines]
    return f"{where}:\n\n{_fenced(hit.path, places)}" if places else where


def _item(place: Place) -> str:
    text = place.text.strip()[:120].replace("`", "'")
    return f"- `{place.path}:{place.line}`: `{text}`"


def _fenced(path: str, places: Sequence[Place]) -> str:
    body = "\n".join(place.text.rstrip("\r") for place in places)
    fence = "```"
    while fence in body:
        fence += "`"
    suffix = path.rpartition(".")[2]
    return f"{fence}{_FENCES.get(suffix, '')}\n{body}\n{fence}"
