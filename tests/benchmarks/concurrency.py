"""Measure what asking several parts at once gains, as ratios of wall time in one run.

    python tests/benchmarks/concurrency.py [--files 160] [--seconds-per-token 0.0002]

A repository in a temporary folder is asked with ``--whole`` at ``--concurrency`` 1, 2, 4 and 8, of
``examples/serving/loopback.py`` with eight workers that take a fixed time a token. Each row has a
server of its own, so nothing is cached at the first question; the second is asked of the same
server after one edit. ``best`` is what the parts alone would gain if our own work took no time:
with n parts, n / ceil(n / concurrency).
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from repoctx.events import Estimated, Failed
from repoctx.session import Question, open_session

WORKERS = 8
BUDGET = 12_000  # tokens of a part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=160)
    parser.add_argument("--seconds-per-token", type=float, default=0.0002)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("CACHE", "STATE", "CONFIG"):
            os.environ[f"XDG_{name}_HOME"] = f"{folder}/{name}"
        root = Path(folder, "repository")
        write(root, options.files)
        measured(root, 0.0, 8)  # the index is warm for every row
        rows = {many: measured(root, options.seconds_per_token, many) for many in (1, 2, 4, 8)}
    _, _, calls = rows[1]
    _say(f"{calls - 1} parts and a merging call; {WORKERS} workers")
    _say("concurrency   first (s)   gain   best   after an edit (s)   share of the first")
    for many, (first, second, _) in rows.items():
        best = (calls - 1) / math.ceil((calls - 1) / many)
        _say(
            f"{many:>11} {first:>11.2f} {rows[1][0] / first:>6.2f} {best:>6.2f}"
            f" {second:>19.2f} {second / first:>20.2f}"
        )


def measured(root: Path, seconds: float, many: int) -> tuple[float, float, int]:
    """Return the seconds of a first and a second question of one server, and the calls of each."""
    with _stand_in().Server(0, WORKERS, seconds) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        first, calls = timed(root, server.url, many)
        edited = root / "part0/m0.py"
        edited.write_text(edited.read_text() + f"# at {many}\n")
        second, _ = timed(root, server.url, many)
        server.shutdown()
    return first, second, calls


def timed(root: Path, url: str, many: int) -> tuple[float, int]:
    session = open_session(root, base_url=url, model="own", budget=BUDGET, concurrency=many)
    began, calls = time.monotonic(), 0
    for event in session.ask(Question("what does it do?", whole=True)):
        if isinstance(event, Estimated):
            calls = event.calls
        if isinstance(event, Failed):
            sys.exit(event.message)
    return time.monotonic() - began, calls


def _stand_in() -> Any:
    file = Path(__file__).parents[2] / "examples/serving/loopback.py"
    spec = importlib.util.spec_from_file_location("loopback", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write(root: Path, files: int) -> None:
    for number in range(files):
        path = root / f"part{number % 10}/m{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (f"def f{number}_{n}(x):\n    return x + {n}\n" for n in range(60))
        path.write_text("".join(lines))


if __name__ == "__main__":
    main()
