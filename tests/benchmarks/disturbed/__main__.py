"""Run the cases of some repositories and report; see the package's docstring."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import __doc__ as description
from .cases import Case
from .history import commits
from .making import cases_of
from .verdicts import Verdict, judge

OUTCOMES = ("correct", "refused", "literal", "wrong")


def main() -> int:
    """Report; exit status 1 when an edit is wrong."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repo", type=Path, action="append", required=True)
    parser.add_argument("--commits", type=int, default=100, help="of each repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--failures", action="store_true", help="tell each wrong one")
    parser.add_argument("--refusals", help="tell the refusals of this disturbance, or of 'none'")
    options = parser.parse_args()
    start = time.perf_counter()
    verdicts = list(_verdicts(options.repo, options.commits, options.seed))
    report = summary(verdicts)
    report["seconds"] = round(time.perf_counter() - start, 1)
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if options.json else table(report))
    told = [v for v in verdicts if options.failures and v.outcome in ("wrong", "literal")]
    wanted = (options.refusals,) if options.refusals not in (None, "none") else ()
    if options.refusals:
        told += [v for v in verdicts if v.outcome == "refused" and v.case.disturbances == wanted]
    for verdict in told:
        sys.stdout.write(_told(verdict))
    return int(any(verdict.outcome == "wrong" for verdict in verdicts))


def _verdicts(repos: Sequence[Path], count: int, seed: int) -> Iterator[Verdict]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for case in _cases(repos, count, seed):
            yield judge(case, Path(folder))


def _cases(repos: Sequence[Path], count: int, seed: int) -> Iterator[Case]:
    for repo in repos:
        draw = random.Random(f"{seed} {repo.name}")
        for commit, changes in commits(repo, count, draw):
            yield from cases_of(f"{repo.name}:{commit}", changes, draw)


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the counts by format and by disturbance; a doubly disturbed case counts under both."""
    formats: dict[str, Counter[str]] = {}
    disturbances: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        case = verdict.case
        names = case.disturbances or ("none",)
        if len(names) > 1:
            names = tuple(f"{name} +" for name in names)
        for name in names:
            disturbances.setdefault(name, Counter())[verdict.outcome] += 1
        formats.setdefault(case.format, Counter())[verdict.outcome] += 1
    total = Counter(verdict.outcome for verdict in verdicts)
    return {
        "formats": {name: dict(c) for name, c in formats.items()},
        "disturbances": {name: dict(c) for name, c in sorted(disturbances.items())},
        "all": dict(total),
    }


def table(report: dict[str, Any]) -> str:
    """Return the report as text."""
    rows = [f"{'':22}{'cases':>8}" + "".join(f"{o:>9}" for o in OUTCOMES) + f"{'correct':>10}"]
    for part in ("formats", "disturbances"):
        rows += [_row(name, counts) for name, counts in report[part].items()] + [""]
    rows.append(_row("all", report["all"]))
    return "\n".join([*rows, f"{report['seconds']} s", ""])


def _row(name: str, counts: dict[str, int]) -> str:
    total = sum(counts.values())
    numbers = "".join(f"{counts.get(outcome, 0):9}" for outcome in OUTCOMES)
    return f"{name:22}{total:8}{numbers}{counts.get('correct', 0) / max(total, 1):10.1%}"


def _told(verdict: Verdict) -> str:
    case = verdict.case
    what = f"{case.format}, {' and '.join(case.disturbances) or 'undisturbed'}, cut {case.cut}"
    return (
        f"\n=== {verdict.outcome}: {case.name}, {what}\n{verdict.why[:3000]}\n"
        f"--- reply\n{case.reply[:4000]}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
