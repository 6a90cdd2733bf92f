"""Fill shards with clusters, one shard after the other.

A shard grows from the largest cluster that is left by the one that is tied to it most and still
fits (greedy graph growing: Karypis and Kumar, 1998), and is closed when none fits. So whatever
stands in a later shard did not fit into an earlier one: there are at most twice as many shards as
the best division has (any-fit bin packing: Johnson, 1974), and with clusters of a quarter of a
shard every one but the last is three quarters full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from repoctx.packer.shards.links import Files, Links


def grown(files: Files, links: Links, clusters: Sequence[list[int]], room: int) -> list[list[int]]:
    """Return the clusters put together so that each shard has at most ``room`` tokens.

    A cluster that is larger has a shard to itself. Every shard is sorted.
    """
    sizes = [sum(files.sizes[file] for file in cluster) for cluster in clusters]
    ties = _ties(clusters, links)
    left = dict.fromkeys(range(len(clusters)))
    shards = []
    while left:
        chosen = _grow(left, sizes, ties, room)
        shards.append(sorted(file for cluster in chosen for file in clusters[cluster]))
    return shards


def _grow(
    left: dict[int, None], sizes: Sequence[int], ties: Sequence[Mapping[int, float]], room: int
) -> list[int]:
    """Take the clusters of one shard out of ``left``."""
    chosen: list[int] = []
    pull: dict[int, float] = defaultdict(float)
    best: int | None = max(left, key=lambda cluster: (sizes[cluster], -cluster))
    while best is not None:
        del left[best]
        chosen.append(best)
        room -= sizes[best]
        for other, strength in ties[best].items():
            pull[other] += strength
        fitting = (cluster for cluster in left if sizes[cluster] <= room)
        best = max(fitting, key=lambda c: (pull.get(c, 0.0), -c), default=None)
    return chosen


def _ties(clusters: Sequence[list[int]], links: Links) -> list[dict[int, float]]:
    """Return for each cluster the strength of its links to each other one."""
    home = {file: number for number, cluster in enumerate(clusters) for file in cluster}
    ties: list[dict[int, float]] = [defaultdict(float) for _ in clusters]
    for (a, b), strength in links.items():
        if home[a] != home[b]:
            ties[home[a]][home[b]] += strength
            ties[home[b]][home[a]] += strength
    return ties
