"""Applies a change under limits that the kernel itself sets; run by ``test_limits``.

    [unshare -rm] python -m tests.patches.limits KIND FOLDER

Prints a line of JSON: how each try ended, and what went wrong. A try is a process of its own; its
change is four times as large as a small disk can take in one page.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.patches.apply import apply, recover
from repoctx.patches.edits import ChangeSet, FileChange, FileState
from repoctx.patches.history import undo

Work = Callable[[], object]
View = dict[str, bytes]
NOBODY = 65534
PAGE = 4096


class Place:
    """A tree and a state folder, on disks that may be small ones."""

    def __init__(self, root: Path, state: Path) -> None:
        self.root, self.state = root, state
        for folder in (root / "d", state):
            folder.mkdir(parents=True, exist_ok=True)
        for path in ("a", "b", "d/gone"):
            (root / path).write_bytes(b"old\n" * 256)
        old = FileState(b"old\n" * 256)
        self.changes = ChangeSet(
            (
                FileChange("a", old, FileState(b"new\n" * 2048)),
                FileChange("b", old, FileState(b"NEW\n")),
                FileChange("d/gone", old, None),
                FileChange("n/new", None, FileState(b"made\n" * 1024)),
            )
        )
        self.old = self.view()
        self.fill: list[Path] = []

    def view(self) -> View:
        return {
            str(path.relative_to(self.root)): path.read_bytes() if path.is_file() else b""
            for path in self.root.rglob("*")
            if not path.name.startswith("filler")
        }

    def apply(self) -> object:
        return apply(self.root, self.changes, self.state)

    def undo(self) -> object:
        return undo(self.root, self.state)

    def tried(self, work: Work, new: View, before: Work = lambda: None) -> str:
        """Try the work in a process of its own, and recover; return how it ended."""
        old = self.view()
        said = _in_child(work, before)
        now = self.view()
        if said.startswith("crashed") or "\n" in said or (said and " (" not in said):
            return f"broken: {said}"
        if now != (old if said else new):
            return f"broken: {said or 'done'}, but the tree says otherwise"
        recover(self.root, self.state)
        if self.view() != now or [p.name for p in self.state.iterdir() if p.name[:2] == "tx"]:
            return f"broken: leftovers after {said or 'done'}"
        return "refused" if said else "done"


def _in_child(work: Work, before: Work) -> str:
    """Return the error, ``""`` when the work was done."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = ""
        signal.alarm(60)  # nothing is told by one that waits without end
        try:
            before()
            work()
        except RepoctxError as error:
            said = str(error)
        except BaseException as error:  # noqa: BLE001 - what a person must never see
            said = f"crashed: {error!r}"
        os.write(writing, said.encode("utf-8", "replace"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, code = os.waitpid(child, 0)
    return f"crashed: {code}" if code else said


@contextmanager
def _small_disk(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _places(folder: Path) -> Iterator[tuple[Path, Path, Path]]:
    """The small disk holds the tree, the state, or both: yield root, state and the disk."""
    disk = folder / "disk"
    yield disk / "root", folder / "state1", disk
    yield folder / "root2", disk / "state", disk
    yield disk / "root", disk / "state", disk


def _new_view(place: Place) -> View:
    new = {**place.old, "a": b"new\n" * 2048, "b": b"NEW\n", "n": b"", "n/new": b"made\n" * 1024}
    return {path: content for path, content in new.items() if path not in ("d", "d/gone")}


def _both_ways(place: Place, before: Work = lambda: None) -> Iterator[str]:
    """Apply under the limit; where that is done, or without it otherwise, undo under it."""
    new = _new_view(place)
    ended = place.tried(place.apply, new, before)
    yield f"apply {ended}"
    if ended == "done":
        yield f"undo {place.tried(place.undo, place.old, before)}"


def space(folder: Path) -> Iterator[str]:
    """So many pages are free."""
    for pages in range(17):
        for root, state, disk in _places(folder):
            with _small_disk(disk, "size=160k"):
                place = Place(root, state)
                free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
                (disk / "filler").write_bytes(b"x" * max(0, free - pages * PAGE))
                yield from _both_ways(place)


def inodes(folder: Path) -> Iterator[str]:
    """So many files can still be made."""
    for left in range(12):
        for root, state, disk in _places(folder):
            with _small_disk(disk, "size=1m,nr_inodes=60"):
                place = Place(root, state)
                for number in range(os.statvfs(disk).f_ffree - left):
                    (disk / f"filler{number}").touch()
                yield from _both_ways(place)


def read_only(folder: Path) -> Iterator[str]:
    """The disk is remounted read-only."""
    for root, state, disk in _places(folder):
        with _small_disk(disk, "size=1m"):
            place = Place(root, state)
            place.apply()
            new = place.view()
            subprocess.run(["mount", "-o", "remount,ro", "none", str(disk)], check=True)
            for work in (place.undo, place.apply):
                said = _in_child(work, lambda: None)
                good = said and " (" in said and "\n" not in said and place.view() == new
                yield "refused" if good else f"broken: {said}"
            subprocess.run(["mount", "-o", "remount,rw", "none", str(disk)], check=True)
            recover(place.root, place.state)
            yield f"undo {place.tried(place.undo, place.old)}"


def file_size(folder: Path) -> Iterator[str]:
    """No file may grow beyond so many bytes."""
    for number, most in enumerate((0, 1, 4, 100, 512, 1023, 1500, 4000, 8191, 8192, 9000, 99999)):
        place = Place(folder / f"root{number}", folder / f"state{number}")
        yield from _both_ways(
            place, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))
        )


def open_files(folder: Path) -> Iterator[str]:
    """So many files may be open at a time."""
    for number, most in enumerate(range(3, 20)):
        place = Place(folder / f"root{number}", folder / f"state{number}")
        yield from _both_ways(
            place, partial(resource.setrlimit, resource.RLIMIT_NOFILE, (most, most))
        )


def permission(folder: Path) -> Iterator[str]:
    """A folder may not be written, as somebody who is not root."""
    for locked in ("root", "root/d", "state", "state/history", "root/a"):
        top = folder / locked.replace("/", "-")
        place = Place(top / "root", top / "state")
        place.apply()
        place.undo()
        (top / locked).chmod(0 if locked == "root/a" else 0o500)
        owned = [*top.rglob("*"), top]
        for path in owned if os.geteuid() == 0 else ():
            os.chown(path, NOBODY, NOBODY)
        said = _in_child(place.apply, _become_nobody)
        (top / locked).chmod(0o755 if (top / locked).is_dir() else 0o644)
        leftovers = [p.name for p in place.state.iterdir() if p.name[:2] == "tx"]
        good = "Permission denied" in said and "\n" not in said and " (" in said
        good = good and place.view() == place.old and not leftovers
        yield "refused" if good else f"broken: {locked}: {said} {leftovers}"


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def main() -> None:
    """Run one kind and print how its tries ended."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    kinds = {
        "space": space,
        "inodes": inodes,
        "read-only": read_only,
        "file size": file_size,
        "open files": open_files,
        "permission": permission,
    }
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(Counter(kinds[kind](folder))) + "\n")


if __name__ == "__main__":
    main()
