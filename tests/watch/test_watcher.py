"""Every change is told, once it is over; what is git's own or ignored is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from repoctx.errors import RepoctxError
from repoctx.packer.visited import walk_scope
from repoctx.watch import Changes, Scope, Watcher, watcher
from repoctx.watch.observer import Observed
from repoctx.watch.polling import Polling
from tests.conftest import MakeRepository, write_files
from tests.waiting import PATIENCE, ends, until
from tests.watch.conftest import Watch, paths_told, told

ODD = os.fsdecode(b"n\xe9w\n.py")


@pytest.fixture(params=["events", "another system's events", "polling"])
def by_any_means(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with each means of noticing changes that there is."""
    if request.param == "polling":
        monkeypatch.setattr(watcher, "_by_events", Polling)
    elif request.param != "events":
        monkeypatch.setattr(watcher, "_by_events", Observed)
    return str(request.param)


def test_a_file_that_is_written_made_or_removed_is_told(
    tmp_path: Path, watch: Watch, by_any_means: str
) -> None:
    write_files(tmp_path, {"a.py": "1", "sub/b.py": "1", "sub/c.py": "1"})
    watched = watch(tmp_path)
    (tmp_path / "a.py").write_text("22")
    (tmp_path / "sub" / ODD).write_text("1")
    (tmp_path / "sub/c.py").unlink()
    paths_told(watched, "a.py", f"sub/{ODD}", "sub/c.py")


def test_a_change_of_mode_and_an_atomic_replacement_are_told(
    tmp_path: Path, watch: Watch, by_any_means: str
) -> None:
    write_files(tmp_path, {"a.py": "1", "b.py": "1", "b.tmp": "2"})
    watched = watch(tmp_path)
    (tmp_path / "a.py").chmod(0o755)
    (tmp_path / "b.tmp").replace(tmp_path / "b.py")
    paths_told(watched, "a.py", "b.py")


def test_what_appears_in_a_new_folder_is_told(
    tmp_path: Path, watch: Watch, by_any_means: str
) -> None:
    watched = watch(tmp_path)
    write_files(tmp_path, {"new/deep/er/a.py": "1"})
    paths_told(watched, "new/")
    (tmp_path / "new/deep/er/a.py").write_text("22")
    paths_told(watched, "new/deep/er/a.py")


def test_a_moved_folder_is_watched_under_its_new_name_only(
    tmp_path: Path, watch: Watch, by_any_means: str
) -> None:
    write_files(tmp_path / "root", {"old/sub/a.py": "1"})
    watched = watch(tmp_path / "root")
    (tmp_path / "root/old").rename(tmp_path / "root/new")
    paths_told(watched, "old/", "new/")
    (tmp_path / "root/new/sub/a.py").write_text("22")
    assert "old/sub/a.py" not in paths_told(watched, "new/sub/a.py").paths


def test_a_folder_that_left_the_root_is_not_watched(tmp_path: Path, watch: Watch) -> None:
    write_files(tmp_path / "root", {"old/sub/a.py": "1"})
    watched = watch(tmp_path / "root")
    (tmp_path / "root/old").rename(tmp_path / "elsewhere")
    paths_told(watched, "old/")
    (tmp_path / "elsewhere/sub/a.py").write_text("333")
    (tmp_path / "root/b.py").write_text("1")
    assert paths_told(watched, "b.py").paths == {"b.py"}


def test_reading_tells_nothing(tmp_path: Path, watch: Watch, by_any_means: str) -> None:
    write_files(tmp_path, {"a.py": "1"})
    watched = watch(tmp_path)
    (tmp_path / "a.py").read_text()
    list((tmp_path).iterdir())
    assert watched.wait(0.4) is None


def test_of_git_only_head_and_the_index_count(
    repository: MakeRepository, watch: Watch, by_any_means: str
) -> None:
    root = repository({"a.py": "1"})
    watched = watch(root, lambda: walk_scope(root))
    (root / ".git/FETCH_HEAD").write_text("churn")
    (root / ".git/objects/ab").mkdir(exist_ok=True)
    (root / ".git/index.lock").write_text("")
    (root / ".git/index.lock").unlink()
    assert watched.wait(0.4) is None
    git(root, "checkout", "-q", "-b", "other")
    assert told(watched, lambda changes: changes.history) == Changes(history=True)
    git(root, "commit", "-q", "--allow-empty", "-m", "two")
    git(root, "reset", "-q", "--soft", "HEAD~1")
    assert told(watched, lambda changes: changes.history) == Changes(history=True)


def test_a_linked_worktree_has_a_head_elsewhere(
    repository: MakeRepository, tmp_path: Path, watch: Watch, by_any_means: str
) -> None:
    root = tmp_path / "linked"
    git(repository({"a.py": "1"}), "worktree", "add", "-q", str(root), "-b", "other")
    watched = watch(root, lambda: walk_scope(root))
    git(root, "commit", "-q", "--allow-empty", "-m", "two")
    assert told(watched, lambda changes: changes.history).paths == frozenset()


def test_an_ignored_folder_is_not_told_until_it_is_ignored_no_more(
    repository: MakeRepository, watch: Watch, by_any_means: str
) -> None:
    root = repository({".gitignore": "node_modules/\n", "a.py": "1"})
    write_files(root, {"node_modules/deep/a.js": "1"})
    watched = watch(root, lambda: walk_scope(root))
    (root / "node_modules/deep/a.js").write_text("22")
    assert watched.wait(0.4) is None
    (root / ".gitignore").write_text("")
    paths_told(watched, ".gitignore")
    (root / "node_modules/deep/a.js").write_text("333")
    paths_told(watched, "node_modules/deep/a.js")


def test_a_file_added_by_force_in_an_ignored_folder_is_told_from_then_on(
    repository: MakeRepository, watch: Watch, by_any_means: str
) -> None:
    root = repository({".gitignore": "build/\n"})
    write_files(root, {"build/keep.txt": "1"})
    watched = watch(root, lambda: walk_scope(root))
    git(root, "add", "-f", "build/keep.txt")
    told(watched, lambda changes: changes.history)
    (root / "build/keep.txt").write_text("22")
    paths_told(watched, "build/keep.txt")


def test_a_folder_that_becomes_a_repository_is_watched_as_one(tmp_path: Path, watch: Watch) -> None:
    write_files(tmp_path, {"a.py": "1"})
    watched = watch(tmp_path, lambda: walk_scope(tmp_path))
    git(tmp_path, "init", "-q")
    told(watched, lambda changes: changes.everything)
    git(tmp_path, "add", "a.py")
    told(watched, lambda changes: changes.history)


@pytest.mark.parametrize("end", ["delete", "move", "move its parent"])
def test_a_root_that_is_gone_is_said(tmp_path: Path, end: str, by_any_means: str) -> None:
    root = tmp_path / "parent/root"
    write_files(root, {"sub/a.py": "1"})
    with Watcher(root) as watched:
        if end == "delete":
            shutil.rmtree(root)
        elif end == "move":
            root.rename(tmp_path / "elsewhere")
        else:
            root.parent.rename(tmp_path / "elsewhere")
        with pytest.raises(RepoctxError, match="is gone"):
            told(watched, lambda _: False)


def test_a_root_that_is_replaced_is_watched_anew(
    tmp_path: Path, watch: Watch, by_any_means: str
) -> None:
    root = tmp_path / "root"
    write_files(root, {"a.py": "1"})
    write_files(tmp_path / "other", {"b.py": "1"})
    watched = watch(root)
    shutil.rmtree(root)
    (tmp_path / "other").rename(root)
    told(watched, lambda changes: changes.everything)
    (root / "b.py").write_text("22")
    paths_told(watched, "b.py")


def test_a_root_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RepoctxError, match="is gone"):
        Watcher(tmp_path / "nowhere")


def test_a_symbolic_link_is_not_followed(tmp_path: Path, watch: Watch) -> None:
    write_files(tmp_path, {"outside/a.py": "1", "root/b.py": "1"})
    (tmp_path / "root/link").symlink_to(tmp_path / "outside")
    (tmp_path / "root/loop").symlink_to(tmp_path / "root")
    watched = watch(tmp_path / "root")
    (tmp_path / "outside/a.py").write_text("22")
    (tmp_path / "root/b.py").write_text("22")
    assert paths_told(watched, "b.py").paths == {"b.py"}


def test_a_storm_is_told_once(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repoctx.watch.gathering.QUIET", 1.0)  # a busy machine pauses in a storm
    monkeypatch.setattr("repoctx.watch.gathering.LONGEST", 30.0)
    watched = watch(tmp_path)
    write_files(tmp_path, {f"{number}.py": "1" for number in range(500)})
    changes = watched.wait(30)
    assert changes is not None
    assert len(changes.paths) == 500
    assert watched.wait(1.5) is None


def test_a_change_that_does_not_end_is_told_all_the_same(tmp_path: Path, watch: Watch) -> None:
    watched = watch(tmp_path)
    with constant_writing(tmp_path / "log.txt"):
        limit = threading.Timer(PATIENCE, watched.stop)
        limit.daemon = True
        limit.start()
        assert watched.wait() is not None
        limit.cancel()


def test_a_change_is_told_when_git_has_finished(repository: MakeRepository, watch: Watch) -> None:
    root = repository({"a.py": "1"})
    watched = watch(root, lambda: walk_scope(root))
    lock = root / ".git/index.lock"
    lock.write_text("")
    (root / "a.py").write_text("22")
    threading.Timer(1.5, lock.unlink).start()
    paths_told(watched, "a.py")
    assert not lock.exists()


def test_a_lock_that_a_crash_left_holds_nothing_up(
    repository: MakeRepository, watch: Watch
) -> None:
    root = repository({"a.py": "1"})
    watched = watch(root, lambda: walk_scope(root))
    (root / ".git/index.lock").write_text("")
    os.utime(root / ".git/index.lock", (0, 0))
    (root / "a.py").write_text("22")
    paths_told(watched, "a.py")


def test_the_iterator_ends_when_another_thread_stops_it(tmp_path: Path, watch: Watch) -> None:
    watched = watch(tmp_path)
    seen: list[Changes] = []
    thread = threading.Thread(target=lambda: seen.extend(watched))
    thread.start()
    (tmp_path / "a.py").write_text("1")
    until(lambda: seen, "a change")
    watched.stop()
    ends(thread)
    assert watched.wait(60) is None


def test_a_scope_that_cannot_be_asked_for_a_moment_stays_as_it_was(
    tmp_path: Path, watch: Watch
) -> None:
    write_files(tmp_path, {"skipped/a.py": "1"})
    answers: list[Scope | Exception] = [Scope(frozenset({"skipped/"})), RepoctxError("busy")]
    watched = watch(tmp_path, lambda: raise_or_return(answers.pop(0)))
    (tmp_path / "new").mkdir()
    paths_told(watched, "new/")
    (tmp_path / "skipped/a.py").write_text("22")
    assert watched.wait(0.4) is None


def raise_or_return(answer: Scope | Exception) -> Scope:
    if isinstance(answer, Exception):
        raise answer
    return answer


class constant_writing:  # noqa: N801 - it reads like a statement
    """Append to a file every 50 ms."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._done.set()
        ends(self._thread)

    def _write(self) -> None:
        while not self._done.wait(0.05):
            with self._path.open("a") as file:
                file.write("line\n")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
