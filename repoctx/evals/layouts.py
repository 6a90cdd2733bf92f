"""Orders in which a whole repository can be sent anew with each question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from repoctx.git import Repository
from repoctx.packer.manifest import Document

_RECENT = 100  # commits: what repomix looks at
_FAR_BACK = 10_000  # commits: a file that none of them touched counts as old


class Layout(Protocol):
    """Puts the documents of a commit in order."""

    def order(self, commit: str, documents: Sequence[Document]) -> list[Document]:
        """Return the documents in the order in which they are sent."""


class PathOrder:
    """By path, as most packers do."""

    def order(self, commit: str, documents: Sequence[Document]) -> list[Document]:
        """Return the documents by path."""
        return sorted(documents, key=lambda document: document.path)


class DependencyOrder:
    """What a file needs stands before it: the pack as it is."""

    def order(self, commit: str, documents: Sequence[Document]) -> list[Document]:
        """Return the documents as they come."""
        return list(documents)


class MostChangedLast:
    """By the number of recent commits that changed the file, counted again for each question."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._changed: dict[str, frozenset[str]] = {}

    def order(self, commit: str, documents: Sequence[Document]) -> list[Document]:
        """Return the documents by recent changes, then path."""
        for each in self._repository.commits(_RECENT, commit, known=self._changed):
            self._changed[each.id] = frozenset(each.paths)
        recent = self._repository.ancestors(_RECENT, commit)
        changes = Counter(path for id in recent for path in self._changed[id])
        return sorted(documents, key=lambda document: (changes[document.path], document.path))


class OldestTouchedFirst:
    """By the last change before the first question, frozen; new files at the end."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._places: dict[str, int] = {}

    def order(self, commit: str, documents: Sequence[Document]) -> list[Document]:
        """Return the documents in the places that their paths got when they were seen first."""
        if not self._places:
            self._freeze(commit, documents)
        for document in documents:
            self._places.setdefault(document.path, len(self._places))
        return sorted(documents, key=lambda document: self._places[document.path])

    def _freeze(self, commit: str, documents: Sequence[Document]) -> None:
        ages: dict[str, int] = {}
        for age, each in enumerate(self._repository.commits(_FAR_BACK, commit)):
            for path in each.paths:
                ages.setdefault(path, age)
        by_age = sorted((-ages.get(d.path, _FAR_BACK), d.path) for d in documents)
        self._places = {path: place for place, (_, path) in enumerate(by_age)}


def layouts(repository: Repository) -> dict[str, Layout]:
    """Return the orders by name."""
    return {
        "path": PathOrder(),
        "most-changed-last": MostChangedLast(repository),
        "oldest-touched-first": OldestTouchedFirst(repository),
        "dependency": DependencyOrder(),
    }
