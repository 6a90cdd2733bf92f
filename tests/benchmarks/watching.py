"""Measure how soon after a checkout a watcher has said so and the index is that of a fresh scan.

    python tests/benchmarks/watching.py [--files 10000] [--folders 100]

A real repository in a temporary folder, each file of which differs between two commits. Another
process watches, walks and packs with a warm index at each change; seconds count from the end of
``git checkout``. The second row stops that process during the checkout, so that the system's queue
overflows. For comparison: how many of the files watchdog's own recursive observer tells of.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OURS = """
import hashlib, json, sys, time
from contextlib import suppress
from pathlib import Path
from repoctx.errors import RepoctxError
from repoctx.packer.index import open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.visited import walk_scope
from repoctx.packer.walk import walk
from repoctx.watch import Watcher

root, cache = Path(sys.argv[1]), Path(sys.argv[2])

def digest(parts):
    made = hashlib.sha256()
    for part in parts:
        made.update(part.encode())
    return made.hexdigest()

def report(told, **more):
    began = time.process_time()
    snapshot = walk(root, index)
    walked, cpu = time.time(), time.process_time() - began
    pack = build_pack(snapshot, index, PackOptions())
    answer = {"told": told, "walked": walked, "packed": time.time(), "cpu": cpu, **more}
    answer["files"] = digest(f"{f.path} {f.blob}\\n" for f in snapshot.files)
    answer["pack"] = digest(pack.chunks())
    print(json.dumps(answer), flush=True)

with open_index(cache) as index:
    if sys.argv[3] == "once":
        report(time.time())
        sys.exit()
    with Watcher(root, lambda: walk_scope(root)) as watcher:
        report(time.time())
        for changes in watcher:
            with suppress(RepoctxError):  # in the middle of the checkout; its end is told too
                report(time.time(), everything=changes.everything)
"""

WATCHDOG = """
import sys, threading
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

seen = set()
class Handler(FileSystemEventHandler):
    def on_any_event(self, event):
        seen.add(event.src_path)
observer = Observer()
observer.schedule(Handler(), sys.argv[1], recursive=True)
observer.start()
print("{}", flush=True)
sys.stdin.readline()
print(sum(name.endswith(".py") for name in list(seen)), flush=True)
"""


def main() -> None:
    """Print one row a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--folders", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = make_repository(folder / "repository", options.files, options.folders)
        say(f"{options.files} files in {options.folders} folders, all changed by a checkout")
        with running(OURS, str(root), str(folder / "fresh"), "once") as scan:
            fresh = answer(scan)  # of the tree that each checkout ends in
        for title, stopped in (("watching", False), ("stopped meanwhile", True)):
            git(root, "checkout", "-q", "one")
            say(f"{title:18} {measure(root, folder / title, fresh, stopped)}")
        git(root, "checkout", "-q", "one")
        say(f"watchdog alone     told of {count_watchdog(root)} of {options.files} files")


def measure(root: Path, cache: Path, fresh: Any, stopped: bool) -> str:
    """One checkout under our watcher, in words."""
    with running(OURS, str(root), str(cache), "watch") as watcher:
        answer(watcher)
        if stopped:
            watcher.send_signal(signal.SIGSTOP)
        began = time.time()
        git(root, "checkout", "-q", "two")
        ended = time.time()
        if stopped:
            watcher.send_signal(signal.SIGCONT)
        answers = [answer(watcher)]
        while answers[-1]["files"] != fresh["files"]:
            answers.append(answer(watcher))
    last = answers[-1]
    equal = "equal" if last["pack"] == fresh["pack"] else "NOT EQUAL"
    lost = " (events were lost)" if any(a["everything"] for a in answers) else ""
    return (
        f"checkout {ended - began:.2f} s; told {len(answers)} times{lost},"
        f" the last {last['told'] - ended:+.2f} s after its end;"
        f" index as of a fresh scan {last['walked'] - ended:+.2f} s"
        f" (the walk took {last['cpu']:.2f} s of CPU, a fresh one {fresh['cpu']:.2f}),"
        f" packed {last['packed'] - ended:+.2f} s, {equal} to a fresh pack"
    )


def count_watchdog(root: Path) -> int:
    """Return how many files watchdog's own observer tells of, ten seconds after a checkout."""
    with running(WATCHDOG, str(root)) as observer:
        answer(observer)
        git(root, "checkout", "-q", "two")
        time.sleep(10)
        assert observer.stdin is not None
        observer.stdin.write("\n")
        observer.stdin.flush()
        return int(answer(observer))


def make_repository(root: Path, files: int, folders: int) -> Path:
    """Two commits, ``one`` and ``two``, that differ in every file of about 1 KB."""
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for tag in ("one", "two"):
        for number in range(files):
            path = root / f"d{number % folders}" / f"f{number}.py"
            path.parent.mkdir(exist_ok=True)
            lines = (f"def {tag}_{number}_{n}(x):\n    return x + {n}\n" for n in range(25))
            path.write_text("".join(lines))
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", tag)
        git(root, "tag", tag)
    return root


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def running(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that answers in lines of JSON."""
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answer(process: subprocess.Popen[str]) -> Any:
    """Return the next line."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def git(root: Path, *arguments: str) -> None:
    """Run git; what it writes need not reach the disk."""
    who = {f"GIT_{r}_{k}": "bench" for r in ("AUTHOR", "COMMITTER") for k in ("NAME", "EMAIL")}
    command = ["git", "-c", "core.fsync=none", *arguments]
    subprocess.run(command, cwd=root, check=True, env=os.environ | who)


if __name__ == "__main__":
    main()
