"""Reading stays beneath the root and never blocks; writing is whole or not at all."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.errors import RefusedError, RepoctxError
from repoctx.files import (
    Beneath,
    MissingError,
    atomic_write,
    blob_id,
    file_signature,
    read_beneath,
)


@given(st.binary(max_size=100))
def test_a_blob_id_is_the_one_that_git_computes(content: bytes) -> None:
    command = ["git", "hash-object", "--no-filters", "--stdin"]
    answer = subprocess.run(command, input=content, capture_output=True, check=True).stdout

    assert blob_id(content) == answer.decode().strip()


def test_a_file_is_read_and_named_in_pieces(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "big").write_bytes(content)
    (tmp_path / "empty").write_bytes(b"")

    with Beneath(tmp_path) as beneath:
        assert beneath.read("big") == content
        assert beneath.read("big", limit=10) == content[:10]
        assert beneath.blob("big") == blob_id(content)
        assert beneath.blob("big", "sha256") == blob_id(content, "sha256")
        assert beneath.read("empty") == b""
        assert beneath.blob("empty") == blob_id(b"")


def test_files_of_many_folders_are_read_in_any_order(tmp_path: Path) -> None:
    paths = ["a/b/c/1", "a/b/2", "3", "a/b/c/4", "x/5", "a/6"]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)

    with Beneath(tmp_path) as beneath:
        assert [beneath.read(path).decode() for path in paths] == paths
        with pytest.raises(MissingError):
            beneath.read("a/b/missing/1")
        assert beneath.read("a/b/c/1") == b"a/b/c/1"


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("text")
    (tmp_path / "a" / "link").symlink_to("file")
    before = os.listdir("/dev/fd")

    for path in ("a/file", "a/link", "a/missing", "a", "missing/b", "../a/file"):
        try:
            read_beneath(tmp_path, path)
        except RepoctxError:
            continue

    assert len(os.listdir("/dev/fd")) == len(before)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../outside", "a/../../outside", "a//b", "./a", "a/.", "a\0b"]
)
def test_a_path_that_is_not_plainly_beneath_the_root_is_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (tmp_path / "outside").write_text("secret")

    with pytest.raises(RefusedError, match="beneath the root"):
        read_beneath(root, path)


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("secret")
    (root / "file").symlink_to(tmp_path / "outside")
    (root / "folder").symlink_to(tmp_path)
    (root / "loop").symlink_to("loop")

    for path in ("file", "folder/outside", "loop", "loop/x"):
        with pytest.raises(RefusedError, match="symbolic link"):
            read_beneath(root, path)
    with Beneath(root) as beneath:
        assert beneath.read_link("file") == os.fsencode(tmp_path / "outside")


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("text")
    (tmp_path / "link").symlink_to("real")

    assert read_beneath(tmp_path / "link", "file") == b"text"


def test_what_is_not_a_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))

        for name in ("fifo", "folder", "socket"):
            with pytest.raises(RepoctxError, match=name):
                read_beneath(tmp_path, name)


def test_a_missing_file_a_missing_folder_and_a_missing_root_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")

    for path in ("missing", "missing/file", "file/below"):
        with pytest.raises(MissingError, match=path):
            read_beneath(tmp_path, path)
    with pytest.raises(MissingError, match="nowhere"):
        read_beneath(tmp_path / "nowhere", "file")


def test_a_signature_changes_with_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("one")
    status = path.stat()
    os.utime(path, ns=(0, 0))

    path.write_text("two")
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))

    assert file_signature(path.stat()) != file_signature(status)


def test_a_new_file_gets_the_mode_asked_for_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "report"
    atomic_write(path, b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o644)
    atomic_write(path, iter([b"two", b" ", b"three"]))

    assert path.read_bytes() == b"two three"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(tmp_path) == ["report"]


def test_a_link_is_replaced_and_what_it_names_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "report").symlink_to("precious")

    atomic_write(tmp_path / "report", b"new")

    assert (tmp_path / "precious").read_text() == "mine"
    assert (tmp_path / "report").read_text() == "new"
    assert not (tmp_path / "report").is_symlink()


def test_a_device_or_a_fifo_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "null").symlink_to(os.devnull)

    for name in ("fifo", "null"):
        with pytest.raises(RefusedError, match=name):
            atomic_write(tmp_path / name, b"new")
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def test_when_the_disk_says_no_the_old_content_stands_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(RepoctxError, match="report"):
            atomic_write(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report"]


def test_when_the_content_fails_half_way_the_old_one_stands(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    (tmp_path / "report").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "report", pieces())

    assert (tmp_path / "report").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report"]


def test_a_missing_folder_and_a_folder_in_the_way_are_named(tmp_path: Path) -> None:
    with pytest.raises(RepoctxError, match="nowhere"):
        atomic_write(tmp_path / "nowhere" / "report", b"new")
    with pytest.raises(RepoctxError, match=tmp_path.name):
        atomic_write(tmp_path, b"new")
