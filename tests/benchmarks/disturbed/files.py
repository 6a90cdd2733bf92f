"""Disturbances of the file: it is not, or no longer, what the model saw."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from .cases import Task
from .history import Change
from .places import blocks_of, lines_of

Disturbance = Callable[[Task, Change, random.Random], Task | None]
"""Gives None when it has nothing to disturb in this file."""


def stale(task: Task, change: Change, draw: random.Random) -> Task | None:
    """The model saw an earlier version and made the commit's change to that.

    Right is what git merges, and what the commit made.
    """
    before, after = change.before, change.after
    older = [text for text in change.earlier if text and text != before]
    if not older or not before or not after:
        return None
    seen = draw.choice(older)
    changed = merged(seen, before, after)
    if changed is None or changed == seen:
        return None
    both = merged(before, seen, changed)
    accepted = (after,) if both is None else tuple(dict.fromkeys((both, after)))
    return replace(task, seen=seen, after=changed, accepted=accepted)


def merged(ours: str, base: str, theirs: str) -> str | None:
    """Return git's three-way merge; None for a conflict."""
    with tempfile.TemporaryDirectory() as folder:
        names = ("ours", "base", "theirs")
        for name, text in zip(names, (ours, base, theirs), strict=True):
            Path(folder, name).write_text(text, newline="")
        command = ("git", "merge-file", "-p", "-q", *names)
        done = subprocess.run(command, cwd=folder, capture_output=True)
    return done.stdout.decode() if done.returncode == 0 else None


def twice(task: Task, change: Change, draw: random.Random) -> Task | None:
    """The lines around one place stand a second time in the file; the model saw that."""
    before, after = change.before, change.after
    if not before or not after:
        return None
    old, new = lines_of(before), lines_of(after)
    block = draw.choice(blocks_of(old, new) or [None])
    if block is None or not old:
        return None
    start, stop = max(0, block.old_start - 4), block.old_end + 4
    copied = old[start:stop]
    if not any(line.strip() for line in copied):
        return None
    at_top = draw.random() < 0.5
    old, new = (copied + old, copied + new) if at_top else (old + copied, new + copied)
    before, after = "\n".join(old) + "\n", "\n".join(new) + "\n"
    return replace(task, seen=before, after=after, current=before, accepted=(after,))


def no_final_newline(task: Task, change: Change, draw: random.Random) -> Task | None:
    """The file lacks the final newline that the reply takes for granted."""
    current = (task.current or "").removesuffix("\n")
    if not current or current == task.current or current.endswith("\n"):
        return None
    return replace(task, current=current)


def crlf_file(task: Task, change: Change, draw: random.Random) -> Task | None:
    """The file's lines end in CRLF; the model writes LF."""
    return replace(task, ends=("\r\n",)) if task.current and "\n" in task.current else None


def mixed_file(task: Task, change: Change, draw: random.Random) -> Task | None:
    """The file's lines end now in LF, now in CRLF."""
    if not task.current or task.current.count("\n") < 2:
        return None
    return replace(task, ends=tuple(draw.choices(("\n", "\r\n"), k=97)))


DISTURBANCES: Mapping[str, Disturbance] = {
    "stale": stale,
    "twice": twice,
    "no_final_newline": no_final_newline,
    "crlf_file": crlf_file,
    "mixed_file": mixed_file,
}
