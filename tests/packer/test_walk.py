"""Every file of a real repository or folder is found and named by its content."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from repoctx.files import Signature, blob_id
from repoctx.packer.walk import Kind, Omission, Snapshot, walk

MakeRepository = Callable[..., Path]


ODD_NAMES = ["n\nl", "esc\x1b[31m", "\udcff", ":(glob)x", "a:b", "Case", "case", "é", "e\u0301"]


ODD_NAMES += ["-dash", "$HOME", "~", "quote\"'", "tab\t", " ", "\u202ereversed", "%s", "\\", "CON"]


class Memory:
    """An index that only remembers files."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[Signature, str]] = {}
        self.writes = 0

    def known_files(self) -> dict[str, tuple[Signature, str]]:
        return dict(self.files)

    def remember_files(self, files: Mapping[str, tuple[Signature, str]]) -> None:
        self.files = dict(files)
        self.writes += 1


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files]


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.path: content for file, content in snapshot.read_all(snapshot.files)}


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files settle at once: a ctime cannot be set back, and a test should not wait for it."""
    monkeypatch.setattr("repoctx.packer.walk._SETTLED", -1_000_000_000)


def test_tracked_and_new_files_are_found_and_ignored_ones_are_not(
    repository: MakeRepository,
) -> None:
    root = repository({"src/app.py": "one\n", ".gitignore": "*.log\n", "kept.log": "tracked\n"})
    write(root, {"src/new.py": "two\n", "noise.log": "three\n"})
    (root / "src/app.py").write_text("changed\n")

    snapshot = walk(root / "src")

    assert snapshot.root == root
    assert paths(snapshot) == [".gitignore", "kept.log", "src/app.py", "src/new.py"]
    assert snapshot.omitted == ()
    app = snapshot.files[2]
    assert app.blob == blob_id(b"changed\n")
    assert (app.size, app.mode, app.kind) == (8, 0o100644, Kind.SOURCE)
    assert snapshot.read(app) == b"changed\n"


def test_a_blob_is_named_as_git_would_without_filters(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one\r\n", ".gitattributes": "* text=auto\n"})

    file = walk(root).files[1]

    assert file.blob == git(root, "hash-object", "--no-filters", "a.txt")


def test_a_deleted_file_is_gone_and_a_conflict_stands_once(repository: MakeRepository) -> None:
    root = repository({"a.txt": "base\n", "gone.txt": "x", "folder/gone.txt": "y"})
    git(root, "checkout", "-q", "-b", "side")
    (root / "a.txt").write_text("theirs\n")
    git(root, "commit", "-qam", "theirs")
    git(root, "checkout", "-q", "main")
    (root / "a.txt").write_text("ours\n")
    git(root, "commit", "-qam", "ours")
    subprocess.run(["git", "merge", "-q", "side"], cwd=root, capture_output=True)
    (root / "gone.txt").unlink()
    (root / "folder/gone.txt").unlink()
    (root / "folder").rmdir()
    (root / "folder").write_text("a file now")

    snapshot = walk(root)

    assert paths(snapshot) == ["a.txt", "folder"]
    assert snapshot.omitted == ()
    assert b"<<<<<<<" in contents(snapshot)["a.txt"]


def test_a_link_is_a_file_whose_content_is_its_target(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    (root / "link").symlink_to("a.txt")
    (root / "loop").symlink_to(".")
    (root / "broken").symlink_to("/nowhere")

    snapshot = walk(root)

    assert paths(snapshot) == ["a.txt", "broken", "link", "loop"]
    assert [file.mode for file in snapshot.files] == [0o100644, 0o120000, 0o120000, 0o120000]
    assert contents(snapshot) == {
        "a.txt": b"one",
        "broken": b"/nowhere",
        "link": b"a.txt",
        "loop": b".",
    }
    assert snapshot.files[2].blob == blob_id(b"a.txt")


def test_a_folder_replaced_by_a_link_leads_nowhere(repository: MakeRepository) -> None:
    root = repository({"folder/deep/a.txt": "mine"})
    write(root.parent / "elsewhere", {"deep/a.txt": "secret"})
    (root / "folder").rename(root.parent / "moved")
    (root / "folder").symlink_to(root.parent / "elsewhere")

    snapshot = walk(root)

    assert paths(snapshot) == ["folder"]
    assert contents(snapshot) == {"folder": os.fsencode(root.parent / "elsewhere")}


def test_executable_files_have_gits_mode(repository: MakeRepository) -> None:
    root = repository({"run.sh": "#!/bin/sh\n"})
    (root / "run.sh").chmod(0o700)

    assert walk(root).files[0].mode == 0o100755


def test_what_git_does_not_hold_as_a_file_is_omitted_with_its_reason(
    repository: MakeRepository,
) -> None:
    root = repository({"fifo": "was a file", "a.txt": "one"})
    inner = repository({"b.txt": "two"}, name="inner")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")
    git(root, "clone", "-q", str(inner), "nested")
    (root / "fifo").unlink()
    os.mkfifo(root / "fifo")

    snapshot = walk(root)

    assert paths(snapshot) == [".gitmodules", "a.txt"]
    assert snapshot.omitted == (
        Omission("fifo", "not a regular file: a FIFO, a socket or a device"),
        Omission("lib", "submodule"),
        Omission("nested", "another repository inside this one"),
    )


def test_every_legal_name_is_found_in_git_outside_it_and_in_the_past(
    repository: MakeRepository, tmp_path: Path
) -> None:
    files = {name: name.encode("utf-8", "surrogateescape") for name in ODD_NAMES}
    tracked, untracked = repository(files), repository(files, commit=False, name="new")
    plain = tmp_path / "plain"
    plain.mkdir()
    for name, content in files.items():
        (plain / name).write_bytes(content)

    for snapshot in (walk(tracked), walk(untracked), walk(plain), walk(tracked, rev="HEAD")):
        assert paths(snapshot) == sorted(ODD_NAMES)
        assert contents(snapshot) == files
        assert snapshot.omitted == ()


def test_an_empty_repository_and_an_empty_folder_are_empty_snapshots(
    repository: MakeRepository, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()

    for folder in (repository({}, commit=False), tmp_path / "empty"):
        snapshot = walk(folder)
        assert (snapshot.files, snapshot.omitted) == ((), ())
        assert contents(snapshot) == {}


@pytest.mark.usefixtures("settled")
def test_a_known_file_is_not_read_again_and_a_changed_one_is(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one", "b.txt": "two"})
    memory = Memory()
    walk(root, memory)
    signature, _ = memory.files["a.txt"]
    memory.files["a.txt"] = (signature, "remembered")
    (root / "b.txt").write_text("2")

    snapshot = walk(root, memory)

    assert [file.blob for file in snapshot.files] == ["remembered", blob_id(b"2")]
    assert memory.files["b.txt"][1] == blob_id(b"2")


def test_a_file_younger_than_the_clock_can_tell_is_not_remembered(
    repository: MakeRepository,
) -> None:
    root = repository({"a.txt": "one"})
    memory = Memory()

    walk(root, memory)

    assert memory.files == {}


@pytest.mark.usefixtures("settled")
def test_when_nothing_changed_nothing_is_written_to_the_index(repository: MakeRepository) -> None:
    root = repository({"a.txt": "one"})
    memory = Memory()

    for _ in range(3):
        walk(root, memory)

    assert memory.writes == 1


def test_repoctxignore_narrows_git_folders_and_revisions_and_says_so(
    repository: MakeRepository, tmp_path: Path
) -> None:
    files = {
        ".repoctxignore": "# private\n/data/\n*.key\n!public.key\n",
        "data/deep/a.csv": "1",
        "src/data/b.csv": "2",
        "src/my.key": "3",
        "src/public.key": "4",
    }
    root, plain = repository(files), write(tmp_path / "plain", files)
    write(root, {"new.key": "5"})

    for snapshot in (walk(root), walk(plain), walk(root, rev="HEAD")):
        assert paths(snapshot) == [".repoctxignore", "src/data/b.csv", "src/public.key"]
        reason = "excluded by .repoctxignore"
        assert Omission("data/deep/a.csv", reason) in snapshot.omitted
        assert Omission("src/my.key", reason) in snapshot.omitted


def test_a_tracked_file_in_a_closed_folder_is_omitted_with_the_reason() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {"closed/b.txt": "two", "closed/deep/c.txt": "three"})
        git(root, "init", "-q")
        git(root, "add", "-A")
        me = os.geteuid()
        if me == 0:
            root.chmod(0o755)
            for here, folders, files in os.walk(root):
                for name in (*folders, *files):
                    os.chown(os.path.join(here, name), 65534, 65534)
            os.chown(root, 65534, 65534)
            os.seteuid(65534)
        (root / "closed").chmod(0)
        try:
            snapshot = walk(root)
        finally:
            (root / "closed").chmod(0o755)
            os.seteuid(me)

    assert snapshot.omitted == (
        Omission("closed", "cannot be listed"),
        Omission("closed/b.txt", "cannot be read: Permission denied"),
        Omission("closed/deep/c.txt", "cannot be read: Permission denied"),
    )
