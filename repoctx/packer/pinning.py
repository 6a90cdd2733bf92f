"""Set, raise, lower and take back the levels of single files and folders, as pins.

What is set last holds: pins of files in a folder are dropped when the folder is pinned, and a
higher level that another pattern asks for is taken back by a ``!`` pattern of that level.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from repoctx.packer import pins as patterns
from repoctx.packer.ignore import Rules
from repoctx.packer.manifest import Document, Folder
from repoctx.packer.outlines import may_have_outline
from repoctx.packer.pins import Pin
from repoctx.packer.select import Level

_LOW_TO_HIGH = tuple(reversed(Level))
_SPECIAL = frozenset("\\[]")
_ANY = frozenset("*\n")
"""No escape keeps these out of trouble: a second star is refused as slow, a newline ends a line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What pins say of a path, for many paths."""

    pins: tuple[Pin, ...] = ()
    _rules: dict[Level, Rules] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for level in Level:
            if said := [pin.pattern for pin in self.pins if pin.level is level]:
                self._rules[level] = patterns.rules_of(said)

    def level(self, path: str) -> Level | None:
        """Return the highest level that is asked for a file; None for none."""
        return next((level for level, rules in self._rules.items() if rules.verdict(path)), None)

    def of(self, path: str) -> Level | None:
        """Return the level of the pin that was made for just this path, a folder with its ``/``."""
        own = pattern_of(path)
        return next((pin.level for pin in self.pins if pin.pattern == own), None)


def pattern_of(path: str) -> str:
    """Return the pattern that matches a file, or all that is in a folder (its path ends in ``/``).

    Where a name holds a character that a pattern cannot, ``?`` stands for it.
    """
    folder = path.endswith("/")
    name = path.rstrip("/")
    return "/" + "".join(_escaped(name)) + ("/**" if folder else "")


def _escaped(name: str) -> Iterator[str]:
    end = len(name.rstrip())
    for place, character in enumerate(name):
        if character in _ANY or place >= end:
            yield "?"
        else:
            yield f"\\{character}" if character in _SPECIAL else character


def pinned(pins: Sequence[Pin], path: str, level: Level, files: Collection[str]) -> tuple[Pin, ...]:
    """Return the pins that ask this level, and no other, of a file or a folder.

    ``files`` are the paths that are meant: the file's own, or all that lie in the folder.
    """
    kept = _without(pins, path)
    higher = [each for each in Level if _LOW_TO_HIGH.index(each) > _LOW_TO_HIGH.index(level)]
    return (*kept, *_taken_back(kept, path, higher, files), Pin(pattern_of(path), level))


def unpinned(pins: Sequence[Pin], path: str, files: Collection[str]) -> tuple[Pin, ...]:
    """Return the pins that ask nothing of a file or a folder; ``files`` as for ``pinned``."""
    kept = _without(pins, path)
    return (*kept, *_taken_back(kept, path, tuple(Level), files))


def _without(pins: Sequence[Pin], path: str) -> tuple[Pin, ...]:
    """Drop the pins that were made for the path, or for one in it."""
    own = pattern_of(path)
    inside = own.removesuffix("**")
    return tuple(pin for pin in pins if not _is_for(pin.pattern.removeprefix("!"), own, inside))


def _is_for(pattern: str, own: str, inside: str) -> bool:
    """True for the pattern itself, and for one that begins with a folder and names what is in it.

    A pattern with a star of its own may be a person's, and reach further.
    """
    if pattern == own:
        return True
    beneath = inside.endswith("/") and pattern.startswith(inside)
    return beneath and "*" not in pattern.removesuffix("/**")


def _taken_back(
    pins: Sequence[Pin], path: str, levels: Collection[Level], files: Collection[str]
) -> Iterator[Pin]:
    asked = Asked(tuple(pins))
    for level, rules in asked._rules.items():
        if level in levels and any(rules.verdict(file) for file in files):
            yield Pin(f"!{pattern_of(path)}", level)


def documents_in(folder: Folder) -> Iterator[Document]:
    """Yield every document in a folder and those beneath it."""
    yield from folder.documents
    for inner in folder.folders.values():
        yield from documents_in(inner)


def step(documents: Sequence[Document], levels: Mapping[str, Level], *, up: bool) -> Level | None:
    """Return the level to which files are raised together, or lowered; None when none can be.

    ``levels`` are those asked for meanwhile. Files at several levels meet at the highest of them,
    or the lowest: raising lowers none, and the other way round.
    """
    known = [document for document in documents if document.facts is not None]
    texts = [document for document in known if document.shown or _has_text(document)] or known
    if not texts:
        return None
    now = {levels.get(each.path, each.level) for each in texts}
    ranks = sorted(map(_LOW_TO_HIGH.index, now))
    if len(ranks) > 1:
        return _LOW_TO_HIGH[ranks[-1 if up else 0]]
    rank = ranks[0] + (1 if up else -1)
    if 0 <= rank < len(_LOW_TO_HIGH) and _LOW_TO_HIGH[rank] is Level.OUTLINE:
        rank += 0 if any(map(_may_be_outlined, texts)) else 1 if up else -1
    if not 0 <= rank < len(_LOW_TO_HIGH) or rank > max(map(_highest, texts)):
        return None
    return _LOW_TO_HIGH[rank]


def _has_text(document: Document) -> bool:
    return document.facts is not None and not document.facts.note


def _may_be_outlined(document: Document) -> bool:
    facts = document.facts
    if facts is not None and facts.is_view:
        return True
    return document.reason != patterns.NO_OUTLINE and may_have_outline(document.file)


def _highest(document: Document) -> int:
    """Return the rank of the highest level that a file can have."""
    if _has_text(document):
        return _LOW_TO_HIGH.index(Level.FULL)
    viewed = document.facts is not None and document.facts.is_view
    return _LOW_TO_HIGH.index(Level.OUTLINE if viewed else Level.NAME)
