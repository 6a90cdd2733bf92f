"""Go through a repository's past: the pack of each commit of the main line, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from repoctx.errors import UsageError
from repoctx.git import Repository, find_repository
from repoctx.packer.index import Index
from repoctx.packer.joined import walk_roots
from repoctx.packer.pack import Pack
from repoctx.project import Project


@dataclass(frozen=True, slots=True)
class Moment:
    """The repository after one commit, when a question is asked."""

    commit: str
    pack: Pack


def history(project: Project, limit: int) -> tuple[Repository, list[str]]:
    """Return the repository and its last first-parent commits, at most ``limit``, oldest first.

    Raises UsageError when there is no past to go through.
    """
    if len(project.roots) > 1:
        raise UsageError("several roots have no past in common", "name one of them with -C")
    repository = find_repository(project.root)
    if repository is None:
        raise UsageError(f"{project.root} is not in a git repository, so it has no past")
    commits = repository.first_parents(limit)[::-1]
    if not commits:
        raise UsageError(f"{project.root} has no commit yet", "commit something first")
    return repository, commits


def moments(
    project: Project, index: Index, commits: list[str], budget: int | None
) -> Iterator[Moment]:
    """Yield the pack of each commit; its text can be read as long as the repository is there.

    ``budget`` is the most tokens of a pack; what the index learnt of a blob is not learnt again.
    """
    for commit in commits:
        snapshot = walk_roots(project.roots, rev=commit)
        try:
            pack = project.pack(snapshot, index, rev=commit, budget=budget)
            yield Moment(commit, pack)
        finally:
            snapshot.close()
