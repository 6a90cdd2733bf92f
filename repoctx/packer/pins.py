"""Levels that a person asks for: files that are always full, or never more than a name.

A pin is a pattern in the syntax of .gitignore with a level. A pattern that starts with ``!`` takes
files back from the pins of the same level before it. Where several levels are asked for a file, the
highest counts, so that ``docs/`` can be left out but for one page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repoctx.errors import UsageError
from repoctx.packer.ignore import Rules
from repoctx.packer.manifest import Document
from repoctx.packer.outlines import Outliner
from repoctx.packer.render import Line
from repoctx.packer.select import Level

REASON = "asked for"
NO_OUTLINE = "asked for; it has no outline"


@dataclass(frozen=True, slots=True)
class Pin:
    """A level for every file that a pattern matches."""

    pattern: str
    level: Level


def pin(
    documents: Sequence[Document], pins: Sequence[Pin], outliner: Outliner
) -> tuple[list[Document], list[Line]]:
    """Return the documents at the levels that were asked for, and lines that sum up folders.

    A folder whose files are all left out on request has one line, which stands for them. What
    cannot be shown (a binary file) keeps its own reason unless it is left out. Raises UsageError
    for a pattern that matches no file.
    """
    if not pins:
        return list(documents), []
    asked = _asked(pins, [d.path for d in documents if d.facts is not None])
    outliner.costs(sorted(d.path for d in documents if _wants_outline(d, asked)))
    chosen = [_pinned(d, asked[d.path], outliner) if d.path in asked else d for d in documents]
    whole = _whole_folders(chosen)
    return [replace(d, listed=False) if _within(d, whole) else d for d in chosen], sums_of(chosen)


def sums_of(documents: Sequence[Document]) -> list[Line]:
    """Return the lines that stand for folders whose files are all left out on request."""
    whole = _whole_folders(documents)
    tokens: Counter[str] = Counter()
    for document in documents:
        if document.facts is not None:
            tokens.update({f: document.facts.tokens for f in _folders(document.path) if f in whole})
    return [Line(f"{f}/", Level.OMITTED, REASON, tokens[f], whole[f]) for f in sorted(whole)]


def _asked(pins: Sequence[Pin], paths: Sequence[str]) -> dict[str, Level]:
    asked: dict[str, Level] = {}
    for level in reversed(Level):
        patterns = [pin.pattern for pin in pins if pin.level is level]
        for pattern in patterns:
            _refuse_idle(pattern, level, paths)
        rules = rules_of(patterns)
        asked |= {path: level for path in paths if patterns and rules.verdict(path)}
    return asked


def idle_pins(pins: Sequence[Pin], paths: Sequence[str]) -> tuple[Pin, ...]:
    """Return the pins whose pattern matches none of the paths; ``pin`` refuses them."""
    return tuple(pin for pin in pins if _is_idle(pin.pattern, paths))


def _refuse_idle(pattern: str, level: Level, paths: Sequence[str]) -> None:
    if _is_idle(pattern, paths):
        raise UsageError(
            f"{pattern!r}, asked for as {level}, matches no file",
            "patterns are those of .gitignore, from the repository's root",
        )


def _is_idle(pattern: str, paths: Sequence[str]) -> bool:
    rules = rules_of([pattern])
    return not any(rules.verdict(path) is not None for path in paths)


def rules_of(patterns: Sequence[str]) -> Rules:
    """Return the rules of the patterns of one level."""
    return Rules("a pin", _content(patterns))


def _content(patterns: Sequence[str]) -> bytes:
    return "\n".join(patterns).encode("utf-8", "surrogateescape")


def _wants_outline(document: Document, asked: Mapping[str, Level]) -> bool:
    return document.shown and asked.get(document.path) is Level.OUTLINE


def _pinned(document: Document, level: Level, outliner: Outliner) -> Document:
    if level is Level.OMITTED:
        return replace(document, level=level, reason=REASON, tokens=0, bytes=0, asked=True)
    if not document.shown:
        return document
    if level is Level.FULL:
        return replace(document, asked=True)
    outline = outliner.known(document.path) if level is Level.OUTLINE else None
    if outline is not None:
        return replace(
            document,
            level=level,
            reason=REASON,
            tokens=outline.tokens,
            bytes=outline.bytes,
            asked=True,
        )
    reason = REASON if level is Level.NAME else NO_OUTLINE
    return replace(document, level=Level.NAME, reason=reason, tokens=0, bytes=0, asked=True)


def _whole_folders(documents: Sequence[Document]) -> dict[str, int]:
    """Return the folders, none in another, that hold several files, all left out on request."""
    files: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for document in documents:
        for folder in _folders(document.path):
            files[folder] += 1
            left_out[folder] += _is_left_out(document)
    whole = {f: n for f, n in left_out.items() if n > 1 and n == files[f]}
    return {f: n for f, n in whole.items() if not any(up in whole for up in _folders(f))}


def _within(document: Document, folders: Mapping[str, int]) -> bool:
    return _is_left_out(document) and any(f in folders for f in _folders(document.path))


def _is_left_out(document: Document) -> bool:
    return document.asked and document.level is Level.OMITTED


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that hold the path, the innermost first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
