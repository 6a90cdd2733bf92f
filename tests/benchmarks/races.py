"""Writing beside others: an editor saves, and another repoctx applies, at every moment of an apply.

    cd tests/benchmarks; python -m races [--schedules N] [--seed S] [--no-swap] [--json]

Each schedule plans an edit of a file, and only then lets another process save that file, after a
random delay that spreads over the whole apply, in one of the ways in which programs save:

- ``rename``: a finished file is renamed over it (vim, VS Code's atomic save, most tools);
- ``in place``: it is truncated and written (VS Code, nano);
- ``backup``: it is renamed away and a new one is made (emacs, the first save of a buffer);
- ``append``: a line is written to its end, without reading it (a shell's ``>>``, a log).

In every other schedule a second repoctx applies a change of its own to the same file, and both try
again until they are through. Whatever the order: what the editor wrote must stand at the end, every
change applied after it too (with ``append`` every change at all), nothing else may be left in the
folder, and nobody may wait without end. ``lost`` counts what did not hold.

POSIX has no rename that compares first and no lock that editors know. With a swap of names
(Linux, macOS) what came out is looked at; without one (``--no-swap``) a window of some
microseconds is left, and so it is for a program that opened the file before and writes after.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from repoctx.errors import ConflictError
from repoctx.patches import exchange
from repoctx.patches.apply import apply
from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.patches.images import read_state

WAYS = ("rename", "in place", "backup", "append")
PATIENCE = 60
"""Seconds after which a process is taken for one that waits without end."""


def save(path: Path, way: str, delay: float) -> None:
    """Save a file as an editor does, after a delay in seconds that is spent spinning."""
    finished = path.with_name("saved~")
    finished.write_bytes(b"editor\n")
    end = time.perf_counter() + delay
    while time.perf_counter() < end:
        pass
    if way == "rename":
        os.rename(finished, path)
        return
    finished.unlink()
    if way == "backup":
        os.rename(path, path.with_name("f~"))
    flags = {"in place": os.O_TRUNC, "append": os.O_APPEND}.get(way, os.O_EXCL)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o644)
    os.write(descriptor, b"editor\n")
    os.close(descriptor)


def add_line(root: Path, state: Path, line: bytes, planned: FileState | None) -> None:
    """Apply a change that adds a line; when somebody else came first, plan it anew."""
    end = time.monotonic() + PATIENCE  # an editor may be held up while its file has no name
    while time.monotonic() < end:
        try:
            if planned is not None:
                after = FileState(planned.content + line)
                apply(root, ChangeSet((FileChange("f", planned, after),)), state)
                return
        except ConflictError:
            pass
        planned = _now(root)
    raise SystemExit("no try got through")


def _now(root: Path) -> FileState | None:
    """Return the file, None in the moment in which an editor has it renamed away."""
    try:
        return read_state(root, "f")
    except ConflictError:
        return None


def in_child(work: object) -> int:
    """Run the work in a process of its own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(PATIENCE)
            work()  # type: ignore[operator]
            code = 0
        finally:
            os._exit(code)
    return child


def schedule(folder: Path, way: str, delay: float, two: bool) -> str:
    """Run one schedule; return how it ended."""
    root, state = folder / "root", folder / "state"
    root.mkdir(exist_ok=True)
    (root / "f").write_bytes(b"base\n")
    planned = read_state(root, "f")
    children = [in_child(lambda: save(root / "f", way, delay))]
    if two:
        children.append(in_child(lambda: add_line(root, state, b"other\n", planned)))
    ended = "applied"
    try:
        if two:
            add_line(root, state, b"model\n", planned)
        else:
            assert planned is not None
            after = FileState(planned.content + b"model\n")
            apply(root, ChangeSet((FileChange("f", planned, after),)), state)
    except ConflictError:
        ended = "refused"
    codes = [os.waitpid(child, 0)[1] for child in children]
    if any(codes):
        return f"lost: a process did not end well {codes}"
    return _judged(root, way, ended, two)


def _judged(root: Path, way: str, ended: str, two: bool) -> str:
    lines = (root / "f").read_bytes().decode().splitlines()
    (root / "f~").unlink(missing_ok=True)
    if left := sorted(set(os.listdir(root)) - {"f"}):
        return f"lost: leftovers {left}"
    after = lines[lines.index("editor") :] if "editor" in lines else []
    if not after or len(set(lines)) != len(lines):
        return f"lost ({ended}): {lines}"
    written = {"model", "other"} if two else {"model"} if ended == "applied" else set()
    if way == "append" and set(lines) != written | {"base", "editor"}:
        return f"lost ({ended}): {lines}"
    if way != "append" and lines[0] != "editor":
        return f"lost ({ended}): {lines}"
    return ended


def main() -> int:
    """Run the schedules, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-swap", action="store_true", help="as where names cannot be swapped")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.no_swap:
        exchange.swap = lambda *_: False
    chance = random.Random(options.seed)
    ended: Counter[str] = Counter()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        began = time.perf_counter()
        for _ in range(20):
            schedule(Path(folder), "rename", 0, two=False)
        span = (time.perf_counter() - began) / 20
        for number in range(options.schedules):
            way, two = chance.choice(WAYS), number % 2 == 1
            outcome = schedule(Path(folder), way, chance.uniform(0, span * (1 + two)), two)
            ended[f"{way}{', two' if two else ''}: {outcome}"] += 1
    figures = {"schedules": options.schedules, "ended": dict(sorted(ended.items()))}
    lines = [f"{name}: {value}" for name, value in figures.items()]
    sys.stdout.write((json.dumps(figures) if options.json else "\n".join(lines)) + "\n")
    return 1 if any("lost" in name for name in ended) else 0


if __name__ == "__main__":
    sys.exit(main())
