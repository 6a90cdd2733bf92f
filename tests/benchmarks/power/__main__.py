"""Power loss: drop what was not yet durable; after recovery the tree must be old or new.

    cd tests/benchmarks; python -m power [--states N] [--seed S] [--json]

A kill leaves the page cache intact, so it does not show a missing fsync. Here a child process
records every call that changes files while it applies a change of eight files, undoes it, or
recovers: from an apply that died half-way, or from one that lost power ("again"). The calls are then replayed on a model disk up to any point, and
what no fsync covers is kept or lost at random:

- a file's bytes and mode are safe up to its last fsync; of later writes any beginning survives,
  each page of it possibly as zeros (the length was recorded, the data was not);
- a name (create, rename, link, unlink, mkdir, rmdir) is safe once its folder was fsynced; before,
  any subset may survive ("any order"), or any beginning ("journal order"); a rename is one step.

Each state is written out and recovered by a fresh process. Linux only: it reads /proc/self/fd.
The exit status is 1 when a state ends neither old nor new.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from repoctx.patches.apply import apply, recover
from repoctx.patches.edits import EXECUTABLE, SYMLINK, ChangeSet, FileChange, FileState
from repoctx.patches.history import undo

from .disk import Disk
from .recorder import recorded

View = dict[str, tuple[int, bytes]]


def build(root: Path) -> ChangeSet:
    """Make the old tree and return the change."""
    contents = {
        "a": b"a\n" * 30,
        "b": b"b\n",
        "old/gone": b"gone\n",
        "from": b"f\n",
        "run": b"#!\n",
        "pages": bytes(range(256)) * 48,
    }
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    old = {path: FileState(content) for path, content in contents.items()}
    return ChangeSet(
        (
            FileChange("a", old["a"], FileState(b"A\n" * 40)),
            FileChange("b", old["b"], FileState(b"B\n")),
            FileChange("new/deep/er", None, FileState(b"new\n")),
            FileChange("old/gone", old["old/gone"], None),
            FileChange("lib/to", old["from"], FileState(b"F\n"), "from"),
            FileChange("run", old["run"], FileState(b"#!\n", EXECUTABLE)),
            FileChange("pages", old["pages"], FileState(bytes(range(1, 256)) * 50)),
            FileChange("new/link", None, FileState(b"../a", SYMLINK)),
        )
    )


def view(root: Path) -> View:
    """Every path beneath the root with its mode and content."""
    return {
        str(path.relative_to(root)): (path.lstat().st_mode, _content(path))
        for path in root.rglob("*")
    }


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""


def broken(folder: Path, state: Path, root: Path, allowed: list[View]) -> str:
    """Recover in a fresh process; return which promise broke, or ``""``."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            recover(root, state)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is a finding
            (folder / "error").write_text(repr(error))
        os._exit(0)
    os.waitpid(child, 0)
    if (folder / "error").exists():
        return (folder / "error").read_text()
    if view(root) not in allowed:
        return "mixed tree or leftovers"
    left = [path.name for path in state.glob("tx*")] + [path.name for path in state.glob("kept*")]
    return f"leftovers in the state folder: {left}" if left else ""


def prepared(top: Path, operation: str) -> tuple[Callable[[], object], list[View]]:
    """Make the tree before an operation; return the operation and the views that may follow it."""
    root, state = top / "root", top / "state"
    root.mkdir(parents=True)
    state.mkdir()
    changes = build(root)
    allowed = [view(root)]
    if operation == "apply":
        return lambda: apply(root, changes, state), allowed
    if operation == "undo":
        apply(root, changes, state)
        return lambda: undo(root, state), [view(root)]
    if os.fork() == 0:  # an apply that dies between two renames

        def die(*_: Any, **__: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        os.link = die
        try:
            apply(root, changes, state)
        finally:
            os._exit(1)
    assert os.WIFSIGNALED(os.wait()[1])
    return lambda: recover(root, state), allowed


def sweep(folder: Path, operation: str, states: int, seed: int) -> list[str]:
    """Try so many states, evenly over the points of the run; return the broken promises."""
    top = folder / operation
    work, allowed = prepared(top, operation)
    disk = Disk(top)
    calls = recorded(work, folder / "calls")
    end = view(top / "root")
    chance = random.Random(seed)
    points = sorted(itertools.islice(itertools.cycle(range(len(calls) + 1)), states))
    problems = []
    done = 0
    for number, point in enumerate(points):
        while done < point:
            disk.replay(calls[done])
            done += 1
        case = folder / "case"
        disk.after_power_loss(case, chance)
        durable = [end] if done == len(calls) else [*allowed, end]
        if problem := broken(folder, case / "state", case / "root", durable):
            problems.append(f"{operation} state {number}, after {calls[point - 1][:2]}: {problem}")
        shutil.rmtree(case)
        (folder / "error").unlink(missing_ok=True)
    return problems


def again(folder: Path, states: int, seed: int) -> list[str]:
    """Lose power during an apply, and again during the recovery from that."""
    top = folder / "again"
    work, allowed = prepared(top, "apply")
    disk = Disk(top)
    calls = recorded(work, folder / "calls")
    allowed.append(view(top / "root"))
    chance = random.Random(seed)
    problems = []
    done = 0
    for number, point in enumerate(sorted(chance.randint(0, len(calls)) for _ in range(states))):
        while done < point:
            disk.replay(calls[done])
            done += 1
        first, second = folder / "first", folder / "second"
        disk.after_power_loss(first, chance)
        lost = Disk(first)
        mending = recorded(partial(recover, first / "root", first / "state"), folder / "mending")
        for call in mending[: chance.randint(0, len(mending))]:
            lost.replay(call)
        lost.after_power_loss(second, chance)
        if problem := broken(folder, second / "state", second / "root", allowed):
            problems.append(f"again state {number}, at call {point}: {problem}")
        shutil.rmtree(first)
        shutil.rmtree(second)
        (folder / "error").unlink(missing_ok=True)
    return problems


def main() -> int:
    """Run the sweep, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--states", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.umask(0o022)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        fourth = options.states // 4
        problems = sweep(Path(folder), "apply", options.states - 3 * fourth, options.seed)
        problems += sweep(Path(folder), "undo", fourth, options.seed)
        problems += sweep(Path(folder), "recover", fourth, options.seed)
        problems += again(Path(folder), fourth, options.seed)
    figures = {
        "states": options.states,
        "broken": problems,
        "seconds": round(time.perf_counter() - began, 1),
    }
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.write("\n".join(f"{name}: {value}" for name, value in figures.items()) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
