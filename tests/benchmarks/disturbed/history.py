"""Real changes: the text files of a repository's commits, before and after, with earlier versions.

Nothing is checked out: one ``git log`` names the blobs and one ``git cat-file`` gives them.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_POOL = 4_000
"""Commits, the newest, from which some are drawn."""
_LARGEST = 200_000
"""Characters of a file; a model is hardly asked to edit a larger one."""
_MOST_FILES = 3
_OLDEST = 6
"""Earlier versions of a file that are looked at."""
_NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Change:
    """One file in one commit. Lines end in ``\\n`` and none holds a carriage return."""

    path: str
    """Before the commit; after it for a new file."""
    new_path: str
    before: str | None
    after: str | None
    earlier: tuple[str, ...] = ()
    """What the file held before that, the youngest first."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """A line of ``git log --raw``: names of files and blobs."""

    path: str
    new_path: str
    old: str
    new: str


def commits(repo: Path, count: int, draw: random.Random) -> Iterator[tuple[str, list[Change]]]:
    """Yield some commits, each with at most three of the text files that it changes."""
    log = list(_log(repo))
    made_from = {(raw.new_path, raw.new): raw for _, raws in log for raw in raws}
    draw.shuffle(log)
    with _Blobs(repo) as blobs:
        found = 0
        for commit, raws in log:
            if found == count:
                return
            chosen = draw.sample(raws, min(len(raws), 2 * _MOST_FILES))
            changes = [_change(raw, blobs, made_from) for raw in chosen]
            if usable := [change for change in changes if change][:_MOST_FILES]:
                found += 1
                yield commit, usable


def _log(repo: Path) -> Iterator[tuple[str, list[_Raw]]]:
    arguments = (
        "log",
        "--no-merges",
        "-M",
        "-l200",
        "--raw",
        "--no-abbrev",
        "-z",
        "--format=%x01%H",
    )
    command = ("git", "-C", str(repo), *arguments, f"-n{_POOL}")
    output = os.fsdecode(subprocess.run(command, check=True, capture_output=True).stdout)
    for text in output.split("\x01")[1:]:
        commit, *fields = [field.strip("\n") for field in text.split("\0")]
        raws = list(_raws([field for field in fields if field]))
        if raws:
            yield commit, raws


def _raws(fields: Sequence[str]) -> Iterator[_Raw]:
    at = 0
    while at < len(fields):
        old_mode, new_mode, old, new, status = fields[at].lstrip(":").split(" ")
        names = fields[at + 1 : at + 2 + (status[0] in "RC")]
        at += 1 + len(names)
        plain = ("000000", "100644", "100755")
        if old_mode in plain and new_mode in plain and status[0] in "AMDR":
            yield _Raw(names[0], names[-1], old, new)


def _change(raw: _Raw, blobs: _Blobs, made_from: dict[tuple[str, str], _Raw]) -> Change | None:
    before = blobs.text(raw.old)
    after = blobs.text(raw.new)
    if (before is None and raw.old != _NOTHING) or (after is None and raw.new != _NOTHING):
        return None
    if before == after and raw.path == raw.new_path:
        return None
    earlier: list[str] = []
    last = raw
    while len(earlier) < _OLDEST and (found := made_from.get((last.path, last.old))):
        last = found
        text = blobs.text(last.old)
        if text is None:
            break
        earlier.append(text)
    return Change(raw.path, raw.new_path, before, after, tuple(earlier))


class _Blobs:
    """The blobs of a repository by their ids."""

    def __init__(self, repo: Path) -> None:
        self._git = subprocess.Popen(
            ("git", "-C", str(repo), "cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> _Blobs:
        return self

    def __exit__(self, *_: object) -> None:
        self._git.communicate()

    def text(self, blob: str) -> str | None:
        """Return the text; None when there is none that a model would be asked to edit."""
        if blob == _NOTHING:
            return None
        content = self._read(blob)
        if len(content) > _LARGEST or b"\0" in content or b"\r" in content:
            return None
        try:
            return content.decode()
        except UnicodeDecodeError:
            return None

    def _read(self, blob: str) -> bytes:
        asked, given = _pipe(self._git.stdin), _pipe(self._git.stdout)
        asked.write(blob.encode() + b"\n")
        asked.flush()
        size = int(given.readline().split()[2])
        return given.read(size + 1)[:size]


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
