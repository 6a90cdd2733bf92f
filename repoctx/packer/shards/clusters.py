"""Join files that belong together into clusters, up to a size.

Kruskal's algorithm (1956) with a bound on what is joined: the strongest link first, and two
clusters become one when they fit. Files that need each other in a circle are joined before all
others. Clusters far smaller than a shard leave little of it unused.
"""

from __future__ import annotations

from collections.abc import Sequence

from repoctx.packer.order import components
from repoctx.packer.shards.links import Files, Links


def clusters_of(files: Files, links: Links, most: int, room: int) -> list[list[int]]:
    """Return every file in one cluster, each cluster sorted, ordered by their first files.

    A cluster has at most ``most`` tokens, a circle of imports at most ``room``; what is larger is
    one file, or a circle that its links divide.
    """
    joined = _Joined(files.sizes)
    for circle in _circles(files):
        if sum(files.sizes[file] for file in circle) <= room:
            for file in circle:
                joined.join(circle[0], file, room)
    for (a, b), _ in sorted(links.items(), key=lambda link: (-link[1], link[0])):
        joined.join(a, b, most)
    members: dict[int, list[int]] = {}
    for file in range(len(files.paths)):
        members.setdefault(joined.home(file), []).append(file)
    return list(members.values())


def _circles(files: Files) -> list[list[int]]:
    needs: list[list[int]] = [[] for _ in files.paths]
    for a, b in files.needs:
        needs[a].append(b)
    return [circle for circle in components(needs) if len(circle) > 1]


class _Joined:
    """Disjoint sets of files with their sizes."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = list(sizes)
        self._above = list(range(len(self._sizes)))

    def home(self, file: int) -> int:
        """Return the file that stands for the whole set."""
        while self._above[file] != file:
            self._above[file] = file = self._above[self._above[file]]
        return file

    def join(self, a: int, b: int, most: int) -> None:
        """Make one set of the two unless it would have more than ``most`` tokens."""
        a, b = self.home(a), self.home(b)
        if a != b and self._sizes[a] + self._sizes[b] <= most:
            self._above[b] = a
            self._sizes[a] += self._sizes[b]
