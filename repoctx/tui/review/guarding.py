"""What is accepted so far must parse: files are looked at in a thread, after each decision."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from textual.message import Message

from repoctx.patches.review import Review
from repoctx.project import Project


@dataclass
class Looked(Message):
    """What is accepted of a file was parsed."""

    path: str
    line: int | None
    """Where it stops to parse, from 1; None when it parses."""


class Guarding:
    """Files that wait to be looked at, each as the last review leaves it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._waiting: dict[str, Review] = {}
        self._one_at_a_time = threading.Lock()

    def want(self, review: Review, paths: Collection[str]) -> None:
        """Have these files looked at."""
        self._waiting.update((path, review) for path in paths)

    def waits(self, path: str) -> bool:
        """True when a newer look at the file is still to come."""
        return path in self._waiting

    def run(self) -> Iterator[Looked]:
        """Look at what waits; an error of the whole change is not told again, it is a flag."""
        with self._one_at_a_time:
            while self._waiting:
                path, review = self._waiting.popitem()
                yield Looked(path, self._broken(review.only(path)))

    def _broken(self, review: Review) -> int | None:
        known = {change.syntax_error for change in review.changes.files}
        for change in self._project.guarded(review.result()).files:
            if change.syntax_error not in known:
                return change.syntax_error
        return None
