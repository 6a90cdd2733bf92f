"""Disturbances of what the model copies: its lines are not quite those of the file."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from .cases import Alike, Task
from .places import Line, Place, lines_of

Disturbance = Callable[[Task, random.Random], Task | None]

_TYPOGRAPHIC = {"'": "\u2019", '"': "\u201d", "-": "\u2013", " ": "\u00a0"}
_PLAIN = {
    0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2010: "-", 0x2011: "-",
    0x2013: "-", 0x2014: "-", 0x2212: "-", 0xA0: " ", 0x202F: " ",
}  # fmt: skip
_RESTS = (
    "... rest of the code unchanged ...",
    "... existing code ...",
    "rest of the file remains the same",
    "... (unchanged)",
)
_LETTER = re.compile(r"[A-Za-z]")


def trailing(task: Task, draw: random.Random) -> Task | None:
    """Lines that stay or go have lost or gained space at their ends."""

    def drift(line: Line) -> Line:
        if line.sign == "+" or draw.random() < 0.4:
            return line
        bare = line.text.rstrip()
        return replace(
            line, text=bare if bare != line.text else bare + draw.choice((" ", "  ", "\t"))
        )

    return _each_line(task, drift, _but_trailing_space)


def dedented(task: Task, draw: random.Random) -> Task | None:
    """A whole place is indented less, or more, than the file is."""
    chosen = draw.randrange(max(1, len(task.places)))
    places = list(task.places)
    if not places:
        return None
    texts = [line.text for line in places[chosen].lines if line.text.strip()]
    if not texts:
        return None
    common = min((_indentation(text) for text in texts), key=len)
    if not all(text.startswith(common) for text in texts):
        return None

    def moved(line: Line) -> Line:
        if not line.text.strip():
            return replace(line, text="")
        if common:
            return replace(line, text=line.text.removeprefix(common))
        return replace(line, text="    " + line.text)

    places[chosen] = _mapped(places[chosen], moved)
    return replace(task, places=tuple(places), alike=_either(task.alike, _but_trailing_space))


def tabs(task: Task, draw: random.Random) -> Task | None:
    """Tabs are written as spaces; or spaces as tabs, where all indentation allows it.

    Not where no old line is indented: nothing would tell how the new ones should begin.
    """
    indents = [_indentation(line.text) for place in task.places for line in place.lines]
    if any("\t" in indent for indent in indents):
        width = draw.choice((2, 4, 8))
        return _reindented(task, partial(_spaced, width=width), partial(_looks_alike, width=width))
    width = next((w for w in (4, 2) if all(len(indent) % w == 0 for indent in indents)), 0)
    if not width:
        return None
    return _reindented(task, partial(_tabbed, width=width), _but_trailing_space)


def _reindented(task: Task, change: Callable[[str], str], alike: Alike) -> Task | None:
    def moved(line: Line) -> Line:
        indent = _indentation(line.text)
        return replace(line, text=change(indent) + line.text[len(indent) :])

    places = tuple(
        _mapped(place, moved) if any(_indentation(x) for x in place.old if x.strip()) else place
        for place in task.places
    )
    if places == task.places:
        return None
    return replace(task, places=places, alike=_either(task.alike, alike))


def _spaced(indent: str, width: int) -> str:
    return indent.expandtabs(width)


def _tabbed(indent: str, width: int) -> str:
    return "\t" * (len(indent) // width)


def _looks_alike(made: str, wanted: str, width: int) -> bool:
    """Spaces of the commit's own, in a file of tabs, were like the others for the model."""
    both = (_indentation(made).expandtabs(width), _indentation(wanted).expandtabs(width))
    is_tabbed = " " * width not in _indentation(made)
    return both[0] == both[1] and is_tabbed and made.split() == wanted.split()


def typographic(task: Task, draw: random.Random) -> Task | None:
    """Quotes, dashes and spaces are curly, long and hard; or plain where the file's are not."""
    if any(line.text != _plain(line.text) for place in task.places for line in place.lines):
        return _each_line(task, lambda x: replace(x, text=_plain(x.text)), _but_punctuation)
    character = draw.choice("'\"- ")
    changes_new = draw.random() < 0.3

    def typeset(line: Line) -> Line:
        if line.sign == "+" and not changes_new:
            return line
        indent = _indentation(line.text)
        body = line.text.removeprefix(indent).replace(character, _TYPOGRAPHIC[character])
        return replace(line, text=indent + body)

    return _each_line(task, typeset, _but_punctuation)


def elided(task: Task, draw: random.Random) -> Task | None:
    """Lines of context in the middle of a place are written as ``...``, on both sides."""
    return _one_place(task, draw, _elided)


def _elided(place: Place, draw: random.Random, path: str) -> Place | None:
    runs = [(a, b) for a, b in _runs(place) if b - a >= 5]
    if not runs:
        return None
    start, stop = draw.choice(runs)
    start, stop = start + 2, stop - 2
    dots = _indentation(place.lines[start].text) + draw.choice(("...", "# ...", "..."))
    return replace(place, lines=(*place.lines[:start], Line(" ", dots), *place.lines[stop:]))


def placeholder(task: Task, draw: random.Random) -> Task | None:
    """The new text says "the rest is unchanged" where lines should be."""
    if task.after is not None and not task.places and not task.placeholder:
        return _placeholder_in_file(task, draw)
    return _one_place(task, draw, _placeholder)


def _placeholder(place: Place, draw: random.Random, path: str) -> Place | None:
    runs = [(a, b) for a, b in _runs(place) if any(x.text.strip() for x in place.lines[a:b])]
    if not runs:
        return None
    start, stop = draw.choice(runs)
    gone = [replace(line, sign="-") for line in place.lines[start:stop]]
    said = Line("+", _indentation(gone[0].text) + _rest(path, draw))
    return replace(place, lines=(*place.lines[:start], *gone, said, *place.lines[stop:]))


def _placeholder_in_file(task: Task, draw: random.Random) -> Task | None:
    lines = lines_of(task.after or "")
    if len(lines) < 8:
        return None
    start = draw.randrange(2, len(lines) - 5)
    stop = draw.randrange(start + 3, len(lines))
    if not any(line.strip() for line in lines[start:stop]):
        return None
    said = _indentation(lines[start]) + _rest(task.path, draw)
    return replace(task, placeholder="\n".join([*lines[:start], said, *lines[stop:]]) + "\n")


def mistyped(task: Task, draw: random.Random) -> Task | None:
    """One letter of a line that stays, or else of one that goes, is another."""

    def typo(place: Place, draw: random.Random, path: str) -> Place | None:
        lines = list(place.lines)
        for sign in " -":
            at = [i for i, x in enumerate(lines) if x.sign == sign and _LETTER.search(x.text)]
            if at:
                chosen = draw.choice(at)
                text = lines[chosen].text
                letter = draw.choice([m.start() for m in _LETTER.finditer(text)])
                other = draw.choice([c for c in "aeiostxz" if c != text[letter].lower()])
                lines[chosen] = replace(
                    lines[chosen], text=text[:letter] + other + text[letter + 1 :]
                )
                return replace(place, lines=tuple(lines))
        return None

    return _one_place(task, draw, typo)


def _each_line(task: Task, change: Callable[[Line], Line], alike: Alike) -> Task | None:
    places = tuple(_mapped(place, change) for place in task.places)
    if places == task.places:
        return None
    return replace(task, places=places, alike=_either(task.alike, alike))


def _mapped(place: Place, change: Callable[[Line], Line]) -> Place:
    return replace(place, lines=tuple(map(change, place.lines)))


def _one_place(
    task: Task,
    draw: random.Random,
    change: Callable[[Place, random.Random, str], Place | None],
) -> Task | None:
    """Change the first place, in a random order, that can be changed so."""
    for at in draw.sample(range(len(task.places)), len(task.places)):
        if place := change(task.places[at], draw, task.path):
            return replace(task, places=(*task.places[:at], place, *task.places[at + 1 :]))
    return None


def _runs(place: Place) -> list[tuple[int, int]]:
    """The stretches of context."""
    runs: list[tuple[int, int]] = []
    for i, line in enumerate(place.lines):
        if line.sign != " ":
            continue
        if runs and runs[-1][1] == i:
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i, i + 1))
    return runs


def _rest(path: str, draw: random.Random) -> str:
    words = draw.choice(_RESTS)
    ending = path.rpartition(".")[2]
    if ending in ("md", "html", "xml", "vue"):
        return f"<!-- {words} -->"
    return f"// {words}" if ending in ("js", "ts", "tsx", "go", "rs", "c", "h") else f"# {words}"


def _indentation(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def _plain(text: str) -> str:
    return text.translate(_PLAIN)


def _but_trailing_space(made: str, wanted: str) -> bool:
    return made.rstrip() == wanted.rstrip()


def _but_punctuation(made: str, wanted: str) -> bool:
    return _plain(made) == _plain(wanted)


def _either(first: Alike, second: Alike) -> Alike:
    return lambda made, wanted: first(made, wanted) or second(made, wanted)


DISTURBANCES: Mapping[str, Disturbance] = {
    "trailing": trailing,
    "dedented": dedented,
    "tabs": tabs,
    "typographic": typographic,
    "elided": elided,
    "placeholder": placeholder,
    "mistyped": mistyped,
}
