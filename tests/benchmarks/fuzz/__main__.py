"""Fuzz the reading of replies, guided by coverage; what breaks a promise is kept with its input.

    cd tests/benchmarks; python -m fuzz --target NAME --seconds N [--corpus DIR] [--json]
    cd tests/benchmarks; python -m fuzz --all --seconds N       each target for N seconds
    cd tests/benchmarks; python -m fuzz --hypothesis SECONDS    the suite's laws, many more examples

Needs atheris, which is no dependency: ``pip install atheris`` (``--hypothesis`` does not). Each
target runs in a process of its own. Inputs grow up to 64 KiB from a corpus of samples, by a
dictionary of the markers and by mutations that know lines. A finding is an exception that is not
documented, more than a second of CPU for one input, or a broken promise (``targets``); the
smallest input of each kind is kept in the findings folder. The exit status is 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from .seeds import LARGEST, write_corpus, write_dictionary

NAMES = (
    *("search_replace", "unified_diff", "git_diff", "patch_envelope", "whole_file", "json_edits"),
    *("binary", "reply", "chunks", "plan"),
)
_STATUS = re.compile(r"^#(\d+)\s.*?\bcov: (\d+) ft: (\d+) corp: (\d+)", re.M)
_STARTS = 5
"""Times that a target is started again after it ended its process."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of one target."""

    target: str
    seconds: float
    executions: int
    coverage: int
    """Counters of the instrumented code that were reached."""
    features: int
    """The same, told apart by how often each was reached."""
    corpus: int
    """Inputs that reached something new."""
    findings: tuple[str, ...]
    """The files of the inputs that broke a promise."""

    @property
    def rate(self) -> float:
        """Executions a second."""
        return self.executions / max(self.seconds, 0.001)


def fuzz(target: str, seconds: int, corpus: Path, findings: Path) -> Fuzzed:
    """Fuzz one target; when it ends its process, start again for the time that is left."""
    write_corpus(corpus)
    findings.mkdir(parents=True, exist_ok=True)
    write_dictionary(findings / "dictionary")
    start = time.monotonic()
    executions, status = 0, (0, 0, 0)
    for _ in range(_STARTS):
        left = round(seconds - (time.monotonic() - start))
        if left < 1:
            break
        said = _run(target, left, corpus, findings)
        if seen := _STATUS.findall(said):
            executions += int(seen[-1][0])
            coverage, features, inputs = map(int, seen[-1][1:])
            status = (coverage, features, inputs)
        else:
            (findings / "output.txt").write_text(said, "utf-8")
            raise SystemExit(f"{target} did not start; see {findings / 'output.txt'}")
    kept = sorted(str(p) for p in findings.iterdir() if p.suffix == "" and p.name != "dictionary")
    return Fuzzed(target, time.monotonic() - start, executions, *status, tuple(kept))


def _run(target: str, seconds: int, corpus: Path, findings: Path) -> str:
    command = [sys.executable, "-m", "fuzz.child", target, str(findings)]
    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={LARGEST}",
        f"-dict={findings / 'dictionary'}",
        f"-artifact_prefix={findings}/",
        "-timeout=20",
        "-len_control=400",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        "-verbosity=1",
        str(corpus),
    ]
    folder = Path(__file__).parents[1]
    done = subprocess.run([*command, *flags], cwd=folder, capture_output=True, check=False)
    return done.stderr.decode("utf-8", "replace")


def main() -> int:
    """Fuzz what is asked for and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--target", action="append", choices=NAMES, default=[])
    parser.add_argument("--all", action="store_true", help="each target in turn")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what was found to be new")
    parser.add_argument("--findings", type=Path, help="a folder for the inputs that break promises")
    parser.add_argument("--hypothesis", type=int, metavar="SECONDS", help="run the suite's laws")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.hypothesis:
        from .laws import run

        return run(options.hypothesis)
    if not find_spec("atheris"):
        sys.stderr.write("the fuzzer needs atheris: pip install atheris\n")
        return 2
    kept = options.findings or Path(tempfile.mkdtemp(prefix="repoctx-fuzz-"))
    corpus = options.corpus or kept / "corpus"
    rows = []
    for name in NAMES if options.all else options.target:
        rows.append(fuzz(name, options.seconds, corpus / name, kept / name))
        if not options.json:
            sys.stdout.write(_text(rows[-1:], heading=len(rows) == 1))
            sys.stdout.flush()
    if options.json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    return int(any(row.findings for row in rows))


def _text(rows: Sequence[Fuzzed], *, heading: bool) -> str:
    columns = ("target", "seconds", "executions", "per second", "coverage", "features", "corpus")
    lines = ["".join(f"{name:>15}" for name in columns) + "  findings"] if heading else []
    for row in rows:
        numbers = (row.executions, round(row.rate), row.coverage, row.features, row.corpus)
        cells = (row.target, round(row.seconds), *numbers)
        lines.append("".join(f"{cell:>15}" for cell in cells) + f"  {len(row.findings)}")
        lines += [f"    {path}" for path in row.findings]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
