"""``pack --watch`` keeps a file up to date until Ctrl-C, and says what it does on standard error."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from repoctx.cli.watching import check_options
from repoctx.errors import UsageError
from tests.waiting import PATIENCE, ends, until

Make = Callable[..., Path]


class Watching:
    """A running ``repoctx pack --watch``."""

    def __init__(self, root: Path, words: Path, options: Sequence[str], before: Sequence[str]):
        self._words = words
        with words.open("wb") as file:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "repoctx", "pack", "--watch", *options],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
                env={**os.environ, "NO_COLOR": "1"},
            )

    @property
    def said(self) -> str:
        return self._words.read_text()

    def says(self, text: str) -> None:
        """Wait until it has said the text."""
        end = time.monotonic() + PATIENCE
        while text not in self.said:
            assert time.monotonic() < end, f"it said only: {self.said}"
            assert self.process.poll() is None or text in self.said, self.said
            time.sleep(0.05)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It sees all that is done within at once, however long that takes here."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)
        yield
        self.process.send_signal(signal.SIGCONT)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextmanager
def watching(root: Path, *options: str, before: Sequence[str] = ()) -> Iterator[Watching]:
    started = Watching(root, root.parent / "words", options, before)
    try:
        started.says("watching for changes")
        yield started
    finally:
        started.process.kill()
        started.process.wait(PATIENCE)


def test_the_file_follows_the_repository_until_ctrl_c(
    repository: Make, tmp_path: Path, run: Any
) -> None:
    root = repository({"a.py": "x = 1\n", "b.py": "y = 1\n", "c.py": "z = 1\n"})
    file = tmp_path / "pack.xml"
    with watching(root, "-o", str(file)) as watched:
        assert "3 files" in watched.said
        with watched.stopped():
            (root / "a.py").write_text("x = 1\nlonger = 'than before'\n")
        watched.says("1 file changed")
        assert "tokens more" in watched.said
        with watched.stopped():
            (root / "b.py").unlink()
            (root / "new").mkdir()
            (root / "new/d.py").write_text("")
        watched.says("2 files changed")
        assert "tokens fewer" in watched.said
        assert watched.interrupt() == 130
        assert "Traceback" not in watched.said
    assert file.read_text() == run("pack", cwd=root).out


def test_a_file_in_the_repository_does_not_hold_itself(repository: Make, run: Any) -> None:
    root = repository({"a.py": "x = 1\n"})
    expected = run("pack", cwd=root).out
    with watching(root, "-o", "pack.xml", "--stats", "stats.json") as watched:
        assert (root / "pack.xml").read_text() == expected
        (root / "a.py").write_text("x = 2\n")
        watched.says("1 file changed")
        time.sleep(1)
        assert watched.said.count("changed") == 1
        assert (root / "pack.xml").read_text() == expected.replace("x = 1", "x = 2")
        assert '"files": 1' in (root / "stats.json").read_text()


def test_a_file_that_is_touched_is_no_change_and_a_deleted_pack_comes_back(
    repository: Make, tmp_path: Path
) -> None:
    root = repository({"a.py": "x = 1\n"})
    file = tmp_path / "pack.xml"
    with watching(root, "-o", str(file)) as watched:
        made = file.stat().st_ino
        (root / "a.py").touch()
        time.sleep(1)
        assert file.stat().st_ino == made
        file.unlink()
        (root / "a.py").touch()
        until(file.exists, "the pack to come back")
        assert "changed" not in watched.said


def test_a_file_that_changes_while_it_is_read_only_costs_another_try(
    repository: Make, tmp_path: Path, run: Any
) -> None:
    root = repository({"a.py": "x = 1\n", "busy.log": "0\n"})
    file = tmp_path / "pack.xml"
    done = threading.Event()
    writer = threading.Thread(target=rewrite, args=(root / "busy.log", done))
    with watching(root, "-o", str(file)) as watched:
        writer.start()
        time.sleep(1.5)
        done.set()
        ends(writer)
        expected = run("pack", cwd=root).out
        until(lambda: file.read_text() == expected, "the pack of all that is there")
        assert watched.interrupt() == 130


def test_a_repository_without_files_for_a_moment_keeps_the_last_pack(
    repository: Make, tmp_path: Path
) -> None:
    root = repository({"a.py": "x = 1\n"}, commit=False)
    file = tmp_path / "pack.xml"
    with watching(root, "-o", str(file)) as watched:
        before = file.read_text()
        (root / "a.py").unlink()
        watched.says("is kept as it was")
        assert "holds no files" in watched.said
        assert file.read_text() == before
        (root / "a.py").write_text("x = 2\n")
        until(lambda: "x = 2" in file.read_text(), "the pack of what is there again")


def test_a_repository_that_is_deleted_ends_it_with_a_clear_line(
    repository: Make, tmp_path: Path
) -> None:
    root = repository({"a.py": "x = 1\n"})
    with watching(root, "-o", str(tmp_path / "pack.xml")) as watched:
        shutil.rmtree(root)
        assert watched.process.wait(PATIENCE) == 1
        assert "is gone" in watched.said
        assert "Traceback" not in watched.said


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_where_the_system_watches_nothing_it_says_so_and_compares(
    repository: Make, tmp_path: Path
) -> None:
    limit = "echo 0 > /proc/sys/user/max_inotify_instances"
    if subprocess.run(["unshare", "-rU", "sh", "-c", limit], capture_output=True).returncode:
        pytest.skip("no user namespace with limits of its own can be made here")
    root = repository({"a.py": "x = 1\n"})
    before = ["unshare", "-rU", "sh", "-c", f'{limit}; exec "$@"', "sh"]
    with watching(root, "-o", str(tmp_path / "pack.xml"), before=before) as watched:
        watched.says("max_user_instances")
        (root / "a.py").write_text("x = 2\n")
        watched.says("1 file changed")


def test_watching_without_a_file_is_a_usage_error(repository: Make, run: Any) -> None:
    ran = run("pack", "--watch", cwd=repository({"a.py": "x = 1\n"}))
    assert (ran.code, ran.out) == (2, "")
    assert "--watch needs a file" in ran.err


@pytest.mark.parametrize(
    ("output", "options"),
    [
        ("-", {}),
        ("/dev/null", {}),
        ("pack.xml", {"tree": True}),
        ("pack.xml", {"explain": "a.py"}),
        ("pack.xml", {"rev": "HEAD"}),
        ("pack.xml", {"report": Path("report.html")}),
    ],
)
def test_what_cannot_be_kept_up_to_date_is_refused(output: str, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="--watch"):
        check_options(output, **options)


def test_several_roots_are_refused(repository: Make, run: Any) -> None:
    one, two = repository({"a.py": ""}, name="one"), repository({"b.py": ""}, name="two")
    ran = run("pack", "--watch", "-o", "pack.xml", "-C", str(one), "-C", str(two))
    assert ran.code == 2
    assert "several roots" in ran.err


def rewrite(path: Path, done: threading.Event) -> None:
    number = 0
    while not done.wait(0.002):
        number += 1
        path.write_text("line\n" * (number % 1000))
