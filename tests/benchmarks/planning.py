"""Plan very large and very repetitive replies; tell the CPU time, and what twice the input takes.

    python -m tests.benchmarks.planning [--case NAME] [--edits N] [--limit SECONDS] [--json]

Each case (``large``) writes files and a reply: 2,000 edits and 5 MB, or a million lines. It is parsed and
planned with N edits and with 2N (files and reply both twice as large), each in a process of its
own. A ratio above 2.6 is a quadratic blow-up; so is a plan that takes 5 seconds. The exit status is
1 when there is either. A case that runs beyond the limit is stopped and told.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply
from tests.benchmarks.large import repetition
from tests.benchmarks.large.cases import CASES, Case

SECONDS = 5.0
RATIO = 2.6
SHORT = 0.3
"""Seconds below which a ratio says nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one case took, of CPU; None when it was stopped."""

    name: str
    reply_mb: float
    parsing: float | None
    planning: float | None
    twice: float | None
    """Seconds for all of twice the input."""
    files: int
    conflicts: int

    @property
    def seconds(self) -> float | None:
        """Parsing and planning."""
        return (
            None if self.parsing is None or self.planning is None else self.parsing + self.planning
        )

    @property
    def ratio(self) -> float | None:
        """How many times as long twice the input takes."""
        return self.twice / max(self.seconds, 1e-6) if self.twice and self.seconds else None

    @property
    def is_quadratic(self) -> bool:
        """True for what must be mended."""
        if self.seconds is None or self.twice is None or self.seconds > SECONDS:
            return True
        return self.twice > SHORT and self.ratio is not None and self.ratio > RATIO


def measure(name: str, edits: int, limit: int) -> Measured:
    """Measure one case, and twice of it."""
    once, twice = (_in_a_child(CASES[name], n, limit) for n in (edits, 2 * edits))
    size, parsing, planning, files, conflicts = once or (0.0, None, None, 0, 0)
    total = twice[1] + twice[2] if twice else None  # type: ignore[operator]
    return Measured(name, size, parsing, planning, total, int(files), int(conflicts))


Numbers = tuple[float, float | None, float | None, float, float]


def _in_a_child(build: Case, n: int, limit: int) -> Numbers | None:
    """Return size, parsing, planning, files, conflicts; None when the limit of CPU was reached."""
    reader, writer = os.pipe()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as top:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
                os.write(writer, json.dumps(_numbers_of(build, n, Path(top))).encode())
                status = 0
            finally:
                os._exit(status)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
    return tuple(json.loads(told)) if told else None


def _numbers_of(build: Case, n: int, root: Path) -> Numbers:
    files, reply = build(n)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode())
    del files
    start = time.process_time()
    parsed = parse_reply(reply)
    middle = time.process_time()
    changes = plan(root, parsed)
    end = time.process_time()
    sizes = len(changes.files), len(changes.conflicts)
    return len(reply) / 1e6, middle - start, end - middle, *sizes


def _rows(measured: Iterator[Measured]) -> Iterator[str]:
    yield f"{'case':44}{'MB':>6}{'parse':>8}{'plan':>8}{'2n':>8}{'ratio':>7}  files, conflicts"
    for row in measured:
        cells = (row.parsing, row.planning, row.twice, row.ratio)
        numbers = "".join(
            f"{'-' if c is None else f'{c:.2f}':>{w}}"
            for c, w in zip(cells, (8, 8, 8, 7), strict=True)
        )
        sign = "  TOO SLOW" if row.is_quadratic else ""
        yield f"{row.name:44}{row.reply_mb:6.1f}{numbers}  {row.files}, {row.conflicts}{sign}"


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--case", action="append", help="those whose name holds this")
    parser.add_argument("--edits", type=int, default=repetition.EDITS)
    parser.add_argument("--limit", type=int, default=60, help="seconds of CPU for a case")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = [name for name in CASES if not options.case or any(c in name for c in options.case)]
    done: list[Measured] = []

    def measured() -> Iterator[Measured]:
        for name in wanted:
            done.append(measure(name, options.edits, options.limit))
            yield done[-1]

    for line in _rows(measured()):
        if not options.json:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    if options.json:
        sys.stdout.write(json.dumps([asdict(row) for row in done], indent=2) + "\n")
    return int(any(row.is_quadratic for row in done))


if __name__ == "__main__":
    sys.exit(main())
