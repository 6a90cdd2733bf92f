from __future__ import annotations

import errno
import hashlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.errors import RepoctxError
from repoctx.patches import journal
from repoctx.patches.beneath import open_folder, open_root
from repoctx.patches.edits import EXECUTABLE, REGULAR, SYMLINK, FileState
from repoctx.patches.images import Image
from repoctx.patches.records import DamagedError, Header, Record, Step, load, load_header, save
from tests.waiting import PATIENCE, ends

HEADER = Header("0a1b2c3d", "apply", "", 1_700_000_000.5, "why", (("a", "edit"),))
BEFORE = Image(FileState(b"old", REGULAR), 0o640, (0, 0), (("user.x", b"\0\xff"),))
RECORD = Record(
    HEADER,
    (
        Step("a", BEFORE, Image(FileState(b"new", REGULAR), 0o640)),
        Step("n\udcff", None, Image(FileState(b"old", EXECUTABLE)), old_path="a"),
        Step("l", Image(FileState(b"\xff", SYMLINK)), None),
    ),
    (("d", None), ("d/e", 0o750)),
    (("gone", 0o700),),
)

TEXT = st.text(
    st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
)
IMAGES = st.none() | st.builds(
    Image,
    st.builds(FileState, st.binary(max_size=20), st.sampled_from([REGULAR, EXECUTABLE, SYMLINK])),
    st.none() | st.integers(0, 0o7777),
    st.none() | st.tuples(st.integers(0, 99999), st.integers(0, 99999)),
    st.lists(st.tuples(TEXT, st.binary(max_size=5)), max_size=2).map(tuple),
)
SEEN = st.none() | st.lists(st.integers(0, 2**63), min_size=6, max_size=6).map(tuple)
RECORDS = st.builds(
    Record,
    st.builds(
        Header,
        st.just("01234567"),
        st.sampled_from(["apply", "undo", "redo"]),
        TEXT,
        st.floats(0, 4e9),
        TEXT,
        st.lists(st.tuples(TEXT, st.sampled_from(["create", "edit"])), max_size=3).map(tuple),
    ),
    st.lists(st.builds(Step, TEXT, IMAGES, IMAGES, SEEN, st.none() | TEXT), max_size=4).map(tuple),
    st.lists(st.tuples(TEXT, st.none() | st.integers(0, 0o7777)), max_size=2).map(tuple),
    st.lists(st.tuples(TEXT, st.integers(0, 0o7777)), max_size=2).map(tuple),
)


@given(RECORDS)
def test_a_record_survives_saving(record: Record) -> None:
    manifest, contents = save(record)
    assert load(manifest, contents) == record
    assert load_header(manifest) == record.header


def test_each_content_is_kept_once() -> None:
    _, contents = save(RECORD)
    assert contents == b"oldnew\xff"


def test_damage_is_noticed_at_every_byte() -> None:
    manifest, contents = save(RECORD)
    for at in range(len(contents)):
        with pytest.raises(DamagedError):
            load(manifest, contents[:at] + bytes([contents[at] ^ 1]) + contents[at + 1 :])
    for at in range(len(manifest)):
        with pytest.raises(DamagedError):
            load(manifest[:at] + bytes([manifest[at] ^ 1]) + manifest[at + 1 :], contents)
        with pytest.raises(DamagedError):
            load(manifest[:at], contents)


def test_a_journal_of_another_version_is_left_alone() -> None:
    line = b'{"schema": "repoctx.journal/2"}'
    manifest = line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"
    with pytest.raises(DamagedError, match="journal/2 is not"):
        load_header(manifest)


def test_a_journal_is_valid_from_begin_until_it_is_archived(tmp_path: Path) -> None:
    assert not journal.pending(tmp_path)
    journal.begin(tmp_path, RECORD)
    assert journal.pending(tmp_path)
    assert journal.current(tmp_path) == RECORD
    assert not journal.is_committed(tmp_path)
    journal.commit(tmp_path)
    assert journal.is_committed(tmp_path)
    journal.archive(tmp_path, HEADER)
    assert not journal.pending(tmp_path)
    (name,) = journal.archived(tmp_path)
    assert journal.read_record(tmp_path / "history" / name) == RECORD
    assert journal.read_header(tmp_path / "history" / name) == HEADER
    journal.forget(tmp_path, name)
    assert journal.archived(tmp_path) == []
    assert not journal.pending(tmp_path)


def test_a_discarded_journal_leaves_nothing(tmp_path: Path) -> None:
    journal.begin(tmp_path, RECORD)
    journal.discard(tmp_path)
    assert not journal.pending(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["history"]


def test_what_else_lies_in_the_history_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    (tmp_path / "history" / "notes").mkdir(parents=True)
    (tmp_path / "history" / "00000001-x").write_bytes(b"")
    assert journal.archived(tmp_path) == []


def test_a_damaged_journal_is_said_with_its_folder(tmp_path: Path) -> None:
    journal.begin(tmp_path, RECORD)
    (tmp_path / "tx" / "images").write_bytes(b"oldneW\xff")
    with pytest.raises(RepoctxError, match="damaged") as caught:
        journal.current(tmp_path)
    assert str(tmp_path / "tx") in caught.value.message


def test_the_lock_is_waited_for(tmp_path: Path) -> None:
    order: list[str] = []
    entered = threading.Event()

    def hold() -> None:
        with journal.locked(tmp_path):
            entered.set()
            time.sleep(0.1)
            order.append("first")

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(PATIENCE)
    with journal.locked(tmp_path):
        order.append("second")
    ends(thread)
    assert order == ["first", "second"]


def test_the_lock_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.05)
    with (
        journal.locked(tmp_path),
        pytest.raises(RepoctxError, match="another repoctx"),
        journal.locked(tmp_path),
    ):
        pass


def test_who_waits_is_told_by_which_process_the_lock_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.05)
    assert journal.holder(tmp_path / "never-made") is None
    with journal.locked(tmp_path):
        assert journal.holder(tmp_path) == f"another repoctx (process {os.getpid()})"
        with pytest.raises(RepoctxError, match=rf"process {os.getpid()}\) is writing"):
            journal.locked(tmp_path).__enter__()
    assert journal.holder(tmp_path) is None


def test_the_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        try:
            with journal.locked(tmp_path):
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert (tmp_path / "changes.lock").read_text() == str(child)
    assert journal.holder(tmp_path) is None
    with journal.locked(tmp_path):
        pass


def test_a_disk_that_cannot_tell_is_no_missing_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.begin(tmp_path, RECORD)

    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "stat", broken)
    for look in (journal.pending, journal.current, journal.is_committed):
        with pytest.raises(OSError, match="Input/output"):
            look(tmp_path)


def test_a_full_disk_is_named_by_the_folder_that_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left") as caught:
        journal.begin(tmp_path, RECORD)
    assert str(caught.value.filename).startswith(str(tmp_path / "tx.new"))


def test_an_error_at_closing_what_only_was_read_does_not_make_a_whole_change_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_close = os.close

    def reports(descriptor: int) -> None:
        really_close(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "close", reports)
    with journal.locked(tmp_path), open_root(tmp_path) as root, open_folder(root, ""):
        pass
