"""Measure search: does the subject of a commit find the files that the commit changed?

    python tests/benchmarks/retrieval.py --repo DIR [--commits 200] [--budget 128000]
        [--state FILE] [--json]

The last commits without merges on the first-parent line are asked about, oldest first. Each is
asked on its parent's tree, with the history up to that parent, so no answer is known beforehand.
What counts are the changed files that exist in that tree; recall@k is the share of them among the
first k. With a budget, the parent's tree is packed for the question: how often are all of those
files there in full, and which share of them is? A state file keeps finished cases, so that a run
that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from repoctx.packer.fulltext import matches, update
from repoctx.packer.index import Index, open_index
from repoctx.packer.manifest import Document
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.rank import activity, relevance
from repoctx.packer.select import Level
from repoctx.packer.walk import Snapshot, walk
from repoctx.packer.words import parse_query
from repoctx.packer.worth import Signals

DEPTHS = (1, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Case:
    parent: str
    subject: str
    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one case shows; ``recall`` is per ranking: at each depth, then hit@10."""

    parent: str
    files: int
    milliseconds: float
    recall: dict[str, list[float]]
    in_full: float | None = None
    """Share of the changed files that the pack shows in full."""
    tokens: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--budget", type=int, help="also pack, within this many tokens")
    parser.add_argument("--state", type=Path, help="a file that keeps finished cases")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = evaluate(options.repo, options.commits, options.budget, options.state)
    sys.stdout.write(json.dumps(result) + "\n" if options.json else _table(result))
    return 0


def evaluate(
    repo: Path, commits: int, budget: int | None = None, state: Path | None = None
) -> dict[str, object]:
    """Return recall and hits for each way of ranking, and what the queries cost."""
    done = {outcome.parent: outcome for outcome in _finished(state)}
    outcomes = []
    with tempfile.TemporaryDirectory() as cache, open_index(Path(cache)) as index:
        for case in _cases(repo, commits):
            outcome = done.get(case.parent) or _outcome(repo, index, case, budget)
            if outcome is None:
                continue
            outcomes.append(outcome)
            if state is not None and case.parent not in done:
                with state.open("a") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
    return {"repository": repo.name, "depths": DEPTHS, "budget": budget, **_summary(outcomes)}


def _finished(state: Path | None) -> Iterator[Outcome]:
    if state is not None and state.exists():
        for line in state.read_text().splitlines():
            yield Outcome(**json.loads(line))


def _outcome(repo: Path, index: Index, case: Case, budget: int | None) -> Outcome | None:
    """Ask about one commit; None when it changed nothing that was there, or says nothing."""
    snapshot = walk(repo, rev=case.parent)
    paths = [file.path for file in snapshot.files]
    wanted = case.changed.intersection(paths)
    if not wanted or not parse_query(case.subject).terms:
        return None
    text = _text_only(snapshot, index, case.subject)  # this call updates the index
    started = time.process_time()
    ranked = relevance(snapshot, index, case.subject, rev=case.parent)
    spent = 1000 * (time.process_time() - started)
    rankings: dict[str, Mapping[str, float]] = {
        "path order": {},
        "text": text,
        "all signals": ranked,
    }
    recall = {name: _recall(paths, scores, wanted) for name, scores in rankings.items()}
    if budget is None:
        return Outcome(case.parent, len(paths), spent, recall)
    lively = activity(snapshot, index, rev=case.parent)
    options = PackOptions(budget=budget, redact=False, signals=lambda: Signals(ranked, lively))
    packed = build_pack(snapshot, index, options)
    snapshot.close()
    shown = {d.path for d in packed.documents if d.level is Level.FULL or _has_no_text(d)}
    in_full = len(wanted & shown) / len(wanted)
    return Outcome(case.parent, len(paths), spent, recall, in_full, packed.tokens)


def _has_no_text(document: Document) -> bool:
    return document.facts is not None and bool(document.facts.note)


def _summary(outcomes: Sequence[Outcome]) -> dict[str, object]:
    count = max(len(outcomes), 1)
    names = outcomes[0].recall if outcomes else ()
    in_full = [o.in_full for o in outcomes if o.in_full is not None]
    return {
        "cases": len(outcomes),
        "files": outcomes[-1].files if outcomes else 0,
        "median_query_ms": round(median(o.milliseconds for o in outcomes), 1) if outcomes else None,
        "rankings": {
            name: [
                round(sum(column) / count, 3)
                for column in zip(*(o.recall[name] for o in outcomes), strict=True)
            ]
            for name in names
        },
        "all_in_full": round(sum(share == 1 for share in in_full) / count, 3) if in_full else None,
        "share_in_full": round(sum(in_full) / count, 3) if in_full else None,
        "most_tokens": max((o.tokens for o in outcomes), default=0),
    }


def _text_only(snapshot: Snapshot, index: Index, question: str) -> dict[str, float]:
    found = matches(index.connection, update(snapshot, index), parse_query(question))
    return {path: match.score for path, match in found.items()}


def _recall(paths: list[str], scores: Mapping[str, float], wanted: frozenset[str]) -> list[float]:
    ranked = sorted(paths, key=lambda path: (-scores.get(path, 0.0), path))
    recall = [len(wanted.intersection(ranked[:depth])) / len(wanted) for depth in DEPTHS]
    return [*recall, float(bool(wanted.intersection(ranked[:10])))]


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
    if result["all_in_full"] is not None:
        lines.append(
            f"budget {result['budget']}: all changed files in full for {result['all_in_full']:.3f}"
            f" of the commits, {result['share_in_full']:.3f} of the files; at most"
            f" {result['most_tokens']} tokens"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
