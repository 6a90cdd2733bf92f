"""Make cases of a commit: its change in each format, undisturbed and disturbed in turn."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from . import copying, files
from .cases import Case, Style, Task, Written
from .formats import BLOCKS, DIFFS, FORMATS, write
from .history import Change
from .places import lines_of, occurrences, places_of

STYLES = ("wrong_numbers", "no_numbers", "decorated")
TEXTS = ("crlf_reply", "truncated")
SCANT = ("scant",)
"""So little context that the lines of a place stand elsewhere too."""
DISTURBANCES = (*files.DISTURBANCES, *SCANT, *copying.DISTURBANCES, *STYLES, *TEXTS)

_MOST_CHANGED = 120
"""Lines of a file that come and go; more is no edit."""
_TRIES = 4
"""Disturbances that are drawn until one fits the commit."""

_NAMES = ("./{}", "**{}**", "`{}`", "### `{}`", "File: {}", "**`{}`**:", "# {}", "a/{}")
_PLAIN_NAMES = ("./{}",)


def cases_of(commit: str, changes: Sequence[Change], draw: random.Random) -> Iterator[Case]:
    """Yield the commit's cases: for each format one as it is, two disturbed, one doubly so."""
    changes = [change for change in changes if _is_small(change)]
    if not changes:
        return
    for format in FORMATS:
        for count in (0, 1, 1, 2):
            for _ in range(_TRIES if count else 1):
                chosen = _drawn(count, format, draw)
                if case := _case(commit, changes, format, chosen, draw):
                    yield case
                    break


def _drawn(count: int, format: str, draw: random.Random) -> tuple[str, ...]:
    fitting = [name for name in DISTURBANCES if _fits(name, format)]
    chosen = draw.sample(fitting, count)
    if "wrong_numbers" in chosen and {"twice", "scant"} & set(chosen):
        return _drawn(count, format, draw)  # of equal places a false number may name the other
    return tuple(sorted(chosen, key=DISTURBANCES.index))


def _fits(name: str, format: str) -> bool:
    if name in ("wrong_numbers", "no_numbers"):
        return format in (*DIFFS, "roo") and (name, format) != ("no_numbers", "git")
    if name == "elided":
        return format in BLOCKS
    if format == "whole":
        text_only = {"no_final_newline", "crlf_file", "mixed_file", "placeholder"}
        return name in {*text_only, "decorated", *TEXTS}
    return True


def _is_small(change: Change) -> bool:
    old, new = lines_of(change.before or ""), lines_of(change.after or "")
    if change.before is None or change.after is None:
        return len(old) + len(new) <= 4 * _MOST_CHANGED
    changed = sum(
        len(line.text) > 0 and line.sign != " "
        for place in places_of(old, new, 0, unique=False)
        for line in place.lines
    )
    moved = change.path != change.new_path
    return (changed > 0 or moved) and changed <= _MOST_CHANGED


def _case(
    commit: str,
    changes: Sequence[Change],
    format: str,
    disturbances: tuple[str, ...],
    draw: random.Random,
) -> Case | None:
    """Return the case; None when some disturbance has nothing to disturb."""
    tasks = [_task(change) for change in changes]
    tasks = [task for task in tasks if write(format, [task], Style(), random.Random(0))]
    own = {change.path: change for change in changes}
    scant = "scant" in disturbances
    contexts = (0, 1) if scant else (0, 1, 2, 3, 3, 5)
    context = 9 if {"elided", "placeholder"} & set(disturbances) else draw.choice(contexts)
    unique = not scant and "twice" not in disturbances
    for name in disturbances:
        if name in files.DISTURBANCES:
            disturb = files.DISTURBANCES[name]
            found = [disturb(task, own[task.path], draw) for task in tasks]
            if not any(found):
                return None
            tasks = [new or old for new, old in zip(found, tasks, strict=True)]
    if format != "whole":
        tasks = [_with_places(task, context, unique=unique) for task in tasks]
    if scant and not any(_is_scant(task) for task in tasks):
        return None
    for name in disturbances:
        if name in copying.DISTURBANCES:
            again = [
                copying.DISTURBANCES[name](task, draw) if task.places or format == "whole" else None
                for task in tasks
            ]
            if not any(again):
                return None
            tasks = [new or old for new, old in zip(again, tasks, strict=True)]
    style = _style(format, disturbances, draw)
    if style.name == "a/{}" and all(task.seen is None for task in tasks):
        return None  # nothing tells whether the folder is meant
    written = write(format, tasks, style, draw) if tasks else None
    if written is None:
        return None
    reply, cut = _text(written, disturbances, draw)
    return Case(commit[:10], format, disturbances, tuple(tasks), reply, cut, style)


def _task(change: Change) -> Task:
    return Task(
        path=change.path,
        new_path=change.new_path,
        seen=change.before,
        after=change.after,
        current=change.before,
        accepted=(change.after,),
    )


def _with_places(task: Task, context: int, *, unique: bool) -> Task:
    if task.seen is None or task.after is None:
        return task
    old, new = lines_of(task.seen), lines_of(task.after)
    return replace(task, places=tuple(places_of(old, new, context, unique=unique)))


def _is_scant(task: Task) -> bool:
    """True when the lines of some place stand elsewhere too."""
    lines = lines_of(task.seen or "")
    return any(len(occurrences(lines, place.old)) > 1 for place in task.places)


def _style(format: str, disturbances: Sequence[str], draw: random.Random) -> Style:
    numbers = "right"
    if "wrong_numbers" in disturbances:
        numbers = "wrong"
    elif "no_numbers" in disturbances:
        numbers = "none"
    name = "{}"
    if "decorated" in disturbances:
        name = draw.choice(_NAMES if format in (*BLOCKS, "whole") else _PLAIN_NAMES)
    # Numbers that are wrong say nothing of where a diff ends.
    fenced = numbers == "wrong" or draw.random() < 0.5
    made_by_git = numbers == "right" and not set(disturbances) & set(copying.DISTURBANCES)
    return Style(numbers, name, fenced, made_by_git, draw.randrange(60))


def _text(written: Written, disturbances: Sequence[str], draw: random.Random) -> tuple[str, str]:
    """Return the reply as it arrives, and where it is cut."""
    text, cut = written.text, "whole"
    if "truncated" in disturbances:
        at = draw.randrange(written.edits[0][0], len(text))
        begun = [(a, b) for a, b in written.edits if a < at]
        if begun and at < begun[-1][1]:
            cut = "within"
        elif len(begun) < len(written.edits):
            cut = "between"
        text = text[:at]
    if "crlf_reply" in disturbances:
        text = text.replace("\n", "\r\n")
    return text, cut
