"""Outside git a folder is listed as git would list it, however deep or hostile it is."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from repoctx.errors import RefusedError
from repoctx.packer.walk import Omission, Snapshot, walk

MakeRepository = Callable[..., Path]


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


def test_outside_git_nested_gitignore_files_decide_as_in_git(
    repository: MakeRepository, tmp_path: Path
) -> None:
    ignore = {
        ".gitignore": "*.log\n/build/\n**/cache/\ndoc/*.txt\n!important.log\ntrailing \n\\#hash\n",
        "a/.gitignore": "\ufeff!keep.log\n*.tmp\n/only-here\n[z-a]\nbad[\nback\\\n",
        "a/b/.gitignore": "*\n!*.py\n!.gitignore\n",
    }
    files = [
        *("x.log", "important.log", "build/out", "a/build/out", "a/cache/x", "cache", "doc/a.txt"),
        *("doc/deep/a.txt", "trailing", "#hash", "a/keep.log", "a/x.log", "a/x.tmp", "a/only-here"),
        *("a/c/only-here", "a/b/x.py", "a/b/x.c", "a/b/c/x.py", "a/b/keep.log", ".hidden/x"),
    ]
    tree = ignore | dict.fromkeys(files, "")
    root, plain = repository(tree, commit=False), write(tmp_path / "plain", tree)

    assert paths(walk(plain)) == paths(walk(root))
    assert "a/keep.log" in paths(walk(plain))


def test_outside_git_links_are_not_followed_and_specials_are_omitted(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.txt": "one", "a/.git/config": "secret", ".git": ""})
    (tmp_path / ".git").unlink()
    (tmp_path / "a/loop").symlink_to("..")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        snapshot = walk(tmp_path)

    assert snapshot.repository is None
    assert contents(snapshot) == {"a/b.txt": b"one", "a/loop": b".."}
    assert [omission.path for omission in snapshot.omitted] == ["fifo", "socket"]


@pytest.fixture
def deep_folder() -> Iterator[Path]:
    """A folder with one file below a thousand folders; pytest itself cannot remove such a one."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        here = os.open(name, os.O_RDONLY)
        for _ in range(1000):
            os.mkdir("d", dir_fd=here)
            deeper = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = deeper
        file = os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here)
        os.write(file, b"far down")
        os.close(file)
        os.close(here)
        yield Path(name)
        subprocess.run(["rm", "-rf", f"{name}/d"], check=True)


def test_a_thousand_folders_deep_is_not_too_deep(deep_folder: Path) -> None:
    assert contents(walk(deep_folder)) == {"d/" * 1000 + "deep.txt": b"far down"}

    git(deep_folder, "init", "-q")
    assert contents(walk(deep_folder)) == {"d/" * 1000 + "deep.txt": b"far down"}


def test_what_may_not_be_read_is_omitted_with_the_reason() -> None:
    with tempfile.TemporaryDirectory() as folder:  # one that a user without rights may enter
        root = write(Path(folder), {"a.txt": "one", "closed/b.txt": "two", "c.txt": "three"})
        root.chmod(0o755)
        (root / "a.txt").chmod(0)
        (root / "closed").chmod(0)
        me = os.geteuid()
        if me == 0:
            os.seteuid(65534)
        try:
            snapshot = walk(root)
        finally:
            os.seteuid(me)
            (root / "closed").chmod(0o755)

    assert paths(snapshot) == ["c.txt"]
    assert snapshot.omitted == (
        Omission("a.txt", "cannot read a.txt: Permission denied"),
        Omission("closed", "cannot be listed: Permission denied"),
    )


def test_a_pattern_that_would_take_for_ever_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "fine*\n*a*a*a*a*a*b\n", "a" * 200: ""})

    with pytest.raises(RefusedError, match=r"line 2 of \.gitignore"):
        walk(tmp_path)
