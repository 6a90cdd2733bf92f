"""Writing under faults of the kernel: strace breaks the system calls of the real command line.

    python -m tests.benchmarks.kernel_faults [--sample N] [--seed S] [--json]

``faults`` breaks calls of ``os`` in this process, so it sees nothing that the interpreter or a
library asks of the kernel by itself: ``renameat2``, ``close``, ``flock``, listing a folder, and all
that happens before and after the change. Here ``repoctx apply``, ``undo`` and ``redo`` (which
recovers first) run under strace. A first run counts the calls that touch the tree or repoctx's own
folders. Then each is broken: the process is killed as it enters the call, or the call fails with an
errno, once or from then on. A fresh process then recovers. Every run must end all old or all new,
with no temporary file and no journal left, the history in agreement, and errors one line long.

Without strace, or where it may not attach, it says so and stops. A write that is really short
cannot be made here (strace would claim bytes that were never written); ``faults`` makes those.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repoctx.folders import state_folder
from repoctx.patches.apply import recover
from repoctx.patches.history import log
from tests.benchmarks.faults import View, in_child, view

REPLY = """\
diff --git a/src/one.py b/src/one.py
--- a/src/one.py
+++ b/src/one.py
@@ -1,2 +1,3 @@
 one
-two
+TWO
+three
diff --git a/src/two.py b/src/two.py
--- a/src/two.py
+++ b/src/two.py
@@ -1 +1 @@
-second
+SECOND
diff --git a/new/deep/er.py b/new/deep/er.py
new file mode 100644
--- /dev/null
+++ b/new/deep/er.py
@@ -0,0 +1 @@
+new
diff --git a/old/deep/gone.py b/old/deep/gone.py
deleted file mode 100644
--- a/old/deep/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/src/from.py b/lib/to.py
similarity index 50%
rename from src/from.py
rename to lib/to.py
--- a/src/from.py
+++ b/lib/to.py
@@ -1,2 +1,2 @@
 moved
-here
+there
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
"""
FILES = {
    "src/one.py": "one\ntwo\n",
    "src/two.py": "second\n",
    "old/deep/gone.py": "gone\n",
    "src/from.py": "moved\nhere\n",
    "run.sh": "#!/bin/sh\n",
    "untouched": "",
}
COMMANDS = {
    "apply": ["apply", "--allow-flagged", "{case}/reply"],
    "undo": ["undo"],
    "recovery": ["redo"],  # with nothing to redo: it only recovers
}

CHANGING = (
    *("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "mkdir", "mkdirat", "rmdir"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "symlink"),
    *("symlinkat", "fchmod", "fchmodat", "fchown", "fchownat", "fsetxattr", "utimensat", "flock"),
)
READING = ("read", "getdents64", "newfstatat", "readlinkat", "fcntl", "close")
ERRNOS = {
    "openat": ("EACCES", "EMFILE", "ENOSPC", "EROFS", "EIO"),
    "write": ("ENOSPC", "EDQUOT", "EIO"),
    "fsync": ("EIO", "ENOSPC", "EDQUOT"),
    "renameat2": ("ENOSYS", "EINVAL", "EACCES", "EIO", "ENOSPC", "EROFS"),
    "flock": ("ENOLCK",),
    "fcntl": ("EMFILE",),
    "fchmod": ("EPERM", "EROFS", "EIO"),
}
FOR_NAMES = ("EACCES", "EROFS", "ENOSPC", "EIO", "EDQUOT")
"""What every other call that changes names may answer; calls that read answer EIO."""
LASTING = {"openat": "EMFILE", "write": "ENOSPC", "fsync": "EIO", "mkdir": "EROFS"}
"""Errnos that stay, from the broken call on."""

READS = 5
"""Of the calls that only read, so many times more than those that change something, one in five."""
SPARSE = 6
"""A recovery is broken after one in twelve crashes, by one in six faults: a run costs four."""

_LINE = re.compile(r"(\d+) +(\w+)\((?:AT_FDCWD<[^>]*>)?(.*)")
"""A process, a call, and its arguments without the folder in which the command was started."""


@dataclass(frozen=True)
class Call:
    """One system call of the run."""

    name: str
    number: int
    """Its place, from 1, among the process's calls of that name."""
    makes_nothing: bool = True

    @property
    def reads(self) -> bool:
        """True when the call changes nothing."""
        return self.name in READING or (self.name == "openat" and self.makes_nothing)

    def errnos(self) -> tuple[str, ...]:
        """Return what the kernel may answer to it."""
        if self.name == "openat" and self.makes_nothing:
            return ("EMFILE", "EIO")
        return ERRNOS.get(self.name, ("EIO",) if self.reads else FOR_NAMES)


@dataclass(frozen=True)
class Fault:
    """One way to break one call: the strace expression, and what to call it."""

    call: str
    number: int
    what: str

    @property
    def injection(self) -> str:
        """The argument of ``strace -e``."""
        kind, _, rest = self.what.partition(" ")
        effect = "signal=KILL" if kind == "KILL" else f"error={kind}"
        return f"inject={self.call}:{effect}:when={self.number}{'+' if rest else ''}"

    def __str__(self) -> str:
        return f"{self.what} at {self.call} {self.number}"


@dataclass
class Ran:
    """How the command ended."""

    code: int
    narration: str
    is_mute: bool = False
    """True when its own standard error was broken too: ``write`` fails from then on."""

    def problem(self) -> str:
        """Return what a person must never see, or ``""``."""
        said = [line for line in self.narration.splitlines() if line.startswith("repoctx: ")]
        if "Traceback" in self.narration or "a defect in repoctx" in self.narration:
            return f"a traceback: {self.narration[-300:]}"
        if self.code > 0 and len(said) != 1 and not self.is_mute:
            return f"not one line of error: {self.narration[-300:]}"
        return ""


@dataclass
class Bench:
    """A folder with a tree, a home and a reply, put back before each run."""

    top: Path
    prepared: dict[str, Path] = field(default_factory=dict)
    before: dict[str, View] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.top / "case" / "root"

    @property
    def state(self) -> Path:
        return state_folder(self.root)

    def environment(self) -> dict[str, str]:
        """A home inside the case, so that its files are broken and put back too."""
        home = self.top / "case" / "home"
        kinds = {f"XDG_{n}_HOME": str(home / n.lower()) for n in ("CONFIG", "CACHE", "STATE")}
        return {**os.environ, "HOME": str(home), **kinds, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}

    def prepare(self) -> None:
        """Make what each operation begins with."""
        for path, content in FILES.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(content)
        (self.root / "src/two.py").chmod(0o600)
        (self.top / "case" / "home").mkdir()
        (self.top / "case" / "reply").write_text(REPLY)
        self._keep("apply")
        self._must("apply")
        self._keep("undo")
        self._must("undo")
        assert view(self.root) == self.before["apply"]

    def _keep(self, operation: str) -> None:
        self.prepared[operation] = self.top / operation
        self.before[operation] = view(self.root)
        shutil.copytree(self.top / "case", self.prepared[operation], symlinks=True)

    def _must(self, operation: str) -> None:
        ran = self.run(operation)
        assert ran.code == 0, ran.narration

    def put_back(self, operation: str) -> None:
        """Make the case what it was before the operation."""
        shutil.rmtree(self.top / "case")
        shutil.copytree(self.prepared[operation], self.top / "case", symlinks=True)

    def run(self, operation: str, fault: Fault | None = None, trace: Path | None = None) -> Ran:
        """Run the operation's command, under strace when a fault or a trace is wanted."""
        words = [word.format(case=self.top / "case") for word in COMMANDS[operation]]
        command = [
            sys.executable,
            "-P",
            "-m",
            "repoctx",
            *words,
        ]  # -P: import nothing from the tree
        if fault is not None:
            traced = ["-e", f"trace={fault.call}", "-e", fault.injection]
            command = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", *traced, *command]
        elif trace is not None:
            calls = ",".join((*CHANGING, *READING, "openat"))
            seen = ["-y", "-s", "0", "-o", str(trace), "-e", f"trace={calls}"]
            command = ["strace", "-f", "--seccomp-bpf", *seen, *command]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment(), capture_output=True, text=True
        )
        is_mute = fault is not None and (fault.call, "+" in fault.injection) == ("write", True)
        return Ran(done.returncode, done.stderr, is_mute)

    def counted(self, operation: str) -> list[Call]:
        """Return the calls that touch the case."""
        trace = self.top / "trace"
        self.run(operation, trace=trace)
        numbers: Counter[str] = Counter()
        found = []
        first = ""
        for line in trace.read_text(errors="replace").splitlines():
            match = _LINE.match(line)
            if match is None or match[1] != (first := first or match[1]):
                continue
            numbers[match[2]] += 1
            if f"{self.top}/case/" in match[3]:
                found.append(Call(match[2], numbers[match[2]], "O_CREAT" not in match[3]))
        return found

    def crashed(self, fault: Fault) -> None:
        """Leave the case as an apply leaves it that was killed."""
        self.put_back("apply")
        self.run("apply", fault)

    def unsettled(self, operation: str, ran: Ran, lasting: bool) -> str:
        """Recover in a fresh process; return which promise was broken, or ``""``."""
        if problem := ran.problem():
            return problem
        old, new = self.before["apply"], self.before["undo"]
        expected = {"apply": (new, old), "undo": (old, new)}.get(operation, (old, old))
        if not lasting and ran.code >= 0 and view(self.root) != expected[ran.code != 0]:
            return f"exit status {ran.code}, but the tree says otherwise before recovery"
        mended = in_child(lambda: recover(self.root, self.state))
        if mended.status != "done":
            return f"recovery: {mended.status} {mended.text}"
        return self._not_settled(old, new, operation)

    def _not_settled(self, old: View, new: View, operation: str) -> str:
        now = view(self.root)
        if now not in (old, new):
            return "mixed tree or leftovers"
        if left := [p.name for p in self.state.glob("*") if p.name[:2] in ("tx", "ke")]:
            return f"leftovers in the state folder: {left}"
        said = [entry.undone for entry in log(self.state)]
        unapplied = [True] if operation == "undo" else []
        return "" if said == ([False] if now == new else unapplied) else "the history disagrees"


def faults_of(calls: list[Call], sparse: int) -> list[Fault]:
    """Every way to break each of the calls; of those that only read, one in ``sparse``."""
    made = []
    reading = [call for call in calls if call.reads]
    calls = [call for call in calls if not call.reads] + reading[::sparse]
    for call in calls:
        ways = [*([] if call.reads else ["KILL"]), *call.errnos()]
        if call.name in LASTING:
            ways.append(f"{LASTING[call.name]} from then on")
        made += [Fault(call.name, call.number, way) for way in ways]
    return made


def sweep(bench: Bench, sample: int, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield (operation and fault, how it ended, broken promise or "") for each run."""
    for operation in ("apply", "undo"):
        bench.put_back(operation)
        faults = faults_of(bench.counted(operation), READS)
        for fault in chance.sample(faults, min(sample, len(faults))) if sample else faults:
            bench.put_back(operation)
            ran = bench.run(operation, fault)
            problem = bench.unsettled(operation, ran, fault.what.endswith("from then on"))
            yield f"{operation}: {fault}", _ended(bench), problem
    yield from broken_recoveries(bench, sample, chance)


def broken_recoveries(
    bench: Bench, sample: int, chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Kill an apply, break its recovery, kill the next recovery too, and then recover."""
    bench.put_back("apply")
    changing = [call for call in bench.counted("apply") if not call.reads]
    crashes = [Fault(call.name, call.number, "KILL") for call in changing][
        :: 1 if sample else 2 * SPARSE
    ]
    few = max(1, sample // 2)
    for crash in chance.sample(crashes, min(few, len(crashes))) if sample else crashes:
        bench.crashed(crash)
        faults = faults_of(bench.counted("recovery"), len(FILES) * READS)
        for fault in chance.sample(faults, 1) if sample else faults[::SPARSE]:
            bench.crashed(crash)
            ran = bench.run("recovery", fault)
            bench.run("recovery", Fault("unlinkat", chance.randint(1, 6), "KILL"))
            problem = ran.problem() or bench.unsettled("recovery", Ran(-9, ""), True)
            yield f"recovery from {crash}: {fault}", _ended(bench), problem


def _ended(bench: Bench) -> str:
    now = view(bench.root)
    ends = {"all old": bench.before["apply"], "all new": bench.before["undo"]}
    return next((name for name, tree in ends.items() if tree == now), "mixed")


def cannot_trace() -> str:
    """Return why strace is of no use here, or ``""``."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = ["strace", "-f", "--seccomp-bpf", "-e", "trace=close", "-o", "/dev/null", "true"]
    done = subprocess.run(tried, capture_output=True, text=True)
    return f"strace may not attach: {done.stderr.strip()}" if done.returncode else ""


def main() -> int:
    """Run the sweep, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--sample", type=int, default=0, help="so many runs of each operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if reason := cannot_trace():
        sys.stdout.write((json.dumps({"skipped": reason}) if options.json else reason) + "\n")
        return 0
    began = time.perf_counter()
    done: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    problems: list[str] = []
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        bench = Bench(Path(folder))
        os.environ.update(bench.environment())
        bench.prepare()
        for run, end, problem in sweep(bench, options.sample, random.Random(options.seed)):
            done[re.split("[ :]", run)[0]] += 1
            ended[end] += 1
            if problem:
                problems.append(f"{run}: {problem}")
                sys.stderr.write(f"{run}: {problem}\n")
    figures = {
        "runs": sum(done.values()),
        "by_operation": dict(done),
        "ended": dict(ended),
        "broken": problems,
        "seconds": round(time.perf_counter() - began, 1),
    }
    lines = [f"{name}: {value}" for name, value in figures.items()]
    sys.stdout.write((json.dumps(figures) if options.json else "\n".join(lines)) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
