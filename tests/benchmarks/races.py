"""Writing beside others: an editor saves, or another repoctx applies, at every moment of an apply.

    cd tests/benchmarks; python -m races [--schedules N] [--seed S] [--json]

Each schedule plans an edit of a file, and only then lets another process save that file: after a
random delay that spreads over the whole apply, by renaming a finished file over it (vim, most
tools) or by truncating and writing it in place (VS Code). Whatever the order, the editor's text
must stand at the end: repoctx came first, or refuses. POSIX has no rename that compares first, so
a window of a few microseconds is left; ``lost`` counts how often a schedule hit it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from repoctx.errors import ConflictError
from repoctx.patches.apply import apply
from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.patches.images import read_state


def save(path: Path, way: str, delay: float) -> None:
    """Save a file as an editor does, after a delay in seconds that is spent spinning."""
    finished = path.with_name("saved~")
    finished.write_bytes(b"editor\n")
    end = time.perf_counter() + delay
    while time.perf_counter() < end:
        pass
    if way == "rename":
        os.rename(finished, path)
    else:
        finished.unlink()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(descriptor, b"editor\n")
        os.close(descriptor)


def schedule(folder: Path, way: str, delay: float) -> str:
    """Run one schedule; return how it ended."""
    root = folder / "root"
    root.mkdir(exist_ok=True)
    (root / "f").write_bytes(b"base\n")
    change = FileChange("f", read_state(root, "f"), FileState(b"base\nmodel\n"))
    child = os.fork()
    if child == 0:
        save(root / "f", way, delay)
        os._exit(0)
    try:
        apply(root, ChangeSet((change,)), folder / "state")
        ended = "applied"
    except ConflictError:
        ended = "refused"
    os.waitpid(child, 0)
    left = sorted(os.listdir(root))
    if left != ["f"]:
        return f"leftovers {left}"
    return ended if (root / "f").read_bytes() == b"editor\n" else f"lost ({ended})"


def main() -> int:
    """Run the schedules, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    ended: Counter[str] = Counter()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        began = time.perf_counter()
        for _ in range(20):
            schedule(Path(folder), "rename", 0)
        span = (time.perf_counter() - began) / 20
        for _ in range(options.schedules):
            way = chance.choice(["rename", "in place"])
            ended[f"{way}: {schedule(Path(folder), way, chance.uniform(0, span))}"] += 1
    figures = {"schedules": options.schedules, "ended": dict(sorted(ended.items()))}
    sys.stdout.write((json.dumps(figures) if options.json else str(figures)) + "\n")
    return 1 if any("lost" in name or "leftovers" in name for name in ended) else 0


if __name__ == "__main__":
    sys.exit(main())
