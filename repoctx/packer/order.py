"""Put files in reading order: what a file needs stands before it.

Front matter comes first: the root's README and manifests say what the repository is and what it is
made of. Prose follows, for concepts help to read code. The rest, with data beside the code of its
folder, is as close to the order of folders as the imports allow. Tests need what they test, so
they come late by themselves.

Files that import each other in a circle (a strongly connected component) stay together; inside,
the file with the fewest unread needs is next, and a lazy need weighs less than any other.

Plain Python rather than rustworkx, by measurement: components of 929 files and 5,260 imports take
1.5 ms here, where importing rustworkx takes 13 ms of CPU before its first call (0.9 ms). It wins
from about 13,000 files and 300,000 imports (0.21 s here, 0.13 s there) and would bring numpy into
every installation. The whole order of 100,000 files with 300,000 imports takes 1.7 s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from repoctx.packer.graph import ImportGraph

IsLazy: TypeAlias = Callable[[int, int], bool]
"""Whether the need of the first file for the second gives way in a circle."""

_MANIFEST_NAMES = """
    pyproject.toml setup.py setup.cfg package.json cargo.toml go.mod go.work pom.xml build.gradle
    build.gradle.kts settings.gradle settings.gradle.kts composer.json gemfile build.sbt
    cmakelists.txt meson.build makefile tsconfig.json requirements.txt dockerfile
"""
_MANIFESTS = frozenset(_MANIFEST_NAMES.split())
_PROSE = (".md", ".markdown", ".rst", ".adoc", ".asciidoc", ".org")


def ordered_paths(graph: ImportGraph) -> list[str]:
    """Return every path once, in reading order.

    For an edge from a to b in another component, b stands before a. Ties go to the smaller folder,
    then path. The order depends on the graph only, not on how its paths or edges are listed.
    """
    by_rank = _by_rank(graph.paths)
    rank = [0] * len(by_rank)
    for place, file in enumerate(by_rank):
        rank[file] = place
    needs: list[list[int]] = [[] for _ in by_rank]  # named by rank, as all below
    for a, b in graph.edges:
        needs[rank[a]].append(rank[b])

    def is_lazy(a: int, b: int) -> bool:
        return (by_rank[a], by_rank[b]) in graph.lazy

    return [graph.paths[by_rank[file]] for file in _dependencies_first(needs, is_lazy)]


def _by_rank(paths: Sequence[str]) -> list[int]:
    """Return the positions of the paths in the order that holds where no import decides."""
    keys = [_key(path) for path in paths]
    return sorted(range(len(paths)), key=keys.__getitem__)


def _key(path: str) -> tuple[int, str, str]:
    """A folder's files stand before its folders': NUL, in no path, sorts before every character."""
    folder, _, name = path.rpartition("/")
    return _part(folder, name.lower()), folder.replace("/", "\0"), name


def _part(folder: str, name: str) -> int:
    if not folder and name.startswith("readme"):
        return 0
    if not folder and name in _MANIFESTS:
        return 1
    return 2 if name.endswith(_PROSE) else 3


def _dependencies_first(needs: Sequence[Sequence[int]], is_lazy: IsLazy) -> list[int]:
    """Return the files, component after component."""
    members = {min(component): component for component in components(needs)}
    home = [0] * len(needs)  # a component is named by its smallest member: ties go by that
    for name, component in members.items():
        for file in component:
            home[file] = name
    outside = {  # in tuples, for an empty set takes 216 bytes
        name: tuple({home[need] for file in component for need in needs[file]} - {name})
        for name, component in members.items()
    }
    ordered: list[int] = []
    for name in _topological(outside):
        circle = members[name]
        ordered += circle if len(circle) == 1 else _fewest_needs_first(circle, needs, is_lazy)
    return ordered


def components(needs: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the strongly connected components (Tarjan, 1972, without recursion)."""
    size = len(needs)
    unseen = [len(of_file) for of_file in needs]
    met = [0] * size
    """When each file was first met, counted from 1; ``size + 1`` once its component is known."""
    earliest = [0] * size
    """The earliest file met that each file leads to."""
    clock = 0
    unassigned: list[int] = []
    components: list[list[int]] = []
    for root in range(size):
        trail = [] if met[root] else [root]
        while trail:
            file = trail[-1]
            if not met[file]:
                clock += 1
                met[file] = earliest[file] = clock
                unassigned.append(file)
            if unseen[file]:
                unseen[file] -= 1
                need = needs[file][unseen[file]]
                if not met[need]:
                    trail.append(need)
                elif met[need] < earliest[file]:
                    earliest[file] = met[need]
                continue
            trail.pop()
            if earliest[file] == met[file]:
                components.append(_take_down_to(file, unassigned))
                for member in components[-1]:
                    met[member] = size + 1
            elif earliest[file] < earliest[trail[-1]]:
                earliest[trail[-1]] = earliest[file]
    return components


def _take_down_to(file: int, stack: list[int]) -> list[int]:
    taken = [stack.pop()]
    while taken[-1] != file:
        taken.append(stack.pop())
    return taken


def _topological(needs: Mapping[int, Collection[int]]) -> list[int]:
    """Return the nodes of a graph without circles, needs first, the smallest first (Kahn, 1962)."""
    unread = {node: len(of_node) for node, of_node in needs.items()}
    needed_by: dict[int, list[int]] = {}
    for node, of_node in needs.items():
        for need in of_node:
            needed_by.setdefault(need, []).append(node)
    ready = [node for node, count in unread.items() if not count]
    heapify(ready)
    ordered: list[int] = []
    while ready:
        node = heappop(ready)
        ordered.append(node)
        for other in needed_by.get(node, ()):
            unread[other] -= 1
            if not unread[other]:
                heappush(ready, other)
    return ordered


def _fewest_needs_first(
    files: Sequence[int], needs: Sequence[Sequence[int]], is_lazy: IsLazy
) -> list[int]:
    """Return the files so that each has the fewest unread needs of those left; ties by rank.

    If the eager edges alone have no circle, their order is topological. A heap entry is one
    number, ``(eager needs * files + lazy needs) * ranks + rank``.
    """
    ranks = max(files) + 1
    entry = {file: file for file in files}
    needed_by: dict[int, list[tuple[int, int]]] = {file: [] for file in files}
    for file in files:
        for need in needs[file]:
            if need in entry:
                weight = ranks if is_lazy(file, need) else ranks * len(files)
                entry[file] += weight
                needed_by[need].append((file, weight))
    heap = list(entry.values())
    heapify(heap)
    ordered: list[int] = []
    while heap:
        number = heappop(heap)
        file = number % ranks
        if entry.get(file) != number:  # read already, or a newer entry holds its count
            continue
        ordered.append(file)
        del entry[file]
        for other, weight in needed_by[file]:
            if other in entry:
                entry[other] -= weight
                heappush(heap, entry[other])
    return ordered
