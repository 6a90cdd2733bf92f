"""What the system drops or cannot watch is never lost in silence, and a walk then finds it all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from repoctx.packer.index import Index, open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.visited import walk_scope
from repoctx.packer.walk import walk
from tests.conftest import MakeRepository
from tests.watch.conftest import Watch, told

QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
PATIENCE = 60.0
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")

WATCH = """
import json, sys
from pathlib import Path
from repoctx.watch import Watcher
with Watcher(Path(sys.argv[1])) as watcher:
    print(json.dumps({"note": watcher.note}), flush=True)
    for changes in watcher:
        told = {"paths": sorted(changes.paths), "everything": changes.everything}
        print(json.dumps(told), flush=True)
"""


def test_after_a_checkout_of_many_files_the_warm_pack_is_that_of_a_fresh_scan(
    repository: MakeRepository, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("COUNT", "1"), ("KEY_0", "core.fsync"), ("VALUE_0", "none")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)  # making the repository is not the test
    root = repository({f"d{n % 30}/f{n}.py": f"x = {n}\n" for n in range(1500)})
    for path in root.glob("d*/f*.py"):  # and a later commit in which all are longer
        path.write_text(path.read_text() + "y = 1\n")
    (root / "d0/only_here.py").write_text("")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "two")
    everyone = {f"d{n % 30}/f{n}.py" for n in range(1500)} | {"d0/only_here.py"}
    with open_index(tmp_path / "warm") as warm, open_index(tmp_path / "fresh") as fresh:
        packed(root, warm)
        watched = watch(root, lambda: walk_scope(root))
        git(root, "checkout", "-q", "HEAD~1")
        told(watched, lambda changes: changes.everything or changes.paths >= everyone)
        assert packed(root, warm) == packed(root, fresh)


@LINUX
def test_an_overflow_of_the_systems_queue_is_told_as_everything(tmp_path: Path) -> None:
    room = int(QUEUE.read_text())
    if room > 40_000:
        pytest.skip(f"the queue holds {room} events: too many to overflow quickly")
    with watching(tmp_path) as watcher:
        assert watcher.note == ""
        watcher.stands_still()  # it cannot read, so the queue must fill
        for _ in range(room // 3 + 100):  # made, closed, removed
            os.close(os.open(tmp_path / "a", os.O_CREAT | os.O_WRONLY))
            os.unlink(tmp_path / "a")
        watcher.process.send_signal(signal.SIGCONT)
        watcher.tells_everything()
        watcher.tells_the_name_of(tmp_path / "later.py")  # and it goes on watching


@LINUX
@pytest.mark.parametrize("limit", ["max_inotify_watches", "max_inotify_instances"])
def test_at_the_systems_limit_files_are_compared_and_the_person_is_told(
    tmp_path: Path, limit: str
) -> None:
    for number in range(100):
        (tmp_path / f"d{number}").mkdir()
    with watching(tmp_path, f"echo 0 > /proc/sys/user/{limit}") as watcher:
        assert "looked for every few seconds" in watcher.note
        assert limit.replace("inotify", "user") in watcher.note
        for number in range(100):
            (tmp_path / f"d{number}/a.py").write_text("1")
        seen: set[str] = set()
        while len(seen) < 100:
            seen |= {path for path in watcher.next()["paths"] if path.endswith(".py")}


@LINUX
def test_a_limit_that_is_met_while_watching_changes_the_means(tmp_path: Path) -> None:
    with watching(tmp_path, "echo 50 > /proc/sys/user/max_inotify_watches") as watcher:
        assert watcher.note == ""
        for number in range(100):
            (tmp_path / f"d{number}").mkdir()
        watcher.tells_everything()
        watcher.tells_the_name_of(tmp_path / "d99/a.py")


def packed(root: Path, index: Index) -> tuple[object, str]:
    snapshot = walk(root, index)
    return snapshot.files, "".join(build_pack(snapshot, index, PackOptions()).chunks())


class Watching:
    """A process that watches a folder, and what it tells."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.note = ""
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def next(self) -> dict[str, Any]:
        """What it tells next."""
        try:
            line = self._lines.get(timeout=PATIENCE)
        except Empty:
            pytest.fail(f"nothing was told within {PATIENCE} s")
        told: dict[str, Any] = json.loads(line)
        return told

    def tells_everything(self) -> None:
        while not self.next()["everything"]:
            pass

    def tells_the_name_of(self, path: Path) -> None:
        """Change a file until it is told by name: "everything" may be told again, and covers it."""
        for text in ("1", "22", "333", "4444", "55555"):
            path.write_text(text)
            told = self.next()
            if path.name in {Path(each).name for each in told["paths"]}:
                return
        pytest.fail(f"only this was told in the end: {told}")

    def stands_still(self) -> None:
        """Stop it; the signal alone returns while it still reads."""
        self.process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/stat")
        for stat in threads:
            end = time.monotonic() + PATIENCE
            while stat.read_text().rpartition(")")[2].split()[0] != "T":
                assert time.monotonic() < end
                time.sleep(0.001)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as told:
            for line in told:
                self._lines.put(line)


@contextmanager
def watching(root: Path, limit: str = "") -> Iterator[Watching]:
    """A process that watches and tells on its standard output, perhaps under a limit."""
    command = [sys.executable, "-c", WATCH, str(root)]
    if limit:
        enter = ["unshare", "-rU", "sh", "-c"]
        if subprocess.run([*enter, limit], capture_output=True).returncode != 0:
            pytest.skip("no user namespace with limits of its own can be made here")
        command = [*enter, f'{limit}; exec "$@"', "sh", *command]
    watcher = Watching(command)
    try:
        watcher.note = watcher.next()["note"]
        yield watcher
    finally:
        watcher.end()


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
