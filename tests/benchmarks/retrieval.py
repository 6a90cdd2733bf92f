"""Measure search: does the subject of a commit find the files that the commit changed?

    python tests/benchmarks/retrieval.py --repo DIR [--commits 200] [--json]

The last commits without merges on the first-parent line are asked about, oldest first. Each is
asked on its parent's tree, with the history up to that parent, so no answer is known beforehand.
What counts are the changed files that exist in that tree; recall@k is the share of them among the
first k.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repoctx.packer.fulltext import matches, update
from repoctx.packer.index import Index, open_index
from repoctx.packer.rank import relevance
from repoctx.packer.walk import Snapshot, walk
from repoctx.packer.words import parse_query

DEPTHS = (1, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Case:
    parent: str
    subject: str
    changed: frozenset[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = evaluate(options.repo, options.commits)
    sys.stdout.write(json.dumps(result) + "\n" if options.json else _table(result))
    return 0


def evaluate(repo: Path, commits: int) -> dict[str, object]:
    """Return recall and hits for each way of ranking, and what the queries cost."""
    sums = {name: [0.0] * (len(DEPTHS) + 1) for name in ("path order", "text", "all signals")}
    count, seconds, files = 0, [], 0
    with tempfile.TemporaryDirectory() as cache, open_index(Path(cache)) as index:
        for case in _cases(repo, commits):
            snapshot = walk(repo, rev=case.parent)
            paths = [file.path for file in snapshot.files]
            wanted = case.changed.intersection(paths)
            if not wanted or not parse_query(case.subject).terms:
                continue
            text = _text_only(snapshot, index, case.subject)  # this call updates the index
            started = time.process_time()
            ranked = relevance(snapshot, index, case.subject, rev=case.parent)
            seconds.append(time.process_time() - started)
            for name, scores in (("path order", {}), ("text", text), ("all signals", ranked)):
                _add(sums[name], paths, scores, wanted)
            count, files = count + 1, len(paths)
    return {
        "repository": repo.name,
        "cases": count,
        "files": files,
        "depths": DEPTHS,
        "median_query_ms": round(1000 * sorted(seconds)[count // 2], 1) if count else None,
        "rankings": {
            n: [round(v / max(count, 1), 3) for v in values] for n, values in sums.items()
        },
    }


def _text_only(snapshot: Snapshot, index: Index, question: str) -> dict[str, float]:
    found = matches(index.connection, update(snapshot, index), parse_query(question))
    return {path: match.score for path, match in found.items()}


def _add(
    sums: list[float], paths: list[str], scores: Mapping[str, float], wanted: frozenset[str]
) -> None:
    ranked = sorted(paths, key=lambda path: (-scores.get(path, 0.0), path))
    for place, depth in enumerate(DEPTHS):
        sums[place] += len(wanted.intersection(ranked[:depth])) / len(wanted)
    sums[-1] += bool(wanted.intersection(ranked[:10]))


def _cases(repo: Path, count: int) -> Iterator[Case]:
    log = _git(repo, "log", "--first-parent", "--no-merges", f"-n{count}", "--format=%H %P%x09%s")
    for line in reversed(log.splitlines()):
        ids, _, subject = line.partition("\t")
        commit, _, parent = ids.partition(" ")
        if parent:
            names = _git(
                repo, "diff-tree", "-r", "-z", "--no-renames", "--name-only", parent, commit
            )
            yield Case(parent, subject, frozenset(names.split("\0")) - {""})


def _git(repo: Path, *arguments: str) -> str:
    command = ("git", "-C", str(repo), *arguments)
    return os.fsdecode(subprocess.run(command, check=True, capture_output=True).stdout)


def _table(result: Mapping[str, object]) -> str:
    rankings = result["rankings"]
    assert isinstance(rankings, dict)
    head = "".join(f"{f'r@{depth}':>8}" for depth in DEPTHS) + f"{'hit@10':>8}"
    lines = [
        f"{result['repository']}: {result['cases']} commits, {result['files']} files, "
        f"median query {result['median_query_ms']} ms CPU",
        f"{'':14}{head}",
        *(f"{name:14}" + "".join(f"{v:8.3f}" for v in row) for name, row in rankings.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
