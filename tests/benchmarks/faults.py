"""Writing under fault: break each system call of a change in turn; the tree must be old or new.

    cd tests/benchmarks; python -m faults [--sample N] [--seed S] [--no-swap] [--json]

A six-file change (two edits, a new file in new folders, a deletion that empties folders, a rename,
a mode) is applied, undone and redone by child processes. In each run one call of ``os`` is broken:
the process is killed before or after it, it fails with an errno once or from then on, it writes
short, or Ctrl-C arrives. A fresh process then recovers. Every run must end all old or all new, with
no temporary file and no journal left, the history in agreement, and every error one line long.
Without ``--sample`` every call is broken in every way. The exit status is 1 when a promise broke.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repoctx.errors import RepoctxError
from repoctx.patches import exchange
from repoctx.patches.apply import apply, recover
from repoctx.patches.edits import EXECUTABLE, ChangeSet, FileChange, FileState
from repoctx.patches.history import log, redo, undo

BROKEN = (
    *("open", "write", "fsync", "rename", "unlink", "mkdir", "rmdir", "link", "symlink"),
    *("fchmod", "fchown", "dup", "listdir", "readlink", "stat", "close", "ftruncate", "pwrite"),
)
ERRNOS = ("ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT", "EMFILE")
ONCE = ("kill before", "kill after", "interrupt before", "interrupt after", "short write", *ERRNOS)
FAULTS = (*ONCE, *(f"{name} from then on" for name in ERRNOS))

View = dict[str, tuple[int, bytes]]

# The change


def build(root: Path) -> ChangeSet:
    """Make the old tree and return the change."""
    for folder in ("src", "old/deep"):
        (root / folder).mkdir(parents=True)
    contents = {
        "src/one.py": b"one\n" * 50,
        "src/two.py": b"two\r\nno newline",
        "old/deep/gone.py": b"gone\n",
        "src/from.py": b"moved\n" * 9,
        "run.sh": b"#!/bin/sh\n",
        "untouched": b"",
    }
    for path, content in contents.items():
        (root / path).write_bytes(content)
    (root / "src/two.py").chmod(0o600)
    states = {path: FileState(content) for path, content in contents.items()}
    return ChangeSet(
        (
            FileChange("src/one.py", states["src/one.py"], FileState(b"ONE\n" * 60)),
            FileChange("src/two.py", states["src/two.py"], FileState(b"")),
            FileChange("new/deep/er.py", None, FileState(b"new\n" * 40)),
            FileChange("old/deep/gone.py", states["old/deep/gone.py"], None),
            FileChange("lib/to.py", states["src/from.py"], FileState(b"Moved\n"), "src/from.py"),
            FileChange("run.sh", states["run.sh"], FileState(b"#!/bin/sh\n", EXECUTABLE)),
        )
    )


def view(root: Path) -> View:
    """Every path beneath the root with its mode and content."""
    found: View = {}
    for path in root.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(root))] = (path.stat().st_mode, content)
    return found


# Breaking calls


class Breaker:
    """Counts the calls of ``os`` and breaks the one with the given number, from 1."""

    def __init__(self, number: int, fault: str) -> None:
        self.number, self.fault, self.calls = number, fault, 0
        for name in BROKEN:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        exchange.swap = self._wrapped("swap", exchange.swap)

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            forever = self.fault.endswith("from then on")
            if self.calls == self.number or (forever and self.calls > self.number > 0):
                return self._broken(name, real, *arguments, **named)
            return real(*arguments, **named)

        return call

    def _broken(self, name: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        kind, _, when = self.fault.partition(" ")
        if kind == "short":
            if name == "write":
                return real(arguments[0], bytes(arguments[1])[: max(1, len(arguments[1]) // 2)])
            return real(*arguments, **named)
        if kind not in ("kill", "interrupt"):
            number = getattr(errno, kind)
            raise OSError(number, os.strerror(number))
        result = real(*arguments, **named) if when == "after" else None
        if kind == "interrupt":
            raise KeyboardInterrupt
        os.kill(os.getpid(), signal.SIGKILL)
        return result


@dataclass(frozen=True)
class Outcome:
    """How a child process ended: done, error, interrupted, killed, or crashed."""

    status: str
    text: str = ""
    calls: int = 0


def in_child(work: Callable[[], object], number: int = 0, fault: str = "none") -> Outcome:
    """Run the work in a process of its own, with one call broken."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(60)
        breaker = Breaker(number, fault)
        status, text = "done", ""
        try:
            text = str(work() or "")
        except RepoctxError as error:
            status, text = "error", str(error)
        except KeyboardInterrupt:
            status = "interrupted"
        except BaseException as error:  # noqa: BLE001 - what a user must never see
            status, text = "crashed", repr(error)
        breaker.number = 0
        with os.fdopen(writing, "w") as pipe:
            json.dump([status, text, breaker.calls], pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, code = os.waitpid(child, 0)
    if os.WIFSIGNALED(code) and os.WTERMSIG(code) == signal.SIGALRM:
        return Outcome("crashed", "it waited without end")
    if os.WIFSIGNALED(code):
        return Outcome("killed")
    return Outcome(*json.loads(said))


# One run


class Case:
    """A fresh tree before one of the operations, and what it looks like before and after."""

    def __init__(self, folder: Path, operation: str) -> None:
        self.root, self.state = folder / "root", folder / "state"
        self.root.mkdir(parents=True)
        self.operation = operation
        changes = build(self.root)
        self.work: Callable[[], object] = lambda: apply(self.root, changes, self.state)
        self.before = view(self.root)
        if operation != "apply":
            assert in_child(self.work).status == "done"
            self.before = view(self.root)
            self.work = lambda: undo(self.root, self.state)
        if operation == "redo":
            assert in_child(self.work).status == "done"
            self.before = view(self.root)
            self.work = lambda: redo(self.root, self.state)

    def promise_broken(self, after: View, outcome: Outcome, fault: str) -> str:
        """Recover in a fresh process and return which promise was broken, or ``""``."""
        if outcome.status == "crashed" or "\n" in outcome.text:
            return f"traceback or long error: {outcome.text}"
        now = view(self.root)
        expected = {"done": after, "error": self.before}.get(outcome.status, now)
        if now != expected and not fault.endswith("from then on"):
            return f"{outcome.status}, but the tree says otherwise before recovery"
        mended = in_child(lambda: recover(self.root, self.state))
        if mended.status != "done":
            return f"recovery: {mended.status} {mended.text}"
        return self._not_settled(after, outcome)

    def _not_settled(self, after: View, outcome: Outcome) -> str:
        now = view(self.root)
        if now not in (self.before, after):
            return "mixed tree or leftovers"
        if outcome.status == "done" and now != after:
            return "said to be done, and lost"
        if left := [p.name for p in self.state.glob("*") if p.name[:2] in ("tx", "ke")]:
            return f"leftovers in the state folder: {left}"
        standing = [entry.undone for entry in log(self.state)]
        old = {"apply": [], "undo": [False], "redo": [True]}[self.operation]
        new = {"apply": [False], "undo": [True], "redo": [False]}[self.operation]
        if standing != (new if now == after else old):
            return "the history disagrees with the tree"
        return ""


# The sweep


def runs(counts: dict[str, int], sample: int, seed: int) -> list[tuple[str, int, str]]:
    """Every operation, call and fault; or an even, seeded choice of them."""
    every = [
        (operation, number, fault)
        for operation, count in counts.items()
        for number in range(1, count + 1)
        for fault in FAULTS
    ]
    return random.Random(seed).sample(every, min(sample, len(every))) if sample else every


def broken_runs(folder: Path, sample: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield (what was run, which promise broke or "") for each run."""
    afters, counts = {}, {}
    for operation in ("apply", "undo", "redo"):
        case = Case(folder / operation, operation)
        counts[operation] = in_child(case.work).calls
        afters[operation] = view(case.root)
    for operation, number, fault in runs(counts, sample, seed):
        case = Case(folder / "case", operation)
        outcome = in_child(case.work, number, fault)
        problem = case.promise_broken(afters[operation], outcome, fault)
        yield f"{operation}: {fault} at call {number}", problem
        shutil.rmtree(folder / "case")
    yield from broken_recoveries(folder, afters["apply"], counts["apply"], sample, seed)


def broken_recoveries(
    folder: Path, after: View, calls: int, sample: int, seed: int
) -> Iterator[tuple[str, str]]:
    """Kill an apply, then break its recovery, then recover again."""
    faults = ("kill before", "kill after", "interrupt after", *ERRNOS)
    chosen = random.Random(seed)
    numbers = list(range(1, calls + 1))
    for number in chosen.sample(numbers, min(calls, sample // 8)) if sample else numbers:
        count = _recovery(folder / "count", number, 0, "none")[1].calls
        shutil.rmtree(folder / "count")
        places = list(range(1, count + 1))
        for place in chosen.sample(places, 1) if sample else places:
            fault = faults[(number + place) % len(faults)]
            case, first = _recovery(folder / "case", number, place, fault)
            problem = f"traceback: {first.text}" if first.status == "crashed" else ""
            problem = problem or case.promise_broken(after, Outcome("killed"), fault)
            yield f"recovery from call {number}: {fault} at call {place}", problem
            shutil.rmtree(folder / "case")


def _recovery(folder: Path, number: int, place: int, fault: str) -> tuple[Case, Outcome]:
    """Kill an apply at one call, then recover with another call broken."""
    case = Case(folder, "apply")
    in_child(case.work, number, "kill before")
    return case, in_child(lambda: recover(case.root, case.state), place, fault)


def main() -> int:
    """Run the sweep, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--sample", type=int, default=0, help="so many runs; 0 is every one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-swap", action="store_true", help="as where names cannot be swapped")
    options = parser.parse_args()
    if options.no_swap:
        exchange.swap = lambda *_: False
    began = time.perf_counter()
    done: Counter[str] = Counter()
    problems: list[str] = []
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        for run, problem in broken_runs(Path(folder), options.sample, options.seed):
            done[run.partition(":")[0].split(" from ")[0]] += 1
            problems += [f"{run}: {problem}"] if problem else []
    seconds = round(time.perf_counter() - began, 1)
    runs_done = {"runs": sum(done.values()), "by_operation": dict(done)}
    figures = runs_done | {"broken": problems, "seconds": seconds}
    lines = [f"{name}: {value}" for name, value in figures.items()]
    sys.stdout.write((json.dumps(figures) if options.json else "\n".join(lines)) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
